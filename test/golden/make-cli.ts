/**
 * Makes `kanctl.json` from recordings of Kanister 0.114.0's kanctl: `node test/golden/make-cli.ts FOLDER`, where FOLDER holds
 * kanctl.jsonl and files/. Kept are facts: command lines, exit codes, what was printed besides help texts, and the objects and
 * files that the commands used. Random suffixes become XXXXX.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Recording {
  argv: string[];
  env?: Record<string, string>;
  rc: number;
  stdout: string;
  stderr: string;
}

const folder = process.argv[2];
if (folder === undefined) throw new Error('expected the folder of the recordings as argument');

const lines = (await readFile(join(folder, 'kanctl.jsonl'), 'utf8'))
  .split('\n')
  .filter((line) => line !== '');
const commands = lines
  .map((line) => JSON.parse(line) as Recording)
  .filter(({ argv }) => !isHelp(argv))
  .map(({ argv, env, rc, stdout, stderr }) => ({
    argv: argv.slice(1),
    ...(env && { env }),
    rc,
    stdout: normalise(withoutHelp(stdout)),
    error: normalise(/^Error: (.*?)(?=\nUsage:|$)/ms.exec(stderr)?.[1]?.trimEnd() ?? ''),
    showsUsage: `${stdout}\n${stderr}`.includes('\nUsage:\n'),
  }));

const files: Record<string, string> = {};
for (const name of (await readdir(join(folder, 'files'))).toSorted()) {
  if (name.endsWith('.yaml') || name === 'gcp.json')
    files[name] = await readFile(join(folder, 'files', name), 'utf8');
}
const setup = JSON.parse(await readFile(join(folder, 'files', 'setup.json'), 'utf8')) as { items: object[] };
const objects = setup.items.filter((item) => !isRepositoryServerSecret(item));

await writeFile(
  new URL('kanctl.json', import.meta.url),
  `${JSON.stringify({ commands, files, objects }, undefined, 1)}\n`,
);

function isHelp(argv: string[]): boolean {
  return argv.includes('--help') || argv.includes('completion');
}

function withoutHelp(text: string): string {
  return text.includes('\nUsage:\n') ? '' : text;
}

function normalise(text: string): string {
  return text
    .replaceAll(/\b((?:backup|restore|nosuch)(?:-parent)?)-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '$1-XXXXX')
    .replaceAll(/\b((?:s3|gcp|azure)-secret)-[a-z0-9]{6}\b/g, '$1-XXXXX')
    .replaceAll(/\b((?:s3|gcp|azure)-profile)-[a-z0-9]{5}\b/g, '$1-XXXXX');
}

/** They hold keys, and nothing here uses them. */
function isRepositoryServerSecret(item: object): boolean {
  return (
    'type' in item &&
    typeof item.type === 'string' &&
    /kopia|storage-location|kubernetes.io\/tls/.test(item.type)
  );
}
