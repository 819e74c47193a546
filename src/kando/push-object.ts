import { fstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ResolvedProfile } from '../api/kanister/types.ts';
import { startProducer } from './child-command.ts';
import { readFile, readPipe } from './descriptor-streams.ts';
import type { LocationContext, LocationFlags } from './location.ts';
import { systemErrorText } from './system-error-text.ts';
import { UsageError } from './usage-error.ts';
import { withStore } from './with-store.ts';

const STDIN = 0;

/** Stores standard input (`-`) or a file. */
export async function pushSource(
  source: string,
  profile: ResolvedProfile,
  flags: LocationFlags,
  context: LocationContext,
  signal: AbortSignal,
): Promise<void> {
  if (source === '-') {
    const stdin = fstatSync(STDIN);
    if (!stdin.isFIFO() && !stdin.isSocket()) {
      throw new UsageError('Stdin must be piped when the source parameter is "-"');
    }
    await withStore(profile, flags, context, signal, (store, key) =>
      store.put(key, readPipe(STDIN), { signal }),
    );
    return;
  }
  const file = await open(source).catch((error: unknown) => {
    throw new Error(`open ${source}: ${systemErrorText(error)}`, { cause: error });
  });
  try {
    if ((await file.stat()).isDirectory()) throw new Error(`read ${source}: is a directory`);
    await withStore(profile, flags, context, signal, (store, key) =>
      store.put(key, readFile(file), { signal }),
    );
  } finally {
    await file.close();
  }
}

/** Stores what a command writes. The object becomes visible after the command has ended well, so a dump that fails half-way leaves nothing. */
export async function pushOutput(
  command: string[],
  profile: ResolvedProfile,
  flags: LocationFlags,
  context: LocationContext,
  signal: AbortSignal,
): Promise<void> {
  await withStore(profile, flags, context, signal, async (store, key) => {
    const child = await startProducer(command);
    const onAbort = () => void child.end(); // while the store is still being cleaned up
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await store.put(key, child.output, { signal });
    } catch (error) {
      await child.end();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  });
}
