import { readFileSync } from 'node:fs';
import { parseYaml } from '../../kubernetes/yaml.ts';
import type { Json } from '../../kubernetes/objects.ts';
import type { SandboxImage } from './image-table.ts';

const FIELDS = [
  'name',
  'entrypoint',
  'command',
  'environment',
  'path',
  'workingDirectory',
  'volumes',
  'user',
];

/**
 * Reads images from a YAML or JSON file: a list of entries, each with `name` and any other field of {@link SandboxImage}.
 * @throws {Error} that names the file, the entry and what was expected there.
 */
export function readImageFile(file: string): SandboxImage[] {
  const content = parseYaml(readFileSync(file, 'utf8'), file);
  if (!Array.isArray(content)) throw new Error(`${file}: expected a list of images`);
  return content.map((entry, index) => readImage(entry, `${file}: image ${index + 1}`));
}

function readImage(entry: Json, where: string): SandboxImage {
  if (entry === null || typeof entry !== 'object' || Array.isArray(entry))
    throw new Error(`${where}: expected a mapping`);
  const unknown = Object.keys(entry).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined)
    throw new Error(`${where}: unknown field ${unknown}; there are ${FIELDS.join(', ')}`);
  const { name, entrypoint, command, environment, path, workingDirectory, volumes, user } = entry;
  if (typeof name !== 'string' || name === '')
    throw new Error(`${where}: expected a name, the image's last path segment`);
  if (user !== undefined && typeof user !== 'number') throw new Error(`${where}: expected a number as user`);
  return {
    name,
    ...(entrypoint !== undefined && { entrypoint: texts(entrypoint, `${where}: entrypoint`) }),
    ...(command !== undefined && { command: texts(command, `${where}: command`) }),
    ...(path !== undefined && { path: texts(path, `${where}: path`) }),
    ...(volumes !== undefined && { volumes: texts(volumes, `${where}: volumes`) }),
    ...(environment !== undefined && { environment: variables(environment, `${where}: environment`) }),
    ...(workingDirectory !== undefined && {
      workingDirectory: text(workingDirectory, `${where}: workingDirectory`),
    }),
    ...(user !== undefined && { user }),
  };
}

function text(value: Json, where: string): string {
  if (typeof value === 'string') return value;
  throw new Error(`${where}: expected a text`);
}

function texts(value: Json, where: string): string[] {
  if (Array.isArray(value)) return value.map((each) => text(each, where));
  throw new Error(`${where}: expected a list of texts`);
}

function variables(value: Json, where: string): Record<string, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new Error(`${where}: expected a mapping`);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, text(each, `${where}.${name}`)]),
  );
}
