import { readFileSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kubernetes/clock.ts';
import type { ApiServer } from './api-server.ts';
import type { StoreSnapshot } from './store.ts';

const FILE = 'objects.json';
const FORMAT = 1;

/** Changes that come closer together are written at once. */
const INTERVAL = 500;

/**
 * What an earlier server left in the folder, or `undefined` where there was none.
 * @throws {Error} naming the file, when it is not a snapshot that this version can read.
 */
export function loadSnapshot(folder: string): StoreSnapshot | undefined {
  const file = join(folder, FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { format, ...snapshot } = JSON.parse(text) as StoreSnapshot & { format: number };
  if (format === FORMAT) return snapshot;
  throw new Error(
    `${file} has the format ${String(format)}, and ${FORMAT} is known; remove it to start empty`,
  );
}

/**
 * Keeps the server's objects in a folder, readable by this account only, because Secrets are among them. A crash loses the last half
 * second, never the file: it is replaced as a whole. Returns how to stop; the last state is written by then.
 */
export async function keepInFolder(
  server: ApiServer,
  folder: string,
  { clock, log }: { clock: Clock; log(message: string): void },
): Promise<{ stop(): Promise<void> }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stopping = new AbortController();
  let changed = true;
  let wake: (() => void) | undefined;
  const forget = server.onChange(() => {
    changed = true;
    wake?.();
  });

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (changed) {
        changed = false;
        try {
          await writeSnapshot(folder, server.snapshot());
        } catch (error) {
          changed = true;
          log(`the sandbox's objects cannot be kept in ${folder}: ${String(error)}`);
        }
        await clock.sleep(INTERVAL, stopping.signal).catch((error: unknown) => {
          if (!stopping.signal.aborted) throw error;
        });
      } else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const running = run();
  return {
    async stop() {
      forget();
      stopping.abort(new Error('the server stops'));
      wake?.();
      await running;
      await writeSnapshot(folder, server.snapshot());
    },
  };
}

async function writeSnapshot(folder: string, snapshot: StoreSnapshot): Promise<void> {
  const temporary = join(folder, `${FILE}.new`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify({ format: FORMAT, ...snapshot }));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, FILE));
}
