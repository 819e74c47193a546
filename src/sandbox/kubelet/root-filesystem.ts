import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, readFileSync } from 'node:fs';
import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { DEVICES, makeFolder, makeSkeleton, sharedSkeleton, type TopEntry } from './root-skeleton.ts';

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
  /** Where what the roots of containers have in common is kept; on the file system of `folder`. */
  skeletons: string;
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

/** Folders of a container's run that hold its root, and what it writes there. */
export const ROOT_FOLDERS = ['root', 'top', 'top-work', 'layer', 'work'];

/**
 * Lays out a container's root: the machine's file system, with what the container writes kept in layers of its own
 * (one over the skeleton that containers share, and one for each top-level folder of the machine, so that neither mount
 * points nor files are ever made on the machine), and the mounts at their real paths. Where a folder can't be overlaid it
 * is shown read-only, and a mount point missing in it is made by showing its parents' entries one by one.
 */
export function layOutRoot(options: RootOptions): RootFilesystem {
  const { folder, overlay } = options;
  const root = join(folder, 'root');
  mkdirSync(root, { recursive: true });
  const hostMounts = readHostMounts();
  const kept = options.visible
    .filter((path) => isPrivate(path))
    .map((path) => ({ ...bind(path), readOnly: true }));
  const mounts = [
    ...kept,
    ...options.mounts.map((mount) => ({ ...mount, target: resolveTarget(mount.target) })),
  ];
  const ordered = mounts.toSorted((a, b) => depth(a.target) - depth(b.target));
  const entries = topEntries(options, hostMounts);
  const lines: string[] = [];
  const laid: LaidRoot = { root, folder, own: root, skeleton: root };
  if (overlay) {
    laid.skeleton = sharedSkeleton(options.skeletons, entries);
    laid.own = join(folder, 'top');
    const work = join(folder, 'top-work');
    for (const path of [laid.own, work]) mkdirSync(path);
    lines.push(overlayLine({ lower: laid.skeleton, upper: laid.own, work, target: root }));
    for (const name of ['layer', 'work']) mkdirSync(join(folder, name));
  } else makeSkeleton(root, entries);

  for (const entry of entries) {
    const host = `/${entry.name}`;
    if (entry.shown === 'layered') {
      const [upper, work] = [join(folder, 'layer', entry.name), join(folder, 'work', entry.name)];
      makeFolder(upper, entry);
      mkdirSync(work);
      lines.push(overlayLine({ lower: host, upper, work, target: join(root, host) }));
    } else if (entry.name === 'proc') lines.push(mountLine('proc', join(root, host), PROC, 'proc'));
    else if (entry.name === 'sys') lines.push(showFolder(host, laid, hostMounts));
    else if (entry.shown === 'mount') showShared(host, laid, ordered, hostMounts, lines);
  }
  lines.push(...deviceLines(root));
  for (const [index, mount] of ordered.entries()) {
    makeMountPoint(mount, ordered.slice(0, index), laid);
    lines.push(bindLine(mount, root, hostMounts));
  }
  return { root, fstab: `${lines.join('\n')}\n` };
}

/** Removes the layers of an ended run in which there is nothing, which are nearly all: looking into each first takes several times as long. */
export async function removeUnusedLayers(folder: string): Promise<void> {
  const work = join(folder, 'work');
  const names = existsSync(work) ? readdirSync(work) : [];
  // The kernel makes the one inside.
  const layers = names.map((name) => [
    join(work, name, 'work'),
    join(work, name),
    join(folder, 'layer', name),
  ]);
  await Promise.all(layers.map(removeEmpty));
  await removeEmpty(['top-work/work', ...ROOT_FOLDERS].map((name) => join(folder, name)));
}

async function removeEmpty(folders: string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => undefined); // one that holds something goes with that
}

const PROC = 'nosuid,nodev,noexec';

/** Where the parts of a root are while nothing is mounted yet. */
interface LaidRoot {
  /** Where it will be seen. */
  root: string;
  folder: string;
  /** Where the container's own entries at the top are made. */
  own: string;
  /** What else stands there. */
  skeleton: string;
}

function topEntries({ overlay, folder }: RootOptions, hostMounts: HostMount[]): TopEntry[] {
  return readdirSync('/', { withFileTypes: true }).flatMap((entry): TopEntry[] => {
    const { name } = entry;
    const host = `/${name}`;
    if (entry.isSymbolicLink()) return [{ name, shown: 'link', to: readlinkSync(host) }];
    if (!entry.isDirectory() || name === 'dev' || name === 'lost+found') return [];
    if (PRIVATE.has(name)) return [{ name, shown: 'private' }];
    if (name === 'proc' || name === 'sys') return [{ name, shown: 'mount' }];
    const { mode, uid, gid } = statSync(host);
    // One of its own looks the same, and saves a mount.
    if (isEmptyFolder(host, hostMounts)) return [{ name, shown: 'empty', mode, uid, gid }];
    return overlay && canOverlay(host, folder, hostMounts)
      ? [{ name, shown: 'layered', mode, uid, gid }]
      : [{ name, shown: 'mount' }];
  });
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

function showFolder(host: string, { own, root, skeleton }: LaidRoot, hostMounts: HostMount[]): string {
  if (!statSync(join(skeleton, host), { throwIfNoEntry: false })) mkdirSync(join(own, host));
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

function overlayLine(layers: { lower: string; upper: string; work: string; target: string }): string {
  const { lower, upper, work, target } = layers;
  return mountLine('overlay', target, `lowerdir=${lower},upperdir=${upper},workdir=${work}`, 'overlay');
}

/** Shows a folder of the machine read-only; opens it into its entries where a mount point is missing inside. */
function showShared(
  host: string,
  laid: LaidRoot,
  mounts: Mount[],
  hostMounts: HostMount[],
  lines: string[],
): void {
  const inside = mounts.filter((mount) => isBelow(mount.target, host));
  if (inside.every((mount) => lstatSync(mount.target, { throwIfNoEntry: false }) !== undefined)) {
    lines.push(showFolder(host, laid, hostMounts));
    return;
  }
  const { own, root } = laid;
  mkdirSync(join(own, host), { recursive: true });
  for (const entry of readdirSync(host, { withFileTypes: true })) {
    const path = join(host, entry.name);
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(path), join(own, path));
    else if (entry.isDirectory()) showShared(path, laid, mounts, hostMounts, lines);
    else if (entry.isFile()) {
      writeFileSync(join(own, path), '');
      lines.push(bindLine({ source: path, target: path, readOnly: true }, root, hostMounts));
    }
  }
}

function deviceLines(root: string): string[] {
  const dev = join(root, 'dev');
  return [
    ...DEVICES.map((name) => mountLine(`/dev/${name}`, join(dev, name), 'bind')),
    mountLine('devpts', join(dev, 'pts'), 'newinstance,ptmxmode=0666,mode=620', 'devpts'),
    mountLine('tmpfs', join(dev, 'shm'), 'mode=1777', 'tmpfs'),
  ];
}

/** Makes the file or folder that a mount covers, in a layer of the container's own or in the volume that it lies in. */
function makeMountPoint(mount: Mount, outer: Mount[], { folder, own, skeleton }: LaidRoot): void {
  const around = outer.findLast(
    (other) => other.target !== mount.target && isBelow(mount.target, other.target),
  );
  const inside = relative(around ? around.target : '/', mount.target);
  const isFolder = statSync(seen(mount)).isDirectory();
  const layer = join(folder, 'layer');
  const isLayered = statSync(join(layer, topOf(mount.target)), { throwIfNoEntry: false }) !== undefined;
  const [base, below] = around ? [seen(around)] : isLayered ? [layer, '/'] : [own, skeleton];
  let at = '';
  for (const part of (isFolder ? inside : dirname(inside)).split('/')) {
    at = join(at, part);
    const path = join(base, at);
    if (!statSync(path, { throwIfNoEntry: false })) coverFolder(path, below && join(below, at));
  }
  if (isFolder) return;
  const shown = join(isLayered && !around ? '/' : base, inside);
  if (!lstatSync(shown, { throwIfNoEntry: false })) writeFileSync(join(base, inside), '');
}

/** A folder of a layer hides the attributes of the one below it, so it takes them over. */
function coverFolder(path: string, below: string | undefined): void {
  const found = below === undefined ? undefined : statSync(below, { throwIfNoEntry: false });
  if (found?.isDirectory()) makeFolder(path, found);
  else mkdirSync(path, { recursive: true });
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
