import { afterEach, describe, expect, it } from 'vitest';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { systemClock } from '../../kubernetes/clock.ts';
import { createClient } from '../../kubernetes/create-client.ts';
import { fixedCredentials } from '../../kubernetes/credentials.ts';
import { httpTransport } from '../../kubernetes/http-transport.ts';
import { CONFIG_MAPS } from '../../kubernetes/resources.ts';
import { ConnectionFailed } from '../../kubernetes/transport.ts';
import { createApiServer } from '../apiserver/api-server.ts';
import type { ApiServer } from '../apiserver/api-server.ts';
import { serveHttp } from '../apiserver/http-server.ts';
import { inProcessTransport } from '../apiserver/in-process-transport.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { faultyApiServer } from './faulty-api-server.ts';
import { movableClock } from './movable-clock.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const transports = {
  'in process': async (server: ApiServer) => inProcessTransport(server),
  'over HTTP': async (server: ApiServer) => {
    const http = await serveHttp(server, { clock: systemClock });
    cleanUps.push(() => http.close());
    return httpTransport({ server: http.url, clock: systemClock, credentials: fixedCredentials({}) });
  },
};

const settings = { metadata: { name: 'settings', namespace: 'default' } };
const subject = { name: 'settings', namespace: 'default' };

describe.each(Object.entries(transports))('faults on demand, %s', (_name, connect) => {
  async function open(
    seed = 1,
  ): Promise<{ faults: Faults; client: KubernetesClient; sure: KubernetesClient }> {
    const clock = movableClock(systemClock);
    const server = createApiServer({ clock, random: Math.random });
    const faults = createFaults({ clock, seed, targets: { moveClock: (time) => clock.advance(time) } });
    const faulty = faultyApiServer(server, faults.source, clock);
    const client = createClient(await connect(faulty), { clock });
    const sure = createClient(inProcessTransport(server), { clock });
    cleanUps.push(async () => {
      await client.close();
      await sure.close();
      faulty.stop();
    });
    return { faults, client, sure };
  }
  const failure = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('refuse the requests that a rule matches, and no other', async () => {
    const { faults, client } = await open();
    faults.add({
      match: { verb: 'create', resource: 'configmaps' },
      fault: { kind: 'answer', code: 409 },
      skip: 1,
      times: 1,
    });
    await client.create(CONFIG_MAPS, settings);
    const error = await failure(client.create(CONFIG_MAPS, { metadata: { ...subject, name: 'b' } }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 409, reason: 'Conflict' });
    await client.create(CONFIG_MAPS, { metadata: { ...subject, name: 'b' } });
    expect(faults.log).toMatchObject([{ subject: 'create configmaps default', fault: 'answer 409' }]);
  });

  it('break the connection before or after the write', async () => {
    const { faults, client, sure } = await open();
    const before = faults.add({ match: { verb: 'create' }, fault: { kind: 'reset', when: 'before' } });
    expect(await failure(client.create(CONFIG_MAPS, settings))).toBeInstanceOf(ConnectionFailed);
    await expect(sure.get(CONFIG_MAPS, subject)).rejects.toMatchObject({ code: 404 });
    before.remove();
    faults.add({ match: { verb: 'create' }, fault: { kind: 'reset', when: 'after' } });
    expect(await failure(client.create(CONFIG_MAPS, settings))).toBeInstanceOf(ConnectionFailed);
    expect(await sure.get(CONFIG_MAPS, subject)).toMatchObject(settings);
  });

  it('carry a write out a minute late, on the clock of the sandbox', async () => {
    const { faults, client, sure } = await open();
    faults.add({ match: { verb: 'create' }, fault: { kind: 'late', milliseconds: 60_000 } });
    expect(await failure(client.create(CONFIG_MAPS, settings))).toBeInstanceOf(ConnectionFailed);
    await expect(sure.get(CONFIG_MAPS, subject)).rejects.toMatchObject({ code: 404 });
    const arrival = sure.watch(CONFIG_MAPS, { resourceVersion: '0' })[Symbol.asyncIterator]();
    const seen = (async () => {
      for (;;) {
        const { value } = await arrival.next();
        if (value?.type === 'ADDED' && value.object.metadata?.name === 'settings') return value.object;
      }
    })();
    faults.moveClock(60_000);
    expect(await seen).toMatchObject(settings);
    await arrival.return?.();
  });

  it('drop the watches that are open', async () => {
    const { faults, client } = await open();
    await client.create(CONFIG_MAPS, settings);
    const events = client.watch(CONFIG_MAPS, {})[Symbol.asyncIterator]();
    await events.next();
    expect(faults.dropWatches({ resource: 'secrets' })).toBe(0);
    expect(faults.dropWatches({ resource: 'configmaps' })).toBe(1);
    // It ends or throws; the client decides how it tells of a broken stream.
    const next = await events.next().then(
      ({ done }) => done === true,
      () => true,
    );
    expect(next).toBe(true);
  });

  it('meet the same requests again from the same seed', async () => {
    const run = async (seed: number): Promise<boolean[]> => {
      const { faults, client } = await open(seed);
      faults.add({ match: { verb: 'delete' }, fault: { kind: 'answer', code: 410 }, probability: 0.5 });
      const met: boolean[] = [];
      for (let count = 0; count < 24; count += 1) {
        const error = await failure(client.delete(CONFIG_MAPS, subject));
        met.push(error instanceof ApiError && error.code === 410);
      }
      return met;
    };
    const first = await run(3);
    expect(new Set(first).size).toBe(2);
    expect(await run(3)).toEqual(first);
    expect(await run(4)).not.toEqual(first);
  });
});

describe('faults', () => {
  it('say what a sandbox without pods cannot do, and what no rule can be', async () => {
    const faults = createFaults({ clock: systemClock, seed: 1, targets: {} });
    await expect(faults.killPod({ namespace: 'default', name: 'p' })).rejects.toThrow('cannot kill a pod');
    const fault = { kind: 'delay', milliseconds: -1 } as const;
    expect(() => faults.add({ fault })).toThrow('must be 0 milliseconds or more, and is -1');
    expect(() => faults.add({ fault: { kind: 'delay', milliseconds: 1 }, probability: 2 })).toThrow(
      'from 0 to 1',
    );
  });
});
