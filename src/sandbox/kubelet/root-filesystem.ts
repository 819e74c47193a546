import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readlinkSync, readFileSync } from 'node:fs';
import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** A file or folder of the machine that stands at `target` inside the container. */
export interface Mount {
  source: string;
  /** Where this process finds what stands at `source` for the container; there, if absent. */
  seenAt?: string;
  /** Absolute path inside the container. */
  target: string;
  readOnly: boolean;
}

export interface RootOptions {
  /** A folder for this container's root and its layer; must not exist. */
  folder: string;
  mounts: Mount[];
  /** The machine's files that must stay visible where they are, though their parent is private (`/tmp/checkout`). */
  visible: string[];
  /** Whether the kernel lets this account mount overlays on the folder; see `overlayWorks`. */
  overlay: boolean;
}

/** A prepared root: what `mount --all --fstab` and `chroot` need. */
export interface RootFilesystem {
  root: string;
  /** Text in fstab's format; targets are below `root`. */
  fstab: string;
}

/**
 * Folders that every container has for itself, as in an image: nothing of the machine's shows. Homes are among them because
 * what a person keeps there (`.kube/config`, `.aws`) would make a container act on somebody's real cluster or account.
 */
const PRIVATE = new Set(['tmp', 'run', 'root', 'home']);
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/**
 * Lays out a container's root: the machine's file system, with what the container writes kept in a layer of its own
 * (an overlay for each top-level folder, so that neither mount points nor files are ever made on the machine), and the
 * mounts at their real paths. Where a folder can't be overlaid it is shown read-only, and a mount point missing in it
 * is made by showing its parents' entries one by one.
 */
export function layOutRoot(options: RootOptions): RootFilesystem {
  const root = join(options.folder, 'root');
  mkdirSync(root, { recursive: true });
  const lines: string[] = [];
  const hostMounts = readHostMounts();
  const kept = options.visible
    .filter((path) => isPrivate(path))
    .map((path) => ({ ...bind(path), readOnly: true }));
  const mounts = [
    ...kept,
    ...options.mounts.map((mount) => ({ ...mount, target: resolveTarget(mount.target) })),
  ];
  const ordered = mounts.toSorted((a, b) => depth(a.target) - depth(b.target));

  for (const entry of readdirSync('/', { withFileTypes: true })) {
    const host = `/${entry.name}`;
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(host), join(root, entry.name));
    else if (!entry.isDirectory() || entry.name === 'dev' || entry.name === 'lost+found') continue;
    else if (PRIVATE.has(entry.name)) makePrivate(root, entry.name);
    else if (entry.name === 'proc') lines.push(procLine(root));
    else if (entry.name === 'sys') lines.push(showFolder(host, root, hostMounts));
    // One of its own looks the same, and saves a mount.
    else if (isEmptyFolder(host, hostMounts)) mirrorFolder(join(root, entry.name), host);
    else if (options.overlay && canOverlay(host, options.folder, hostMounts)) {
      lines.push(overlayLine(host, root, options.folder));
    } else showShared(host, root, ordered, hostMounts, lines);
  }
  lines.push(...deviceLines(root));
  for (const [index, mount] of ordered.entries()) {
    makeMountPoint(mount, ordered.slice(0, index), root, options.folder);
    lines.push(bindLine(mount, root, hostMounts));
  }
  return { root, fstab: `${lines.join('\n')}\n` };
}

/** Options of an overlay end at commas and its folders at colons, so a state folder with odd characters gets none. */
export const canNameInOverlay = (path: string): boolean => /^[\w./@+-]+$/.test(path);

/** The files and folders of the machine that a root's fstab shows; targets are the machine's paths, below the root. */
export function parseBinds(fstab: string): Mount[] {
  return fstab.split('\n').flatMap((line) => {
    const [source = '', target = '', type, options = ''] = line.split(' ').map(plainWord);
    const flags = options.split(',');
    if (type !== 'none' || flags[0] !== 'bind') return [];
    return [{ source, target, readOnly: flags.includes('ro') }];
  });
}

const seen = ({ source, seenAt }: Mount) => seenAt ?? source;
const bind = (path: string) => ({ source: path, target: path });
const depth = (path: string) => path.split('/').length;
const topOf = (path: string) => path.split('/')[1] ?? '';
const isPrivate = (path: string) => PRIVATE.has(topOf(path));
const isBelow = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** Follows the machine's symbolic links (`/var/run` → `/run`), as far as the container will show them. */
function resolveTarget(target: string): string {
  let path = '/';
  let left = resolve('/', target).split('/').filter(Boolean);
  for (let links = 0; left.length > 0;) {
    const [name = '', ...rest] = left;
    const next = join(path, name);
    const found = isPrivate(next) ? undefined : lstatSync(next, { throwIfNoEntry: false });
    if (found?.isSymbolicLink() && ++links <= 40) {
      left = [...relative('/', resolve(path, readlinkSync(next))).split('/'), ...rest];
      path = '/';
    } else {
      path = next;
      left = rest;
    }
  }
  return path;
}

function makePrivate(root: string, name: string): void {
  const folder = join(root, name);
  mkdirSync(folder);
  chmodSync(folder, name === 'tmp' ? 0o1777 : 0o755);
  // Servers that an ordinary account runs keep their sockets here; images make these folders themselves.
  if (name === 'run') mkdirSync(join(folder, 'lock'));
}

function procLine(root: string): string {
  mkdirSync(join(root, 'proc'));
  return mountLine('proc', join(root, 'proc'), 'nosuid,nodev,noexec', 'proc');
}

function showFolder(host: string, root: string, hostMounts: HostMount[]): string {
  mkdirSync(join(root, host), { recursive: true });
  return bindLine({ source: host, target: host, readOnly: true }, root, hostMounts, 'rbind');
}

function isEmptyFolder(host: string, hostMounts: HostMount[]): boolean {
  if (hostMounts.some(({ path }) => isBelow(path, host))) return false;
  try {
    return readdirSync(host).length === 0;
  } catch {
    return false; // not this account's to read
  }
}

function canOverlay(host: string, folder: string, hostMounts: HostMount[]): boolean {
  if (isBelow(folder, host)) return false; // the kernel refuses a layer that lies in what it covers
  return canNameInOverlay(host) && !hostMounts.some(({ path }) => path !== host && isBelow(path, host));
}

function overlayLine(host: string, root: string, folder: string): string {
  const layer = join(folder, 'layer', host);
  const work = join(folder, 'work', host);
  for (const path of [work, join(root, host)]) mkdirSync(path, { recursive: true });
  mirrorFolder(layer, host);
  const options = `lowerdir=${host},upperdir=${layer},workdir=${work}`;
  return mountLine('overlay', join(root, host), options, 'overlay');
}

/** Shows a folder of the machine read-only; opens it into its entries where a mount point is missing inside. */
function showShared(
  host: string,
  root: string,
  mounts: Mount[],
  hostMounts: HostMount[],
  lines: string[],
): void {
  const inside = mounts.filter((mount) => isBelow(mount.target, host));
  if (inside.every((mount) => lstatSync(mount.target, { throwIfNoEntry: false }) !== undefined)) {
    lines.push(showFolder(host, root, hostMounts));
    return;
  }
  mkdirSync(join(root, host), { recursive: true });
  for (const entry of readdirSync(host, { withFileTypes: true })) {
    const path = join(host, entry.name);
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(path), join(root, path));
    else if (entry.isDirectory()) showShared(path, root, mounts, hostMounts, lines);
    else if (entry.isFile()) {
      writeFileSync(join(root, path), '');
      lines.push(bindLine({ source: path, target: path, readOnly: true }, root, hostMounts));
    }
  }
}

function deviceLines(root: string): string[] {
  const dev = join(root, 'dev');
  for (const folder of ['pts', 'shm']) mkdirSync(join(dev, folder), { recursive: true });
  chmodSync(join(dev, 'shm'), 0o1777);
  const links = { fd: '/proc/self/fd', stdin: 'fd/0', stdout: 'fd/1', stderr: 'fd/2', ptmx: 'pts/ptmx' };
  for (const [name, to] of Object.entries(links)) symlinkSync(to, join(dev, name));
  for (const name of DEVICES) writeFileSync(join(dev, name), '');
  return [
    ...DEVICES.map((name) => mountLine(`/dev/${name}`, join(dev, name), 'bind')),
    mountLine('devpts', join(dev, 'pts'), 'newinstance,ptmxmode=0666,mode=620', 'devpts'),
    mountLine('tmpfs', join(dev, 'shm'), 'mode=1777', 'tmpfs'),
  ];
}

/** Makes the file or folder that a mount covers, in the container's own layer or in the volume that it lies in. */
function makeMountPoint(mount: Mount, outer: Mount[], root: string, folder: string): void {
  const around = outer.findLast(
    (other) => other.target !== mount.target && isBelow(mount.target, other.target),
  );
  const layered = !around && statSync(join(folder, 'layer', topOf(mount.target)), { throwIfNoEntry: false });
  const base = around ? seen(around) : layered ? join(folder, 'layer') : root;
  const inside = relative(around ? around.target : '/', mount.target);
  const isFolder = statSync(seen(mount)).isDirectory();
  let at = '';
  for (const part of (isFolder ? inside : dirname(inside)).split('/')) {
    at = join(at, part);
    if (layered) mirrorFolder(join(base, at), join('/', at));
    else mkdirSync(join(base, at), { recursive: true });
  }
  if (isFolder) return;
  const shown = layered ? mount.target : join(base, inside);
  if (!lstatSync(shown, { throwIfNoEntry: false })) writeFileSync(join(base, inside), '');
}

/** A folder of the layer hides the attributes of the machine's folder of that name, so it takes them over. */
function mirrorFolder(path: string, host: string): void {
  if (statSync(path, { throwIfNoEntry: false })) return;
  mkdirSync(path, { recursive: true });
  const found = statSync(host, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return;
  if (process.getuid?.() === 0) chownSync(path, found.uid, found.gid);
  chmodSync(path, found.mode & 0o7777);
}

interface HostMount {
  path: string;
  options: string[];
}

function readHostMounts(): HostMount[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const words = line.split(' ');
    return { path: (words[4] ?? '').replaceAll('\\040', ' '), options: (words[5] ?? '').split(',') };
  });
}

/** A user namespace may not take these flags off a mount that it got from outside, so a remount must repeat them. */
function lockedFlags(source: string, hostMounts: HostMount[]): string[] {
  const around = hostMounts.filter(({ path }) => path === '/' || isBelow(source, path));
  const nearest = around.toSorted((a, b) => b.path.length - a.path.length)[0];
  return (nearest?.options ?? []).filter((flag) =>
    ['nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime'].includes(flag),
  );
}

function bindLine(mount: Mount, root: string, hostMounts: HostMount[], kind = 'bind'): string {
  const flags = mount.readOnly ? ['ro', ...lockedFlags(mount.source, hostMounts)] : [];
  return mountLine(mount.source, join(root, mount.target), [kind, ...flags].join(','));
}

function mountLine(source: string, target: string, options: string, type = 'none'): string {
  return [fstabWord(source), fstabWord(target), type, options, '0', '0'].join(' ');
}

const plainWord = (word: string) =>
  word.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
const fstabWord = (text: string) =>
  text.replace(/[\\ \t\n#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
