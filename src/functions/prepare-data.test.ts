import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestCluster, type PhaseOptions, type TestCluster } from '../../test/pods/phase.ts';
import { runFunction } from '../../test/pods/run-function.ts';
import type { Workload } from '../engine/function.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { PERSISTENT_VOLUME_CLAIMS, PODS, SERVICE_ACCOUNTS } from '../kubernetes/resources.ts';
import type { Pod } from '../pods/pod.ts';
import { prepareData } from './prepare-data.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await createTestCluster();
});
afterEach(() => cluster.stop());

const raw = { namespace: 'app', image: 'busybox', command: ['true'], volumes: { data: '/mnt/data' } };
const start = (more: Partial<PhaseOptions> = {}, args = {}) =>
  runFunction(prepareData, cluster, { ...raw, ...args }, more);
const claim = (name: string, accessMode = 'ReadWriteOnce') =>
  cluster.client.create<KubernetesObject & { spec: object }>(PERSISTENT_VOLUME_CLAIMS, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'app' },
    spec: { accessModes: [accessMode], resources: { requests: { storage: '1Gi' } } },
  });
const end = async (pod: Pod, exitCode: number, ...lines: string[]) => {
  const name = pod.metadata.name ?? '';
  cluster.node.print(name, 'container', 1, ...lines);
  cluster.node.end(name, 'container');
  await cluster.end(pod, exitCode);
};
const subject: Workload = {
  kind: 'StatefulSet',
  namespace: 'app',
  name: 'db',
  pods: ['db-0', 'db-1'],
  containers: [['db'], ['db']],
  persistentVolumeClaims: { 'db-0': { 'data-db-0': '/x' }, 'db-1': { 'data-db-1': '/x' } },
};

describe('PrepareData', () => {
  it('mounts the claims where it is told to, read-only where they are for reading, under the account that is named', async () => {
    await claim('data');
    await claim('shared', 'ReadOnlyMany');
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'backup', namespace: 'app' },
    };
    await cluster.client.create(SERVICE_ACCOUNTS, account);
    const { result } = start(
      { labels: { 'kanister.io/JobID': 'abc' } },
      { volumes: { data: '/mnt/data', shared: '/mnt/shared' }, serviceaccount: 'backup' },
    );
    const pod = await cluster.bind();
    await end(pod, 0, '###Phase-output###: {"key":"k","value":"v"}');
    expect(await result).toEqual({ k: 'v' });
    expect(pod.metadata.name).toMatch(/^prepare-data-job-/);
    // The original hands the JobID on to pods of KubeTask only.
    expect(pod.metadata.labels).toEqual({ createdBy: 'kanister' });
    expect(pod.spec.serviceAccountName).toBe('backup');
    const mounts = pod.spec.containers[0]?.volumeMounts?.filter(({ mountPath }) =>
      mountPath.startsWith('/mnt'),
    );
    expect(mounts?.map(({ mountPath, readOnly }) => [mountPath, readOnly ?? false])).toEqual([
      ['/mnt/data', false],
      ['/mnt/shared', true],
    ]);
  });

  it.each([
    ['absent', undefined],
    ['empty', {}],
  ])(
    'mounts the claims of the subject’s pods when volumes are %s, also when they no longer run',
    async (_, volumes) => {
      await claim('data-db-0');
      await claim('data-db-1');
      const { volumes: _none, ...without } = raw;
      const args = volumes ? { ...without, volumes } : without;
      const { result } = runFunction(prepareData, cluster, args, { subject });
      const pod = await cluster.bind();
      await end(pod, 0);
      expect(await result).toBeUndefined();
      expect(pod.spec.containers[0]?.volumeMounts?.slice(0, 2).map(({ mountPath }) => mountPath)).toEqual([
        '/mnt/prepare_data/data-db-0',
        '/mnt/prepare_data/data-db-1',
      ]);
    },
  );

  it.each([
    ['there is no workload', undefined, 'Failed to get volumes'],
    [
      'the workload is a DeploymentConfig',
      { ...subject, kind: 'DeploymentConfig' as const },
      'Failed to get volumes',
    ],
    ['no pod has claims', { ...subject, persistentVolumeClaims: {} }, 'No volumes found'],
  ])('without volumes fails when %s, and says what to do', async (_, workload, message) => {
    const { result } = start(workload ? { subject: workload } : {}, { volumes: {} });
    await expect(result).rejects.toMatchObject({
      message,
      details: { hint: expect.stringMatching(/give volumes/i) },
    });
  });

  it('creates nothing when a claim is missing', async () => {
    const { result } = start();
    await expect(result).rejects.toMatchObject({
      reason: 'NotFound',
      message: 'Failed to retrieve PVC.: persistentvolumeclaims "data" not found',
    });
    expect((await cluster.client.list(PODS)).items).toEqual([]);
  });

  it('ignores how the command ends, as Kanister does, and takes its outputs', async () => {
    await claim('data');
    const { result, warnings } = start();
    await end(await cluster.bind(), 1, '###Phase-output###: {"key":"k","value":"v"}');
    expect(await result).toEqual({ k: 'v' });
    expect(warnings).toEqual([expect.stringMatching(/^ExitCodeIgnored: .* exited with code 1/)]);
  });

  it('with failOnError fails with the last lines of the command', async () => {
    await claim('data');
    const { result } = start({}, { failOnError: true });
    await end(await cluster.bind(), 1, 'rm: read-only file system');
    await expect(result).rejects.toThrow(
      /^Failed while waiting for Pod to complete: .*exited with code 1[^]*rm: read-only file system$/,
    );
  });

  it.each([
    [
      'whose command never began',
      {
        phase: 'Failed',
        containerStatuses: [
          {
            name: 'container',
            state: { terminated: { exitCode: 128, reason: 'StartError', message: 'no such file' } },
          },
        ],
      },
      /container "container" exited with code 128 \(StartError\): no such file/,
    ],
    [
      'that was evicted',
      {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'The node was low on resource: memory',
        containerStatuses: [{ name: 'container', state: { terminated: { exitCode: 137, reason: 'Error' } } }],
      },
      /Evicted: The node was low on resource: memory, container "container" exited with code 137/,
    ],
  ])('does not call a pod a success %s', async (_, status, message) => {
    await claim('data');
    const { result } = start();
    const pod = await cluster.bind();
    cluster.node.end(pod.metadata.name ?? '', 'container');
    await cluster.setStatus(pod, status);
    await expect(result).rejects.toThrow(message);
  });

  it('names an output that can’t be read', async () => {
    await claim('data');
    const { result } = start();
    await end(await cluster.bind(), 0, '###Phase-output###: {"key":');
    await expect(result).rejects.toThrow(/^Failed to parse phase output: Failed to unmarshal key-value pair/);
  });

  it('goes on with its pod after the operator was interrupted, though a claim is gone by then', async () => {
    await claim('data');
    const first = start();
    const pod = await cluster.bind();
    await cluster.run(pod);
    first.abort.abort(new Error('killed'));
    await first.result.catch(() => undefined);
    await cluster.client.delete(PERSISTENT_VOLUME_CLAIMS, { name: 'data', namespace: 'app' });
    const second = start({ journal: first.stored() });
    await end(pod, 0, '###Phase-output###: {"key":"k","value":"v"}');
    expect(await second.result).toEqual({ k: 'v' });
    expect((await cluster.client.list(PODS)).items).toHaveLength(1);
  });
});
