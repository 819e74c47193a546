import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import { hostPrograms } from './host-programs.ts';
import { folder, link, text } from './layer-entry.ts';
import type { LayerEntry } from './layer-entry.ts';

export interface LayerSources {
  /** Where programs of this machine are looked for. */
  path: string;
  /** Programs of the cluster: process 1 of pods, kubectl. */
  init: string;
  kubectl: string;
  /** The Node that images run. */
  node: string;
  /** This project's built programs. */
  dist: string;
}

/** What images are made of. A layer stands on those before it in an image's list. */
export const LAYERS = {
  pause: ({ init }) => Promise.resolve([{ kind: 'copy', path: '/pause', source: init, mode: 0o755 }]),
  /** All of busybox, and nothing else. */
  busybox: async ({ path }) => {
    const [busybox] = await hostPrograms(['busybox'], path);
    if (busybox?.kind !== 'copy')
      throw new Error('busybox is not on the PATH: install the package busybox-static');
    const applets = (await runCommand([busybox.source, '--list'], { path })).trim().split('\n');
    return [
      ...system(),
      ...(await hostPrograms(['busybox'], path)),
      ...applets.filter((name) => name !== 'busybox').map((name) => link(`/usr/bin/${name}`, 'busybox')),
      link('/usr/bin/sh', 'busybox'),
    ];
  },
  /** bash as the shell, and the tools that every Debian or Ubuntu has. */
  tools: async ({ path }) => [
    ...system(),
    ...(await hostPrograms(['bash', ...TOOLS], path)),
    link('/usr/bin/sh', 'bash'),
  ],
  kubectl: ({ kubectl }) =>
    Promise.resolve([{ kind: 'copy', path: '/usr/local/bin/kubectl', source: kubectl, mode: 0o755 }]),
  node: async ({ node, path }) => {
    const entries = await hostPrograms([node], path);
    return entries.map((entry) =>
      entry.kind === 'copy' && entry.path.endsWith('/node') ? { ...entry, path: NODE } : entry,
    );
  },
  /** The programs' files; the images' table has the commands that start them. */
  programs: async ({ dist }) => {
    const entries = await readdir(dist, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }): LayerEntry => {
        const source = join(parentPath, name);
        return { kind: 'copy', path: join(PROGRAMS, source.slice(dist.length)), source };
      });
  },
  dataMovers: ({ path }) => hostPrograms(['restic', 'kopia'], path),
  postgresClient: async ({ path }) => {
    const home = await postgresHome(path);
    const programs = POSTGRES_CLIENTS.map((name) => `${home}/bin/${name}`);
    // Debian's own /usr/bin/psql is a script that needs Perl.
    const links = POSTGRES_CLIENTS.map((name) => link(`/usr/bin/${name}`, `${home}/bin/${name}`));
    return [...(await hostPrograms(programs, path)), ...links];
  },
  postgresServer: async ({ path }) => {
    const home = await postgresHome(path);
    const share = home.replace('/lib/', '/share/');
    const files = [
      ...(await filesBelow(home)),
      ...(await filesBelow(share)),
      ...(await filesBelow(TIME_ZONES)),
    ];
    const programs = files.filter((file) => file.startsWith(`${home}/bin/`) || file.endsWith('.so'));
    return [
      ...files.map((file): LayerEntry => ({ kind: 'copy', path: file, source: file })),
      ...(await hostPrograms(programs, path)),
      text('/etc/passwd', `${PASSWD}postgres:x:999:999::/var/lib/postgresql:/bin/bash\n`),
      text('/etc/group', `${GROUP}postgres:x:999:\n`),
      folder('/var/lib/postgresql', 0o755, 999),
    ];
  },
  mysqlClient: ({ path }) =>
    hostPrograms(['mysql', 'mysqldump', 'mysqladmin', 'mariadb', 'mariadb-dump'], path),
} satisfies Record<string, (sources: LayerSources) => Promise<LayerEntry[]>>;

export type LayerName = keyof typeof LAYERS;

/** Where images have Node, and this project's programs. */
export const NODE = '/usr/local/bin/node';
export const PROGRAMS = '/usr/local/lib/kanister-operator';

const TOOLS = [
  ...'base64 basename cat chgrp chmod chown cksum comm cp cut date dd df dirname du echo env expand expr factor'.split(
    ' ',
  ),
  ...'false fmt fold groups head hostid id install join link ln logname ls md5sum mkdir mkfifo mknod mktemp mv'.split(
    ' ',
  ),
  ...'nice nl nohup nproc numfmt od paste pathchk pr printenv printf pwd readlink realpath rm rmdir seq'.split(
    ' ',
  ),
  ...'sha1sum sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty sum sync'.split(
    ' ',
  ),
  ...'tac tail tee test timeout touch tr true truncate tsort tty uname unexpand uniq unlink users wc who whoami yes'.split(
    ' ',
  ),
  ...'awk bzip2 cmp curl diff diff3 find free getconf getent grep egrep fgrep gunzip gzip hostname ip jq kill'.split(
    ' ',
  ),
  ...'less mount mountpoint nsenter openssl pgrep pidof pkill ps sed setpriv setsid tar top umount'.split(
    ' ',
  ),
  ...'unshare vi watch which xargs xz zcat zstd'.split(' '),
];
const POSTGRES_CLIENTS =
  'psql pg_dump pg_dumpall pg_restore pg_isready pg_basebackup createdb dropdb vacuumdb'.split(' ');
const TIME_ZONES = '/usr/share/zoneinfo';

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n';
const GROUP = 'root:x:0:\nnogroup:x:65534:\n';

/** The folders of a system whose /bin, /sbin and /lib are links into /usr, as this machine's libraries expect. */
function system(): LayerEntry[] {
  return [
    ...['bin', 'sbin', 'lib', 'lib64'].flatMap((name) => [
      folder(`/usr/${name}`),
      link(`/${name}`, `usr/${name}`),
    ]),
    ...[
      'dev',
      'etc',
      'home',
      'mnt',
      'opt',
      'proc',
      'run',
      'srv',
      'sys',
      'usr/local/bin',
      'var/lib',
      'var/log',
    ].map((name) => folder(`/${name}`)),
    folder('/root', 0o700),
    folder('/tmp', 0o1777),
    folder('/var/tmp', 0o1777),
    link('/var/run', '/run'),
    text('/etc/passwd', PASSWD),
    text('/etc/group', GROUP),
    text('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
  ];
}

/** Where Debian has the newest PostgreSQL. */
async function postgresHome(path: string): Promise<string> {
  const found = await runCommand(
    ['sh', '-c', 'ls -d /usr/lib/postgresql/* 2>/dev/null | sort -V | tail -n 1'],
    { path },
  );
  if (found.trim() === '') throw new Error('PostgreSQL is not here: install the package postgresql');
  return found.trim();
}

/** Links count as the files that they lead to; links to folders and to nothing are left out. */
async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map(({ parentPath, name }) => join(parentPath, name));
  const kinds = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return paths.filter((_, index) => kinds[index]?.isFile());
}
