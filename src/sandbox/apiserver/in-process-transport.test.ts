import { describe, expect, it } from 'vitest';
import { createClient } from '../../kubernetes/create-client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import { CONFIG_MAPS } from '../../kubernetes/resources.ts';
import { createApiServer } from './api-server.ts';
import { inProcessTransport } from './in-process-transport.ts';

/** A clock that stands still: whatever waits for it waits for ever, or until its signal. */
const stillClock: Clock = {
  now: () => new Date('2026-01-02T03:04:05Z'),
  monotonic: () => 0,
  sleep: (_milliseconds, signal) =>
    new Promise((_resolve, reject) => {
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
};

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function run(seed: number): Promise<string[]> {
  const server = createApiServer({ clock: stillClock, random: seeded(seed) });
  const client = createClient(inProcessTransport(server), { clock: stillClock });
  const seen: string[] = [];
  const { metadata } = await client.list(CONFIG_MAPS);
  const from = { resourceVersion: metadata.resourceVersion ?? '' };
  const events = client.watch(CONFIG_MAPS, from)[Symbol.asyncIterator]();
  const writes = (async () => {
    for (let count = 0; count < 5; count += 1) {
      await client.create(CONFIG_MAPS, { metadata: { generateName: 'c-', namespace: 'default' } });
    }
  })();
  for (let count = 0; count < 5; count += 1) seen.push(JSON.stringify((await events.next()).value));
  await writes;
  await events.return?.();
  server.stop();
  return seen;
}

describe('the in-process transport', () => {
  it('does the same again from the same seed, on a clock that never moves', async () => {
    const first = await run(7);
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
  });

  it('rejects with the reason of a signal that is aborted, and when it is closed', async () => {
    const transport = inProcessTransport(createApiServer({ clock: stillClock, random: seeded(1) }));
    const reason = new Error('enough');
    const request = { method: 'GET', path: '/version' } as const;
    await expect(transport.send({ ...request, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await transport.close();
    await expect(transport.send(request)).rejects.toThrow('the connection to the API server was closed');
  });
});
