import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canNameInOverlay, parseBinds } from './root-filesystem.ts';
import { shellWord } from './shell-word.ts';

/** In a run's folder: below it, for each full volume, the scripts and the layers over the volume's mounts. */
export const FULL_FOLDER = 'full';
/** Leaves no space; run in the run's mount namespace, before its command or beside it. */
export const FILL_SCRIPT = 'fill.sh';
/** Gives the space back. */
const FREE_SCRIPT = 'free.sh';

/**
 * Writes the scripts that take a volume's space from a run of a container, and give it back. Absent where the run can't write to the volume.
 * Nothing of the volume is touched: over each of its mounts comes a layer that has no room for a single change. What a process has opened
 * or works in by then lies below that layer.
 * @param run its folder, with its fstab.
 * @param volume the volume's folder.
 */
export function writeFullVolume(run: string, volume: string): { fill: string; free: string } | undefined {
  const mounts = parseBinds(readFileSync(join(run, 'fstab'), 'utf8')).filter(
    ({ source, readOnly }) =>
      !readOnly && (source === volume || source.startsWith(`${volume}/`)) && isFolder(source),
  );
  if (mounts.length === 0) return undefined;
  const folder = folderOf(run, volume);
  const calls = mounts.map(({ source, target }, index) => {
    const layer = join(folder, String(index));
    mkdirSync(layer, { recursive: true });
    return { fill: call('fill', layer, source, target), free: call('free', layer, target) };
  });
  const [fill, free] = [join(folder, FILL_SCRIPT), join(folder, FREE_SCRIPT)];
  writeFileSync(fill, [FILL, ...calls.map((line) => line.fill), ''].join('\n'));
  writeFileSync(free, [FREE, ...calls.map((line) => line.free), ''].join('\n'));
  return { fill, free };
}

/** The script that gives a run the space of a volume back; absent where it has it. */
export function freeScriptOf(run: string, volume: string): string | undefined {
  const script = join(folderOf(run, volume), FREE_SCRIPT);
  return existsSync(script) ? script : undefined;
}

/** @throws {Error} for a folder that the kernel can't lay anything over */
export function checkCanFill(volume: string, overlay: boolean): void {
  if (overlay && canNameInOverlay(volume)) return;
  throw new Error(
    `the volume in ${volume} can't be filled: overlays are needed for that, which ${overlay ? 'take no such path' : 'the kernel does not let this account mount there'}`,
  );
}

const folderOf = (run: string, volume: string) =>
  join(run, FULL_FOLDER, createHash('sha256').update(volume).digest('hex').slice(0, 16));
const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const call = (name: string, ...words: string[]) => [name, ...words.map(shellWord)].join(' ');

const ADMINISTRATORS_PATH = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';
/** A change in an overlay needs an inode of its upper layer, and files take all that there are. Unmapped owners can't be given. */
const FILL = `${ADMINISTRATORS_PATH}
fill() {
  mount -t tmpfs -o mode=755,nr_inodes=32 full "$1" && mkdir "$1/upper" "$1/work" || exit 125
  chmod --reference="$2" "$1/upper"
  chown --reference="$2" "$1/upper" 2>/dev/null
  mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" full "$3" || exit 125
  taken=0
  while [ "$taken" -lt 64 ] && true >"$1/$taken"; do taken=$((taken + 1)); done 2>/dev/null
}`;
const FREE = `${ADMINISTRATORS_PATH}
free() { umount -l "$2" && umount -l "$1" || exit 1; }`;
