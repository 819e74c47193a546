import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { systemClock, type Clock } from '../kubernetes/clock.ts';
import { createClient } from '../kubernetes/create-client.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { LEASES, NAMESPACES } from '../kubernetes/resources.ts';
import { createApiServer, type ApiServer } from '../sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../sandbox/apiserver/in-process-transport.ts';
import { acquireLeadership } from './lease.ts';

type Lease = KubernetesObject & { spec: { holderIdentity: string } };

/** Time that passes only when the test says so. */
function manualClock() {
  let time = 0;
  let sleepers: { at: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => new Date(Date.UTC(2026, 0, 1) + time),
    monotonic: () => time,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        sleepers.push({ at: time + milliseconds, wake: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
  return {
    clock,
    /** All at once, as for a process that was suspended. */
    async pass(milliseconds: number) {
      time += milliseconds;
      const due = sleepers.filter(({ at }) => at <= time);
      sleepers = sleepers.filter(({ at }) => at > time);
      for (const { wake } of due) wake();
      // What was woken speaks to the API server of this process.
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
  };
}

describe('leadership', () => {
  const namespace = 'kanister';
  const log = pino({ level: 'silent' });
  let server: ApiServer;
  let client: KubernetesClient;
  let stop: AbortController;
  beforeEach(async () => {
    server = createApiServer({ clock: systemClock, random: Math.random });
    client = createClient(inProcessTransport(server), { clock: systemClock });
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort(new Error('the test is over'));
    await client.close();
    server.stop();
  });

  const lead = (clock: Clock, identity: string, own = client) =>
    acquireLeadership({ client: own, clock, log, namespace, identity, stop: stop.signal });
  const holder = async () =>
    (await client.get<Lease>(LEASES, { name: 'kanister-operator', namespace })).spec.holderIdentity;

  it('is kept by renewals, also when the wall clock jumps', async () => {
    const { clock, pass } = manualClock();
    const jumping: Clock = { ...clock, now: () => new Date(clock.monotonic() % 2 ? 0 : 4e12) };
    const leadership = await lead(jumping, 'a');
    for (let i = 0; i < 20; i++) await pass(3_001);
    expect(leadership.open()).toBe(true);
    expect(leadership.lost.aborted).toBe(false);
  });

  it('survives one renewal that is not answered', async () => {
    const { clock, pass } = manualClock();
    let fails = false;
    const flaky: KubernetesClient = {
      ...client,
      replace: async (type, object, options) => {
        if (!fails) return client.replace(type, object, options);
        fails = false;
        await clock.sleep(options?.timeout ?? 30_000);
        throw new Error('no answer');
      },
    };
    const leadership = await lead(clock, 'a', flaky);
    fails = true;
    for (let i = 0; i < 40; i++) await pass(500);
    expect(leadership.lost.aborted).toBe(false);
    expect(leadership.open()).toBe(true);
  });

  it('is lost for good when the process was suspended for longer than it may act, even if no other took it', async () => {
    const { clock, pass } = manualClock();
    const leadership = await lead(clock, 'a');
    await pass(12_000);
    expect(leadership.open()).toBe(false);
    expect(leadership.lost.aborted).toBe(true);
    await pass(3_000);
    expect(leadership.open()).toBe(false);
  });

  it('is lost when the lease can’t be renewed, before another may take it', async () => {
    const { clock, pass } = manualClock();
    const cut: KubernetesClient = {
      ...client,
      replace: () => Promise.reject(new Error('connection refused')),
    };
    const leadership = await lead(clock, 'a', cut);
    const waiting = lead(clock, 'b');
    let taken = false;
    waiting.then(
      () => (taken = true),
      () => undefined,
    );
    for (let i = 0; i < 21 && !leadership.lost.aborted; i++) await pass(500);
    expect(leadership.lost.aborted).toBe(true);
    expect(taken).toBe(false);
    for (let i = 0; i < 40 && !taken; i++) await pass(500);
    expect(taken).toBe(true);
    expect(await holder()).toBe('b');
  });

  it('ends with its release: nothing may be changed any more, and a successor begins at once', async () => {
    const { clock } = manualClock();
    const leadership = await lead(clock, 'a');
    await leadership.release();
    expect(leadership.open()).toBe(false);
    await lead(clock, 'b');
    expect(await holder()).toBe('b');
  });

  it('passes at once to a process of the same identity', async () => {
    const { clock } = manualClock();
    await lead(clock, 'pod-uid');
    const second = await lead(clock, 'pod-uid');
    expect(second.open()).toBe(true);
  });
});
