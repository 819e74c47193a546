import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACTION_SETS } from '../../src/api/kanister/types.ts';
import type { ActionSet, ActionSpec } from '../../src/api/kanister/types.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { SECRETS } from '../../src/kubernetes/resources.ts';
import { openS3 } from '../../src/objectstore/s3.ts';
import type { ObjectStore } from '../../src/objectstore/object-store.ts';
import { applyManifest } from '../demo/apply-manifest.ts';
import { connectionOf, deploymentAvailable, readyPodOf } from '../demo/cluster.ts';
import { fingerprint, loadOrders, withDatabase } from '../demo/orders.ts';
import { openStage } from '../demo/stage.ts';
import type { Stage } from '../demo/stage.ts';
import { waitUntil } from '../demo/wait-until.ts';

const DATABASE = { namespace: 'default', name: 'postgresql' };
const { signal } = new AbortController();
const patience = (what: string) => ({ what, clock: systemClock, signal, timeout: 60_000 });
let stage: Stage;
let store: ObjectStore;
let database: ClientConfig;

beforeAll(async () => {
  stage = await openStage({ signal, source: undefined });
  const { endpoint, bucket, region, accessKey: accessKeyId, secretKey: secretAccessKey } = stage.store;
  const credentials = { accessKeyId, secretAccessKey };
  store = await openS3({ endpoint, bucket, region, credentials, skipSslVerify: false }, {});
  const apply = (file: string, namespace: string) =>
    applyManifest(stage.client, join(import.meta.dirname, '../../examples', file), { namespace, signal });
  await apply('sandbox/operator.yaml', 'kanister');
  await apply('postgresql/statefulset.yaml', DATABASE.namespace);
  const operator = { namespace: 'kanister', name: 'kanister-operator' };
  await waitUntil(() => deploymentAvailable(stage.client, operator), patience('a running operator'));
  await waitUntil(() => readyPodOf(stage.client, DATABASE), patience('a ready PostgreSQL'));
  await apply('postgresql/blueprint.yaml', 'kanister');
  database = await connectionOf(stage.client, DATABASE);
  await withDatabase(database, (connection) => loadOrders(connection, 300_000));
}, 120_000);

afterAll(async () => {
  store?.close();
  await stage?.close();
}, 60_000);

it(
  'a backup whose connection breaks half-way fails, says why, and leaves no object',
  { timeout: 90_000 },
  async () => {
    const backup = run('broken-backup', { name: 'backup' });
    await withDatabase(database, (connection) =>
      waitUntil(
        async () => {
          const { rows } = await connection.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pg_dump' AND query LIKE 'COPY %'`,
          );
          return rows.length > 0 || 'no pg_dump that copies a table';
        },
        { ...patience('a pg_dump'), pause: 5 },
      ),
    );
    const { status } = await backup;
    expect(status?.state).toBe('failed');
    expect(status?.error.message).toContain('pg_dump');
    expect(await keys()).toEqual([]);
  },
);

it(
  'a backup with a wrong password fails with PostgreSQL’s words, and leaves no object',
  { timeout: 90_000 },
  async () => {
    const password = (value: string | undefined) =>
      stage.client.patch(SECRETS, DATABASE, { type: 'merge', body: { stringData: { password: value } } });
    await password('not the password');
    const { status } = await run('unauthorized-backup', { name: 'backup' });
    await password(String(database.password));
    expect(status?.state).toBe('failed');
    expect(JSON.stringify(status)).toContain('password authentication failed');
    expect(JSON.stringify(status)).not.toContain('not the password');
    expect(await keys()).toEqual([]);
  },
);

it('a restore from half a dump fails, and the database is as it was', { timeout: 90_000 }, async () => {
  const backup = await run('good-backup', { name: 'backup' });
  expect(backup.status?.state).toBe('complete');
  const artifacts = backup.status?.actions[0]?.artifacts ?? {};
  const [key = ''] = await keys();
  const whole = Buffer.concat(await Array.fromAsync((await store.get(key)).body));
  await store.put(key, streamOf(whole.subarray(0, whole.length / 2)));
  const before = await withDatabase(database, fingerprint);

  const { status } = await run('half-restore', { name: 'restore', artifacts });
  expect(status?.state).toBe('failed');
  expect(JSON.stringify(status)).toContain('pg_restore');
  expect(await withDatabase(database, fingerprint)).toEqual(before);

  await store.put(key, streamOf(whole));
  expect((await run('whole-restore', { name: 'restore', artifacts })).status?.state).toBe('complete');
  expect(await withDatabase(database, fingerprint)).toEqual(before);
});

/** Runs one action on the database to its end. */
async function run(name: string, action: Pick<ActionSpec, 'name' | 'artifacts'>): Promise<ActionSet> {
  const object = { kind: 'StatefulSet', ...DATABASE };
  const profile = { namespace: 'default', name: 'sandbox' };
  const metadata = { name, namespace: 'kanister' };
  const spec = { actions: [{ ...action, object, profile, blueprint: 'postgresql' }] };
  await stage.client.create<ActionSet>(ACTION_SETS, {
    apiVersion: 'cr.kanister.io/v1alpha1',
    kind: 'ActionSet',
    metadata,
    spec,
  });
  return waitUntil(
    async () => {
      const actionSet = await stage.client.get<ActionSet>(ACTION_SETS, metadata);
      const state = actionSet.status?.state ?? 'not begun';
      return state === 'complete' || state === 'failed' ? actionSet : state;
    },
    patience(`the end of ActionSet ${name}`),
  );
}

async function keys(): Promise<string[]> {
  return (await Array.fromAsync(store.list(''))).map(({ key }) => key);
}

async function* streamOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
