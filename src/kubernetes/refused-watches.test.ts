import { beforeEach, describe, expect, it } from 'vitest';
import { steppedClock, type SteppedClock } from '../../test/support/stepped-clock.ts';
import { createApiServer } from '../sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../sandbox/apiserver/in-process-transport.ts';
import { ApiError } from './api-error.ts';
import type { KubernetesClient } from './client.ts';
import { systemClock } from './clock.ts';
import { createClient } from './create-client.ts';
import { rememberRefusedWatches } from './refused-watches.ts';
import { PODS, SECRETS } from './resources.ts';

const FORBIDDEN = new ApiError(403, { reason: 'Forbidden', message: 'pods is forbidden: cannot watch' });

let clock: SteppedClock;
let asked: string[];
/** What the server says to the next watches; undefined: nothing happens there. */
let answers: (ApiError | undefined)[];
let client: KubernetesClient;

beforeEach(() => {
  clock = steppedClock();
  asked = [];
  answers = [];
  const transport = inProcessTransport(createApiServer({ clock: systemClock, random: Math.random }));
  const server = createClient(transport, { clock: systemClock });
  const refusing: KubernetesClient = {
    ...server,
    watch: (type, options) => {
      asked.push(`${type.resource} in ${options.namespace}`);
      const error = answers.shift();
      if (error) throw error;
      return server.watch(type, {
        ...options,
        timeoutSeconds: 0,
        signal: AbortSignal.abort(new Error('end')),
      });
    },
  };
  client = rememberRefusedWatches(refusing, clock);
});

async function watch(type = PODS, namespace = 'app'): Promise<unknown> {
  try {
    for await (const _ of client.watch(type, { namespace, signal: new AbortController().signal }))
      return 'event';
    return 'ended';
  } catch (error) {
    return error;
  }
}

describe('a watch that the server has refused', () => {
  it('is refused in its words without asking it again, for ten minutes', async () => {
    answers = [FORBIDDEN];
    expect(await watch()).toBe(FORBIDDEN);
    expect(await watch()).toBe(FORBIDDEN);
    await clock.advance(10 * 60_000 - 1);
    expect(await watch()).toBe(FORBIDDEN);
    expect(asked).toEqual(['pods in app']);
    await clock.advance(1);
    expect(await watch()).not.toBe(FORBIDDEN);
    expect(asked).toEqual(['pods in app', 'pods in app']);
  });

  it('says nothing about other namespaces and other kinds, nor does another error', async () => {
    answers = [FORBIDDEN, undefined, undefined, new ApiError(500, {})];
    await watch();
    await watch(PODS, 'other');
    await watch(SECRETS);
    await watch(PODS, 'other');
    await watch(PODS, 'other');
    expect(asked).toEqual([
      'pods in app',
      'pods in other',
      'secrets in app',
      'pods in other',
      'pods in other',
    ]);
  });
});
