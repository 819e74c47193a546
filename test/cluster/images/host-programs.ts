import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { findProgram } from '../prerequisites.ts';
import { runCommand } from '../run-command.ts';
import type { LayerEntry } from './layer-entry.ts';

/**
 * Programs of this machine, by name or path, with the libraries that the dynamic linker would load for them. Each stands where it does
 * here; a link becomes the file that it leads to. Programs that are not here are left out.
 */
export async function hostPrograms(names: string[], path: string): Promise<LayerEntry[]> {
  const found = names
    .map((name) => (name.startsWith('/') ? name : findProgram(name, path)))
    .filter((file) => file !== undefined);
  const present = (await Promise.all(found.map(presentFile))).filter((file) => file !== undefined);
  const libraries = await librariesOf(present, path);
  return Promise.all([...new Set([...present, ...libraries])].map(copyOf));
}

/** The same path, with links of its folders resolved: `/bin/sh` is `/usr/bin/sh` on a machine where /bin is a link. */
async function copyOf(file: string): Promise<LayerEntry> {
  const place = join(await realpath(dirname(file)), basename(file));
  return { kind: 'copy', path: place, source: await realpath(file), mode: 0o755 };
}

async function presentFile(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? file : undefined;
}

/** ldd writes `name => /path (address)`, or `/path (address)` for the linker itself; "not a dynamic executable" for scripts. */
async function librariesOf(files: string[], path: string): Promise<string[]> {
  if (files.length === 0) return [];
  const output = await runCommand(['sh', '-c', 'ldd "$@" 2>/dev/null || true', 'ldd', ...files], { path });
  return [...new Set([...output.matchAll(/(?:=> |^\s+)(\/\S+) \(/gm)].map(([, library = '']) => library))];
}
