import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatQuantity, parseQuantity, quantityToInteger } from '../../kubernetes/quantity.ts';
import type { Bytes } from '../../kubernetes/quantity.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { Pod } from './pod.ts';

/** Milliseconds between two looks, at least. A kubelet takes up to a minute. */
const PERIOD = 1000;
/** A look may take one part in so many of the time. */
const LEISURE = 20;

/**
 * Looks how large a pod's emptyDirs are until one is larger than its sizeLimit, and resolves with a kubelet's words for that;
 * with nothing when the signal aborts or no volume has a limit.
 */
export async function watchEmptyDirs(
  pod: Pod,
  folderOf: (volume: string) => string | undefined,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<string | undefined> {
  const limited = limitsOf(pod);
  while (limited.length > 0 && !signal.aborted) {
    const began = clock.monotonic();
    for (const { name, limit, text } of limited) {
      const folder = folderOf(name);
      if (folder !== undefined && (await usageOf(folder, new Set(), signal)) > limit)
        return `Usage of EmptyDir volume ${JSON.stringify(name)} exceeds the limit ${JSON.stringify(text)}. `;
    }
    const took = clock.monotonic() - began;
    await clock.sleep(Math.max(PERIOD, took * LEISURE), signal).catch(() => undefined); // that is the end
  }
  return undefined;
}

function limitsOf({ spec }: Pod): { name: string; limit: Bytes; text: string }[] {
  return (spec.volumes ?? []).flatMap(({ name, emptyDir }) => {
    // The kernel keeps those in memory from growing beyond their limit.
    if (emptyDir?.sizeLimit === undefined || emptyDir.medium === 'Memory') return [];
    const quantity = parseQuantity(emptyDir.sizeLimit);
    const limit = Number(quantityToInteger(quantity));
    return limit > 0 ? [{ name, limit, text: formatQuantity(quantity) }] : [];
  });
}

/** What it takes on the disk, as `du` counts: files with several names once. What goes meanwhile takes nothing. */
async function usageOf(path: string, seen: Set<number>, signal: AbortSignal): Promise<Bytes> {
  const stats = await lstat(path).catch(unlessGone);
  if (!stats || signal.aborted || seen.has(stats.ino)) return 0;
  seen.add(stats.ino);
  let bytes = stats.blocks * 512;
  if (stats.isDirectory()) {
    for (const name of (await readdir(path).catch(unlessGone)) ?? [])
      bytes += await usageOf(join(path, name), seen, signal);
  }
  return bytes;
}

function unlessGone(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
