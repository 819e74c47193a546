import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { POSTGRES_ENTRYPOINT } from './postgres-entrypoint.ts';
import type { SandboxImage } from './image-table.ts';

export interface BuiltInImagesOptions {
  /** Small programs of the images are written here. */
  folder: string;
  /** The Node that runs programs of this project. */
  node: string;
  /** Where `kando.js` and `kanister-operator.js` are. */
  programs: string;
}

/** The images that every sandbox has: systems whose shell and tools are this machine's, this project's own, and PostgreSQL. */
export function builtInImages(options: BuiltInImagesOptions): SandboxImage[] {
  const shell = ['sh'];
  const node = bin(options, 'node', { node: runs(options.node) });
  const tools = bin(options, 'kanister-tools', {
    kando: runs(options.node, join(options.programs, 'kando.js')),
  });
  const operator = bin(options, 'kanister-operator', {
    'kanister-operator': runs(options.node, join(options.programs, 'kanister-operator.js')),
    controller: runs(options.node, join(options.programs, 'kanister-operator.js')),
  });
  const postgres = bin(options, 'postgres', { 'docker-entrypoint.sh': POSTGRES_ENTRYPOINT });
  return [
    ...['busybox', 'alpine', 'ubuntu', 'debian', 'bash', 'pause'].map((name) => ({ name, command: shell })),
    { name: 'node', path: [node], command: ['node'] },
    ...['kanister-tools', 'postgres-kanister-tools', 'mysql-sidecar'].map((name) => ({
      name,
      path: [tools],
      command: shell,
    })),
    {
      name: 'postgres',
      path: [postgres],
      entrypoint: ['docker-entrypoint.sh'],
      command: ['postgres'],
      environment: { PGDATA: '/var/lib/postgresql/data' },
      volumes: ['/var/lib/postgresql/data'],
    },
    { name: 'kanister-operator', path: [operator, tools], entrypoint: ['kanister-operator'] },
  ];
}

/** A folder of programs for one image. */
function bin({ folder }: BuiltInImagesOptions, image: string, programs: Record<string, string>): string {
  const path = join(folder, image);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true, mode: 0o755 });
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(path, name), script);
    chmodSync(join(path, name), 0o755);
  }
  return path;
}

const runs = (...command: string[]) => `#!/bin/sh\nexec ${command.map(shellWord).join(' ')} "$@"\n`;
const shellWord = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
