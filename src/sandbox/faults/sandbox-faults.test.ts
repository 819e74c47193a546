import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { systemClock } from '../../kubernetes/clock.ts';
import { createClient } from '../../kubernetes/create-client.ts';
import { loadKubeConfig } from '../../kubernetes/load-kube-config.ts';
import { CONFIG_MAPS } from '../../kubernetes/resources.ts';
import { ConnectionFailed, type Transport } from '../../kubernetes/transport.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { testPods } from '../testing/pods.ts';

const folders: string[] = [];
let sandbox: Sandbox;
/** Over TLS, as a program has it by its kubeconfig. */
let transport: Transport;
let client: KubernetesClient;

async function start(faultSeed: number): Promise<Sandbox> {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  folders.push(folder);
  const containers = [{ run: { exitCode: 'running' as const } }];
  return startSandbox({ folder, objectStore: false, node: 'simulated', containers, faultSeed });
}

beforeAll(async () => {
  sandbox = await start(1);
  const { kubeconfig } = sandbox;
  ({ transport } = await loadKubeConfig({ env: {}, kubeconfig, clock: systemClock }));
  client = createClient(transport, { clock: systemClock });
});

afterEach(() => sandbox.faults.clear());

afterAll(async () => {
  await client.close();
  await sandbox.stop();
  for (const folder of folders) await rm(folder, { recursive: true });
});

const object = (name: string) => ({ metadata: { name, namespace: 'default' } });
const create = (name: string) => client.create(CONFIG_MAPS, object(name));
const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );
const creates = { verb: 'create', resource: 'configmaps' };

describe('a client of a sandbox meets', () => {
  it.each([
    [409, 'Conflict', undefined],
    [410, 'Expired', undefined],
    [429, 'TooManyRequests', 1],
    [429, 'TooManyRequests', 7],
    [500, 'InternalError', undefined],
    [503, 'ServiceUnavailable', undefined],
  ] as const)('%i %s, with Retry-After %s, and the write is not done', async (code, reason, retryAfter) => {
    const seconds = retryAfter === 7 ? { retryAfterSeconds: 7 } : {};
    // The raw answer: the client would try again where it may.
    sandbox.faults.add({ match: creates, fault: { kind: 'answer', code, ...seconds }, times: 1 });
    const answer = await transport.send({
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', ...object('refused') }),
    });
    expect(answer.status).toBe(code);
    expect(answer.headers['retry-after']).toBe(retryAfter?.toString());
    expect(JSON.parse(await text(answer.body))).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      code,
      reason,
    });
    await expect(client.get(CONFIG_MAPS, { name: 'refused', namespace: 'default' })).rejects.toMatchObject({
      code: 404,
    });
  });

  it('a delay, as long as the sandbox’s clock says', async () => {
    sandbox.faults.add({ match: creates, fault: { kind: 'delay', milliseconds: 3_600_000 } });
    const created = create('delayed');
    await expect.poll(() => sandbox.faults.log.at(-1)?.fault).toBe('delay 3600000 ms');
    await expect(client.get(CONFIG_MAPS, { name: 'delayed', namespace: 'default' })).rejects.toBeInstanceOf(
      ApiError,
    );
    sandbox.faults.moveClock(3_600_000);
    expect(await created).toMatchObject(object('delayed'));
  });

  it('a connection that breaks before the write, and one that breaks after it', async () => {
    const isThere = async (name: string) => {
      const error = await failure(client.get(CONFIG_MAPS, { name, namespace: 'default' }));
      return error === undefined;
    };
    for (const when of ['before', 'after'] as const) {
      const rule = sandbox.faults.add({ match: creates, fault: { kind: 'reset', when } });
      expect(await failure(create(when))).toBeInstanceOf(ConnectionFailed);
      rule.remove();
      expect(await isThere(when)).toBe(when === 'after');
    }
  });

  it('a write that takes effect a minute after its connection broke', async () => {
    const rule = sandbox.faults.add({ match: creates, fault: { kind: 'late', milliseconds: 60_000 } });
    expect(await failure(create('late'))).toBeInstanceOf(ConnectionFailed);
    rule.remove();
    sandbox.faults.moveClock(59_000);
    const late = () => failure(client.get(CONFIG_MAPS, { name: 'late', namespace: 'default' }));
    expect(await late()).toMatchObject({ code: 404 });
    sandbox.faults.moveClock(1_000);
    await expect.poll(late).toBeUndefined();
  });

  it('watches that end in the midst of it', async () => {
    const changes = client.watch(CONFIG_MAPS, { namespace: 'default', resourceVersion: '0' });
    const events = changes[Symbol.asyncIterator]();
    await events.next();
    const ends = async () => {
      for (;;) if ((await events.next()).done) return;
    };
    const ended = failure(ends());
    expect(sandbox.faults.dropWatches({ resource: 'configmaps', namespace: 'default' })).toBe(1);
    await ended;
  });

  it('pods that are killed, which their policy starts again', async () => {
    const pods = testPods(client);
    await pods.create('victim', [{}]);
    await pods.untilReady('victim');
    await sandbox.faults.killPod({ namespace: 'default', name: 'victim' });
    const { status } = await pods.until(
      'victim',
      (pod) => pod.status?.containerStatuses?.[0]?.restartCount === 1,
    );
    expect(status?.containerStatuses?.[0]?.lastState.terminated?.exitCode).toBe(137);
  });

  it('only what the sandbox has: simulated pods have no volumes to fill', async () => {
    await expect(sandbox.faults.fillVolume({ namespace: 'default', name: 'data' })).rejects.toThrow(
      'this sandbox cannot fill a volume',
    );
  });
});

it('the same seed makes the same requests fail again, and another seed others', async () => {
  const failures = async (seed: number): Promise<string> => {
    const other = await start(seed);
    try {
      other.faults.add({ match: creates, fault: { kind: 'answer', code: 409 }, probability: 0.4 });
      const met: string[] = [];
      for (let number = 0; number < 24; number += 1) {
        const error = await failure(other.client.create(CONFIG_MAPS, object(`n${number}`)));
        met.push(error === undefined ? '.' : 'x');
      }
      return met.join('');
    } finally {
      await other.stop();
    }
  };
  const first = await failures(7);
  expect(first).toMatch(/x.*\./);
  expect(await failures(7)).toBe(first);
  expect(await failures(8)).not.toBe(first);
});
