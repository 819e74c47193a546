import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ResolvedProfile } from '../api/kanister/types.ts';
import { boundedGarbage } from './bounded-garbage.ts';
import { ChildFailed, startConsumer } from './child-command.ts';
import type { LocationContext, LocationFlags } from './location.ts';
import { systemErrorText } from './system-error-text.ts';
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
  if (target === '-')
    return await pullTo('standard output', standardOutput(), profile, flags, context, signal);
  const file = await openTargetFile(target);
  try {
    await pullTo(target, file.stream, profile, flags, context, signal);
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
    const child = await startConsumer(command);
    const stop = AbortSignal.any([signal, child.failed]);
    try {
      try {
        await pipeline(boundedGarbage(body), child.input, { signal: stop });
      } catch (error) {
        stop.throwIfAborted();
        if (!isBrokenPipe(error)) throw error;
        // A consumer that fails closes its input first: its exit status says more than the broken pipe.
        await child.success(signal);
        throw new ChildFailed(
          `${JSON.stringify(command[0])} ended well, but before it had read the whole object`,
        );
      }
      await child.success(signal);
    } catch (error) {
      await child.end();
      throw error;
    }
  });
}

async function pullTo(
  name: string,
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
      signal.throwIfAborted();
      if (!isWriteError(error)) throw error;
      throw new Error(`write ${name}: ${systemErrorText(error)}`, { cause: error });
    }
  });
}

/** Of the target: what fails on the way from the store is not a call of this system's named `write`. */
function isWriteError(error: unknown): boolean {
  return (
    error instanceof Error && 'syscall' in error && (error.syscall === 'write' || error.syscall === 'fsync')
  );
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

/** Node's own process.stdout blocks the process while a pipe is full, so that nothing is received meanwhile. */
function standardOutput(): Writable {
  const stdout = fstatSync(STDOUT);
  if (stdout.isFIFO() || stdout.isSocket())
    return new Socket({ fd: STDOUT, readable: false, writable: true });
  return createWriteStream('', { fd: STDOUT, autoClose: false });
}
