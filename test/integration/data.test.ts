import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BlueprintPhase as Phase } from '../../src/api/kanister/types.ts';
import { openS3 } from '../../src/objectstore/s3.ts';
import type { ObjectStore } from '../../src/objectstore/object-store.ts';
import type { OperatorBed } from '../support/operator-bed.ts';
import { IMAGES } from './images.ts';
import { openTestCluster } from './test-cluster.ts';
import type { TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
let bed: OperatorBed;
let store: ObjectStore;
beforeAll(async () => {
  cluster = await openTestCluster();
  const { endpoint, bucket, region, accessKey: accessKeyId, secretKey: secretAccessKey } = cluster.store;
  store = await openS3(
    { endpoint, bucket, region, credentials: { accessKeyId, secretAccessKey }, skipSslVerify: false },
    {},
  );
  bed = await cluster.createBed();
  cluster.startOperator(bed);
  await bed.createBlueprint('first', {}); // the CRDs are there once this is
  await cluster.createProfile(bed.namespace);
}, 120_000);
afterAll(async () => {
  store?.close();
  await cluster.close();
}, 120_000);

const keys = async () => (await Array.fromAsync(store.list(bed.namespace))).map(({ key }) => key);

async function run(name: string, phases: Phase[]) {
  const { namespace } = bed;
  await bed.createBlueprint(name, { run: { kind: '', phases } });
  await bed.createActionSet(name, {
    blueprint: name,
    object: { kind: 'Namespace', name: namespace, namespace },
    profile: { namespace, name: 'store' },
  });
  return (await bed.actionSet(name)).status;
}

const kando = (name: string, script: string): Phase => ({
  name,
  func: 'KubeTask',
  args: {
    namespace: '{{ .Namespace.Name }}',
    image: IMAGES.tools,
    command: ['sh', '-euc', script],
    podOverride: {
      containers: [{ name: 'container', env: [{ name: 'KANDO_PROFILE', value: '{{ toJson .Profile }}' }] }],
    },
  },
});

it(
  'kando moves data into the store and out of it, and LocationDelete removes it',
  { timeout: 180_000 },
  async () => {
    const { namespace } = bed;
    const moved = await run('moved', [
      kando('push', 'head -c 9000000 /dev/zero | kando location push --path data/zeros -'),
      kando('pull', 'kando output size "$(kando location pull --path data/zeros - | wc -c)"'),
    ]);
    expect(moved?.error.message ?? '').toBe('');
    expect(moved?.actions[0]?.phases?.[1]?.output).toEqual({ size: '9000000' });
    expect(await keys()).toEqual([`${namespace}/data/zeros`]);

    const removed = await run('removed', [
      { name: 'only', func: 'LocationDelete', args: { artifact: 'data/zeros' } },
    ]);
    expect(removed?.error.message ?? '').toBe('');
    expect(await keys()).toEqual([]);
  },
);

it('a push whose producer dies fails, and leaves nothing in the store', { timeout: 180_000 }, async () => {
  const failed = await run('dying', [
    kando('push', 'kando location push --path data/half -- sh -c "head -c 9000000 /dev/zero; exit 5"'),
  ]);
  expect(failed?.state).toBe('failed');
  expect(failed?.error.message).toContain('5');
  expect(await keys()).toEqual([]);
});
