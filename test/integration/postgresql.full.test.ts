import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ActionSpec } from '../../src/api/kanister/types.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { applyManifest } from '../demo/apply-manifest.ts';
import { readyPodOf } from '../demo/cluster.ts';
import { waitUntil } from '../demo/wait-until.ts';
import type { OperatorBed } from '../support/operator-bed.ts';
import { openTestCluster } from './test-cluster.ts';
import type { TestCluster } from './test-cluster.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/postgresql');
const { signal } = new AbortController();
let cluster: TestCluster;
let bed: OperatorBed;
let pod: string;

beforeAll(async () => {
  cluster = await openTestCluster();
  bed = await cluster.createBed();
  const { namespace } = bed;
  cluster.startOperator(bed);
  await bed.createBlueprint('first', {}); // the CRDs are there once this is
  await cluster.createProfile(namespace);
  await applyManifest(cluster.client, join(EXAMPLE, 'statefulset.yaml'), { namespace, signal });
  await applyManifest(cluster.client, join(EXAMPLE, 'blueprint.yaml'), { namespace, signal });
  const database = { namespace, name: 'postgresql' };
  const wait = { what: 'a ready PostgreSQL', clock: systemClock, signal, timeout: 120_000 };
  pod = (await waitUntil(() => readyPodOf(cluster.client, database), wait)).name;
}, 240_000);
afterAll(() => cluster?.close(), 120_000);

/** What psql in the database's own pod answers. */
async function query(statement: string): Promise<string> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const outputs = Promise.all([text(stdout), text(stderr)]);
  const { exitCode } = await cluster.client.exec(
    { namespace: bed.namespace, name: pod },
    {
      command: [
        'sh',
        '-c',
        'PGPASSWORD=$POSTGRES_PASSWORD exec psql -v ON_ERROR_STOP=1 -qAt -h "$POD_IP" -U "$POSTGRES_USER" -d "$POSTGRES_DB"',
      ],
      stdin: Readable.from([statement]),
      stdout,
      stderr,
    },
  );
  stdout.end();
  stderr.end();
  const [answer, complaint] = await outputs;
  expect(exitCode, complaint).toBe(0);
  return answer.trim();
}

async function run(name: string, action: Partial<ActionSpec>) {
  const { namespace } = bed;
  await bed.createActionSet(name, {
    blueprint: 'postgresql',
    object: { kind: 'StatefulSet', name: 'postgresql', namespace },
    profile: { namespace, name: 'store' },
    ...action,
  });
  const { status } = await bed.actionSet(name);
  expect(status?.error.message ?? '').toBe('');
  expect(status?.state).toBe('complete');
  return status;
}

it('PostgreSQL is backed up, lost, and restored row by row', { timeout: 240_000 }, async () => {
  await query(
    `CREATE TABLE orders AS SELECT n AS id, md5(n::text) AS item FROM generate_series(1, 10000) AS n`,
  );
  const fingerprint = () =>
    query(`SELECT count(*), md5(string_agg(id || item, ',' ORDER BY id)) FROM orders`);
  const before = await fingerprint();
  const backup = await run('backup', { name: 'backup' });
  const artifacts = backup?.actions[0]?.artifacts ?? {};
  await query('DROP TABLE orders');
  await run('restore', { name: 'restore', artifacts });
  expect(await fingerprint()).toBe(before);
  await run('delete', { name: 'delete', artifacts });
});
