import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { acceleratedClock } from '../../test/pods/accelerated-clock.ts';
import { createPhase, createTestCluster, type TestCluster } from '../../test/pods/phase.ts';
import { steppedClock } from '../../test/support/stepped-clock.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { named, NAMESPACES, PODS, SERVICE_ACCOUNTS } from '../kubernetes/resources.ts';
import { buildJobPod } from './build-job-pod.ts';
import { createPod } from './create-pod.ts';

const QUOTAS = named('', 'resourcequotas', 'ResourceQuota');

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await createTestCluster();
});
afterEach(() => cluster.stop());

const create = (namespace = 'app', serviceAccount?: string, clock: Clock = acceleratedClock(100)) => {
  const { context } = createPhase({ client: cluster.client, clock });
  const pod = buildJobPod({ namespace, image: 'busybox', command: ['true'], serviceAccount }, context);
  return createPod(context, { step: 'pod', prefix: 'kanister-job-', pod });
};
const noPods = () =>
  cluster.client.create<KubernetesObject & { spec: object; status: object }>(QUOTAS, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'few', namespace: 'app' },
    spec: { hard: { pods: '0' } },
    status: { hard: { pods: '0' }, used: { pods: '0' } },
  });

it('a pod for which quota is freed a moment later is created then', async () => {
  await noPods();
  const pod = create();
  pod.catch(() => undefined);
  while (!cluster.requests.some((request) => request.startsWith('POST') && request.endsWith('/app/pods'))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  await cluster.client.delete(QUOTAS, { name: 'few', namespace: 'app' });
  expect((await pod).metadata.name).toMatch(/^kanister-job-/);
});

it('a pod for which there is no quota fails with the API server’s words', async () => {
  await noPods();
  await expect(create()).rejects.toMatchObject({
    reason: 'Forbidden',
    message: expect.stringMatching(
      /^Failed to create pod: Failed to create pod: Failed to create pod: pods "kanister-job-\w+" is forbidden: exceeded quota: few/,
    ),
  });
});

it('a pod whose service account comes a moment after its namespace is created then; one that stays away is named', async () => {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'late', namespace: 'app' } };
  const pod = create('app', 'late');
  pod.catch(() => undefined);
  while (!cluster.requests.some((request) => request.startsWith('POST') && request.endsWith('/app/pods'))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  await cluster.client.create(SERVICE_ACCOUNTS, account);
  expect((await pod).spec.serviceAccountName).toBe('late');
  await expect(create('app', 'never')).rejects.toThrow('serviceaccount "never" not found');
});

it.each([
  ['a minute', 'quota', 60_000, undefined],
  ['ten seconds', 'a service account', 10_000, 'never'],
])('a pod is given %s for want of %s, and then fails', async (_time, _want, patience, account) => {
  if (account === undefined) await noPods();
  const clock = steppedClock({ settled: () => delay(5) });
  const pod = create('app', account, clock);
  let isOver = false;
  const over = () => (isOver = true);
  pod.then(over, over);
  // Attempts are five seconds apart at most.
  await clock.advance(patience - 5_500);
  expect(isOver).toBe(false);
  await clock.advance(6_000);
  await expect(pod).rejects.toThrow('is forbidden');
});

it('a pod in a namespace that is being deleted fails at once, and says what to do', async () => {
  const finalizers = ['example.com/hold'];
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending', finalizers } };
  await cluster.client.create(NAMESPACES, namespace);
  await cluster.client.delete(NAMESPACES, { name: 'ending' });
  cluster.requests.length = 0;
  await expect(create('ending')).rejects.toMatchObject({
    reason: 'Forbidden',
    details: { hint: expect.stringMatching(/^Namespace ending is being deleted/) },
  });
  expect((await cluster.client.list(PODS)).items).toEqual([]);
});
