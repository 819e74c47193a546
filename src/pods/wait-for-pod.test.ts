import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPhase, createTestCluster, type TestCluster } from '../../test/pods/phase.ts';
import { acceleratedClock } from '../../test/pods/accelerated-clock.ts';
import { steppedClock } from '../../test/support/stepped-clock.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { EVENTS, NODES, PODS } from '../kubernetes/resources.ts';
import { type FollowedPod, followPod } from './follow-pod.ts';
import type { Pod, PodStatus } from './pod.ts';
import { waitForPodCompletion, waitForPodReady } from './wait-for-pod.ts';

let cluster: TestCluster;
let pod: Pod;
let followed: FollowedPod;
beforeEach(async () => {
  cluster = await createTestCluster();
  const spec = { containers: [{ name: 'container', image: 'busybox' }], restartPolicy: 'Never' };
  await cluster.client.create<Pod>(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'job', namespace: 'app' },
    spec,
  });
});
afterEach(async () => {
  followed.close();
  await cluster.stop();
});

const follow = async (time: number | Clock = 20) => {
  pod = await cluster.bind();
  const clock = typeof time === 'number' ? acceleratedClock(time) : time;
  const phase = createPhase({ client: cluster.client, clock });
  followed = followPod(phase.context, pod);
  return phase;
};
const waiting = (reason: string, message: string) =>
  cluster.setStatus(pod, {
    phase: 'Pending',
    containerStatuses: [{ name: 'container', state: { waiting: { reason, message } } }],
  });

describe.each([
  ['by a watch', []],
  ['by polling, where the role does not grant watch', ['watch' as const]],
])('a pod that is followed %s', (_how, forbidden) => {
  beforeEach(() => forbidden.forEach((verb) => cluster.forbid.add(verb)));

  it('is ready as soon as it runs, and complete when it has succeeded', async () => {
    const { context } = await follow();
    const ready = waitForPodReady(context, followed, { timeout: 900_000 });
    await cluster.run(pod);
    expect((await ready).status?.phase).toBe('Running');
    const complete = waitForPodCompletion(context, followed, ['container']);
    await cluster.end(pod, 0);
    await expect(complete).resolves.toBeUndefined();
  });

  it('and that ends at once counts as ready', async () => {
    const { context } = await follow();
    await cluster.end(pod, 3);
    expect((await waitForPodReady(context, followed, { timeout: 900_000 })).status?.phase).toBe('Failed');
  });

  it('fails with exit code, reason and its last ten lines', async () => {
    const { context } = await follow();
    await cluster.run(pod);
    for (let line = 1; line <= 15; line++)
      cluster.node.print('job', 'container', line, `error line ${line}`, '');
    await cluster.end(pod, 3);
    await expect(waitForPodCompletion(context, followed, ['container'])).rejects.toMatchObject({
      reason: 'PodFailed',
      message:
        'Pod failed to complete in time: Pod failed or did not transition into complete state: Pod failed: ' +
        'container "container" exited with code 3 (Error), its last lines:\n' +
        [6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((line) => `error line ${line}`).join('\n'),
      details: { pod: { name: 'job', phase: 'Failed', reason: 'Error', exitCode: 3 } },
    });
  });

  it('and that somebody deletes has an unknown outcome', async () => {
    const { context } = await follow();
    const complete = waitForPodCompletion(context, followed, ['container']);
    await cluster.client.delete(PODS, { name: 'job', namespace: 'app' }, { gracePeriodSeconds: 0 });
    await expect(complete).rejects.toMatchObject({
      reason: 'OutcomeUnknown',
      message: 'pods "job" not found',
    });
  });
});

describe('a pod that does not start', () => {
  it('fails at its timeout with the original text, and tells why it is pending', async () => {
    const { context } = await follow(200);
    await cluster.setStatus(pod, {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/1 nodes are available',
        },
      ],
    });
    await expect(waitForPodReady(context, followed, { timeout: 60_000 })).rejects.toMatchObject({
      reason: 'PodNotReady',
      message:
        'Pod failed to become ready in time: Pod did not transition into running state. ' +
        'Timeout:1m0s  Namespace:app, Name:job: 0/1 nodes are available',
      details: { pod: { name: 'job', phase: 'Pending', reason: 'Unschedulable' } },
    });
  });

  it('for a reason that passes is given the time to recover', async () => {
    const { context } = await follow(20);
    const ready = waitForPodReady(context, followed, {
      timeout: 900_000,
      patience: { imagePull: 60_000, configuration: 60_000, scheduling: 60_000 },
    });
    await waiting('ErrImagePull', 'registry down');
    await context.clock.sleep(5_000);
    await waiting('ImagePullBackOff', 'registry down');
    await context.clock.sleep(5_000);
    await cluster.run(pod);
    expect((await ready).status?.phase).toBe('Running');
  });

  it.each([
    ['ImagePullBackOff', 'Back-off pulling image "nosuch:1"'],
    ['CreateContainerConfigError', 'secret "password" not found'],
  ])('because of %s that lasts is given up early', async (reason, message) => {
    const { context } = await follow(500);
    const ready = waitForPodReady(context, followed, { timeout: 3_600_000 });
    ready.catch(() => undefined);
    await waiting(reason, message);
    await expect(ready).rejects.toThrow(
      /^Pod failed to become ready in time: Pod did not transition into running state. Timeout:1h0m0s {2}Namespace:app, Name:job: container "container": .*\(given up after \d+/,
    );
    await expect(ready).rejects.toMatchObject({ details: { pod: { reason } } });
  });

  it('because its image has no valid name is given up at once', async () => {
    const { context } = await follow(1);
    await waiting('InvalidImageName', 'couldn’t parse image name');
    await expect(waitForPodReady(context, followed, { timeout: 900_000 })).rejects.toThrow(
      'InvalidImageName',
    );
  });

  it('is not waited for on a node that is cordoned', async () => {
    await cluster.client.create<KubernetesObject & { spec: object }>(NODES, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1' },
      spec: { unschedulable: true },
    });
    const { context } = await follow(500);
    await expect(waitForPodReady(context, followed, { timeout: 3_600_000 })).rejects.toThrow(
      'Node is currently not ready/schedulable: node-1',
    );
  });

  const unschedulable = (message: string) =>
    cluster.setStatus(pod, {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
    });
  const event = (reason: string) => {
    const { name = '', namespace = '', uid = '' } = pod.metadata;
    return cluster.client.create<KubernetesObject & { reason: string; involvedObject: object }>(EVENTS, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `event-${reason.toLowerCase()}`, namespace },
      reason,
      involvedObject: { kind: 'Pod', name, namespace, uid },
    });
  };
  const NO_NODE =
    "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint {db: yes}. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.";

  it.each([
    ['Kubernetes 1.31', NO_NODE],
    ['Kubernetes 1.34', NO_NODE.replace('preemption', 'no new claims to deallocate, preemption')],
    ['Kubernetes 1.25', NO_NODE.replace(/ preemption.*/, '')],
  ])('because no node is meant for it is given up after minutes, in the words of %s', async (_, message) => {
    const { context } = await follow(1_000);
    await unschedulable(message);
    await event('FailedScheduling');
    await expect(waitForPodReady(context, followed, { timeout: 3_600_000 })).rejects.toThrow(
      /nodes are available: 1 node\(s\) didn't match .* \(given up after [5-9]m/,
    );
  });

  it.each([
    ['an autoscaler adds a node for it', NO_NODE, 'TriggeredScaleUp'],
    ['other pods may make room for it', '0/1 nodes are available: 1 Insufficient cpu.', 'FailedScheduling'],
    [
      'its node is about to come back',
      '0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.',
      'FailedScheduling',
    ],
  ])('keeps its time when %s', async (_what, message, reason) => {
    const { context } = await follow(2_000);
    await unschedulable(message);
    await event(reason);
    await expect(waitForPodReady(context, followed, { timeout: 900_000 })).rejects.toMatchObject({
      message: expect.not.stringContaining('given up after'),
    });
  });

  it('shows what a container that did start has printed', async () => {
    const { context } = await follow(200);
    cluster.node.print('job', 'container', 1, 'hi');
    await cluster.setStatus(pod, {
      phase: 'Pending',
      containerStatuses: [
        { name: 'container', state: { terminated: { exitCode: 0 } } },
        { name: 'background', state: { waiting: { reason: 'ContainerCreating' } } },
      ],
    });
    await expect(waitForPodReady(context, followed, { timeout: 60_000 })).rejects.toThrow(
      'Timeout:1m0s  Namespace:app, Name:job: hi: Context done while polling: context deadline exceeded',
    );
  });

  it('is not waited for any longer when the phase is to end', async () => {
    const { context, abort } = await follow();
    const ready = waitForPodReady(context, followed, { timeout: 900_000 });
    abort.abort(new Error('cancelled'));
    await expect(ready).rejects.toThrow('cancelled');
  });
});

describe('the time that a pod is given', () => {
  const unscheduled = (message: string): PodStatus => ({
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
  });
  const waits = (reason: string, message = ''): PodStatus => ({
    phase: 'Pending',
    containerStatuses: [{ name: 'container', state: { waiting: { reason, message } } }],
  });
  const node = (unschedulable: boolean) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-1' },
    spec: { unschedulable },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
  /** By a clock that only moves when it is told to. */
  const watchIt = async () => {
    const clock = steppedClock({ settled: () => delay(5) });
    const { context } = await follow(clock);
    let isOver = false;
    const over = () => (isOver = true);
    return {
      context,
      clock,
      isOver: () => isOver,
      note(result: Promise<unknown>) {
        result.then(over, over);
        return result;
      },
    };
  };

  it.each([
    ['two minutes', 'an image', 2, waits('ImagePullBackOff')],
    ['one minute', 'a Secret', 1, waits('CreateContainerConfigError', 'secret "s" not found')],
    ['one minute', 'a claim', 1, unscheduled('persistentvolumeclaim "data" not found')],
    [
      'five minutes',
      'a node that is meant for it',
      5,
      unscheduled('0/1 nodes are available: 1 node(s) had untolerated taint {db: yes}.'),
    ],
  ])('is %s for want of %s', async (_time, _what, minutes, status) => {
    const { context, clock, isOver, note } = await watchIt();
    await cluster.setStatus(pod, status);
    const ready = note(waitForPodReady(context, followed, { timeout: 3_600_000 }));
    await clock.advance(minutes * 60_000 - 1_000);
    expect(isOver()).toBe(false);
    await clock.advance(2_000);
    await expect(ready).rejects.toThrow(`(given up after ${minutes}m0s)`);
  });

  it('is a minute on a node that is cordoned, so that a moment of it does no harm', async () => {
    await cluster.client.create<KubernetesObject & { spec: object }>(NODES, node(true));
    const { context, clock, isOver, note } = await watchIt();
    const ready = note(waitForPodReady(context, followed, { timeout: 3_600_000 }));
    await clock.advance(55_000);
    await cluster.client.patch(NODES, { name: 'node-1' }, { type: 'merge', body: node(false) });
    await cluster.client.patch(
      NODES,
      { name: 'node-1' },
      { type: 'merge', body: node(false) },
      { subresource: 'status' },
    );
    await clock.advance(10 * 60_000);
    expect(isOver()).toBe(false);
    await cluster.client.patch(NODES, { name: 'node-1' }, { type: 'merge', body: node(true) });
    await clock.advance(60_000);
    await expect(ready).rejects.toThrow('Node is currently not ready/schedulable: node-1');
  });

  it('to end after it was deleted is its grace period and two minutes', async () => {
    const { context, clock, isOver, note } = await watchIt();
    await cluster.run(pod);
    const complete = note(waitForPodCompletion(context, followed, ['container']));
    await cluster.client.delete(PODS, { name: 'job', namespace: 'app' }, { gracePeriodSeconds: 30 });
    await clock.advance(149_000);
    expect(isOver()).toBe(false);
    await clock.advance(2_000);
    await expect(complete).rejects.toMatchObject({ reason: 'OutcomeUnknown' });
  });
});

it('a main container that failed ends the wait, though an injected sidecar still runs', async () => {
  const { context } = await follow();
  await cluster.setStatus(pod, {
    phase: 'Running',
    containerStatuses: [
      { name: 'container', state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } },
      { name: 'istio', state: { running: {} } },
    ],
  });
  await expect(waitForPodCompletion(context, followed, ['container'])).rejects.toMatchObject({
    details: { pod: { exitCode: 137, reason: 'OOMKilled' }, hint: expect.stringContaining('memory limit') },
  });
});

it('a pod is complete when its own containers have succeeded, though an injected sidecar still runs', async () => {
  const { context } = await follow();
  const complete = waitForPodCompletion(context, followed, ['container', 'upload']);
  const own = (exitCode?: number) => ({
    phase: 'Running',
    containerStatuses: [
      { name: 'container', state: { terminated: { exitCode: 0 } } },
      { name: 'upload', state: exitCode === undefined ? { running: {} } : { terminated: { exitCode } } },
      { name: 'istio', state: { running: {} } },
    ],
  });
  let isComplete = false;
  const seen = complete.then(() => (isComplete = true));
  await cluster.setStatus(pod, own());
  await followed.until((latest) => (latest.status?.phase === 'Running' ? true : undefined));
  expect(isComplete).toBe(false);
  await cluster.setStatus(pod, own(0));
  await expect(seen).resolves.toBe(true);
});

it('a container of its own that failed fails the pod, though an injected sidecar still runs', async () => {
  const { context } = await follow();
  await cluster.setStatus(pod, {
    phase: 'Running',
    containerStatuses: [
      { name: 'container', state: { terminated: { exitCode: 0 } } },
      { name: 'upload', state: { terminated: { exitCode: 2 } } },
      { name: 'istio', state: { running: {} } },
    ],
  });
  await expect(waitForPodCompletion(context, followed, ['container', 'upload'])).rejects.toThrow(
    'container "upload" exited with code 2',
  );
});

it('a pod that is deleted and does not end, its node being gone, is given up: its outcome is unknown', async () => {
  const { context } = await follow(300);
  await cluster.run(pod);
  await cluster.client.delete(PODS, { name: 'job', namespace: 'app' }, { gracePeriodSeconds: 1 });
  await expect(waitForPodCompletion(context, followed, ['container'])).rejects.toMatchObject({
    reason: 'OutcomeUnknown',
    message: 'pods "job" is being deleted and does not end',
    details: { hint: expect.stringContaining('Node node-1') },
  });
});

it('an evicted pod is told as such, with what became of its container', async () => {
  const { context } = await follow();
  await cluster.setStatus(pod, {
    phase: 'Failed',
    reason: 'Evicted',
    message: 'The node was low on resource: memory.',
    containerStatuses: [{ name: 'container', state: { terminated: { exitCode: 137, reason: 'Error' } } }],
  });
  await expect(waitForPodCompletion(context, followed, ['container'])).rejects.toMatchObject({
    message: expect.stringContaining(
      'Pod failed: Evicted: The node was low on resource: memory., container "container" exited with code 137 (Error)',
    ),
    details: { pod: { reason: 'Evicted', exitCode: 137 }, hint: expect.stringContaining('requests') },
  });
});

it('a pod that was evicted because its node is drained is told as such', async () => {
  const { context } = await follow();
  await cluster.setStatus(pod, {
    phase: 'Failed',
    conditions: [
      {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      },
    ],
    containerStatuses: [{ name: 'container', state: { terminated: { exitCode: 143, reason: 'Error' } } }],
  });
  await expect(waitForPodCompletion(context, followed, ['container'])).rejects.toMatchObject({
    message: expect.stringContaining(
      'Pod failed: EvictionByEvictionAPI: Eviction API: evicting, container "container" exited with code 143 (Error)',
    ),
    details: {
      pod: { reason: 'EvictionByEvictionAPI', exitCode: 143 },
      hint: expect.stringContaining('PodDisruptionBudget'),
    },
  });
});

it('an init container that failed is named with its exit code', async () => {
  const { context } = await follow();
  await cluster.setStatus(pod, {
    phase: 'Failed',
    initContainerStatuses: [{ name: 'init', state: { terminated: { exitCode: 5, reason: 'Error' } } }],
    containerStatuses: [{ name: 'container', state: { waiting: { reason: 'PodInitializing' } } }],
  });
  await expect(waitForPodCompletion(context, followed, ['container'])).rejects.toThrow(
    'container "init" exited with code 5 (Error)',
  );
});
