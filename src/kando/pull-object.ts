import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ResolvedProfile } from '../api/kanister/types.ts';
import { boundedGarbage } from './bounded-garbage.ts';
import { startChild } from './child-command.ts';
import type { LocationContext, LocationFlags } from './location.ts';
import { openTargetFile } from './target-file.ts';
import { withStore } from './with-store.ts';

const STDOUT = 1;

/** Writes the object to standard output (`-`) or a file. */
export async function pullToTarget(
  target: string,
  profile: ResolvedProfile,
  flags: LocationFlags,
  context: LocationContext,
  signal: AbortSignal,
): Promise<void> {
  if (target === '-') return await pullTo(standardOutput(), profile, flags, context, signal);
  const file = await openTargetFile(target);
  try {
    await pullTo(file.stream, profile, flags, context, signal);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** Gives the object to a command as its standard input. */
export async function pullToCommand(
  command: string[],
  profile: ResolvedProfile,
  flags: LocationFlags,
  context: LocationContext,
  signal: AbortSignal,
): Promise<void> {
  await withStore(profile, flags, context, signal, async (store, key) => {
    const { body } = await store.get(key, { signal });
    const child = await startChild(command, 'stdin');
    try {
      if (child.process.stdin) await pipeline(boundedGarbage(body), child.process.stdin, { signal });
      await child.success();
    } catch (error) {
      // A consumer that fails closes its input first: its exit status says more than the broken pipe.
      const brokenPipe = error instanceof Error && 'code' in error && error.code === 'EPIPE';
      if (brokenPipe) await child.success();
      await child.end();
      throw signal.aborted ? signal.reason : error;
    }
  });
}

async function pullTo(
  target: Writable,
  profile: ResolvedProfile,
  flags: LocationFlags,
  context: LocationContext,
  signal: AbortSignal,
): Promise<void> {
  await withStore(profile, flags, context, signal, async (store, key) => {
    const { body } = await store.get(key, { signal });
    try {
      await pipeline(boundedGarbage(body), target, { signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  });
}

/** Node's own process.stdout blocks the process while a pipe is full, so that nothing is received meanwhile. */
function standardOutput(): Writable {
  const stdout = fstatSync(STDOUT);
  if (stdout.isFIFO() || stdout.isSocket())
    return new Socket({ fd: STDOUT, readable: false, writable: true });
  return createWriteStream('', { fd: STDOUT, autoClose: false });
}
