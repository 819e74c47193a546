import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { readlinkSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { CannotConfigure } from './container-runtime.ts';

/** A file of a volume that the API's objects fill. */
export interface VolumeFile {
  content: Buffer;
  mode: number;
}

/** The name that always leads to the newest content. */
const DATA = '..data';

/**
 * Makes a folder hold exactly these files (path → file), all of them at once for whoever reads: they are in a folder of
 * their own, `..data` is a link to it that is replaced by rename, and each first part of a path is a link through it.
 * Nothing is touched when they are the same already.
 * @param group who may read them besides their owner; absent: as the modes say.
 */
export function writeFileVolume(
  folder: string,
  files: Map<string, VolumeFile>,
  group: number | undefined,
): void {
  for (const path of files.keys())
    if (normalize(path).split('/').includes('..'))
      throw new CannotConfigure(`path ${path} must not contain '..'`);
  mkdirSync(folder, { recursive: true });
  const link = join(folder, DATA);
  const current = existsSync(link) ? readlinkSync(link) : undefined;
  if (current !== undefined && holds(join(folder, current), files)) return;
  const version = `..${Date.now()}_${current === undefined ? 0 : Number(current.split('_').at(-1)) + 1}`;
  for (const [path, { content, mode }] of files) {
    const file = join(folder, version, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    if (group !== undefined) chownSync(file, 0, group);
    chmodSync(file, group === undefined ? mode : mode | 0o040);
  }
  mkdirSync(join(folder, version), { recursive: true });
  symlinkSync(version, `${link}_tmp`);
  renameSync(`${link}_tmp`, link);
  linkTopNames(folder, files);
  if (current !== undefined) rmSync(join(folder, current), { recursive: true, force: true });
}

function linkTopNames(folder: string, files: Map<string, VolumeFile>): void {
  const names = new Set([...files.keys()].map((path) => normalize(path).split('/')[0] ?? ''));
  for (const name of names) {
    if (!lstatSync(join(folder, name), { throwIfNoEntry: false }))
      symlinkSync(join(DATA, name), join(folder, name));
  }
  for (const name of readdirSync(folder))
    if (!name.startsWith('..') && !names.has(name)) rmSync(join(folder, name));
}

function holds(folder: string, files: Map<string, VolumeFile>): boolean {
  const present = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  if (present.length !== files.size) return false;
  return [...files].every(([path, { content }]) => {
    const file = join(folder, path);
    return existsSync(file) && readFileSync(file).equals(content);
  });
}
