import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acceleratedClock } from '../../test/pods/accelerated-clock.ts';
import { createTestCluster, type PhaseOptions, type TestCluster } from '../../test/pods/phase.ts';
import { runFunction } from '../../test/pods/run-function.ts';
import { steppedClock } from '../../test/support/stepped-clock.ts';
import { PODS } from '../kubernetes/resources.ts';
import type { ContainerStatus, Pod } from '../pods/pod.ts';
import { multiContainerRun } from './multi-container-run.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await createTestCluster();
});
afterEach(() => cluster.stop());

const raw = {
  namespace: 'app',
  backgroundImage: 'tools',
  backgroundCommand: ['dump'],
  outputImage: 'busybox',
  outputCommand: ['sh', '-c', 'true'],
};
const start = (more: Partial<PhaseOptions> = {}, args = {}) =>
  runFunction(multiContainerRun, cluster, { ...raw, ...args }, more);
const print = (pod: Pod, container: string, ...lines: string[]) =>
  cluster.node.print(pod.metadata.name ?? '', container, 1, ...lines);
const ended = (name: string, exitCode: number): ContainerStatus => ({
  name,
  state: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' } },
});
const running = (name: string): ContainerStatus => ({ name, state: { running: {} } });
const marker = '###Phase-output###: {"key":"k","value":"v"}';

describe('MultiContainerRun', () => {
  it('gives the outputs of `output`, and none that `background` prints', async () => {
    const { result, stored } = start({ labels: { 'kanister.io/JobID': 'abc' } });
    const pod = await cluster.bind();
    // The original hands the JobID on to pods of KubeTask only.
    expect(pod.metadata.labels).toEqual({ createdBy: 'kanister' });
    // Where nothing else is said.
    expect(pod.spec.containers[0]?.volumeMounts).toContainEqual({ name: 'shared', mountPath: '/tmp/' });
    await cluster.run(pod);
    print(pod, 'output', 'hello', marker);
    print(pod, 'background', '###Phase-output###: {"key":"other","value":"v"}');
    cluster.node.end(pod.metadata.name ?? '', 'output');
    await cluster.end(pod, 0);
    expect(await result).toEqual({ k: 'v' });
    expect(pod.metadata.name).toMatch(/^kanister-job-/);
    expect(stored().created).toMatchObject([{ resource: 'pods', name: pod.metadata.name }]);
  });

  it('tells what a failing `background` printed, and what `output` did', async () => {
    const { result } = start();
    const pod = await cluster.bind();
    print(pod, 'output', 'waiting for data');
    print(pod, 'background', 'no such database');
    cluster.node.end(pod.metadata.name ?? '', 'output');
    await cluster.setStatus(pod, {
      phase: 'Failed',
      containerStatuses: [ended('background', 4), ended('output', 0)],
    });
    await expect(result).rejects.toMatchObject({
      reason: 'PodFailed',
      message: expect.stringMatching(
        /^Failed while waiting for Pod to complete: .*: container "background" exited with code 4 \(Error\), its last lines:\nno such database; the last lines of container "output":\nwaiting for data$/,
      ),
      details: { pod: { exitCode: 4, logTail: 'no such database' } },
    });
  });

  it('does not wait for ever for an `output` that waits for a `background` which failed', async () => {
    const { result } = start({ clock: acceleratedClock(300) });
    const pod = await cluster.bind();
    print(pod, 'background', 'cannot connect');
    await cluster.setStatus(pod, {
      phase: 'Running',
      containerStatuses: [ended('background', 1), running('output')],
    });
    await expect(result).rejects.toThrow(/container "background" exited with code 1[^]*cannot connect/);
  });

  it('leaves `output` a minute to end when `background` has failed', async () => {
    const clock = steppedClock({ settled: () => delay(5) });
    const { result } = start({ clock });
    let isOver = false;
    result.catch(() => (isOver = true));
    await cluster.setStatus(await cluster.bind(), {
      phase: 'Running',
      containerStatuses: [ended('background', 1), running('output')],
    });
    await clock.advance(55_000);
    expect(isOver).toBe(false);
    await clock.advance(10_000);
    await expect(result).rejects.toThrow('container "background" exited with code 1');
  });

  it('tells what a failing init container printed, and how it ended', async () => {
    const { result } = start({}, { initImage: 'busybox', initCommand: ['sh', '-c', 'mkfifo /tmp/x'] });
    const pod = await cluster.bind();
    print(pod, 'init', 'mkfifo: no room');
    const waiting = (name: string) => ({ name, state: { waiting: { reason: 'PodInitializing' } } });
    await cluster.setStatus(pod, {
      phase: 'Failed',
      initContainerStatuses: [ended('init', 5)],
      containerStatuses: [waiting('output'), waiting('background')],
    });
    await expect(result).rejects.toThrow(
      /container "init" exited with code 5 \(Error\), its last lines:\nmkfifo: no room$/,
    );
  });

  it('gives the ActionSet’s override of `container` to its own containers, and changes nothing of the ActionSet', async () => {
    const podOverride = { containers: [{ name: 'container', env: [{ name: 'A', value: '1' }] }] };
    const before = structuredClone(podOverride);
    const { result, abort } = start({ action: { podOverride } }, { initImage: 'busybox' });
    const { spec } = await cluster.bind();
    expect(spec.containers.map(({ name, env }) => [name, env?.[0]?.value])).toEqual([
      ['output', '1'],
      ['background', '1'],
    ]);
    expect(spec.initContainers?.map(({ name, image, env }) => [name, image, env?.[0]?.value])).toEqual([
      ['init', 'busybox', '1'],
    ]);
    expect(podOverride).toEqual(before);
    abort.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
  });

  it('refuses a size that is no quantity, before it creates anything', async () => {
    await expect(start({}, { sharedVolumeSizeLimit: 'much' }).result).rejects.toMatchObject({
      message: expect.stringMatching(/^Failed to parse sharedStorageSize arg: /),
      details: { argument: 'sharedVolumeSizeLimit' },
    });
    expect((await cluster.client.list(PODS)).items).toEqual([]);
  });

  it('goes on with its pod after the operator was interrupted', async () => {
    const first = start();
    const pod = await cluster.bind();
    await cluster.run(pod);
    first.abort.abort(new Error('killed'));
    await first.result.catch(() => undefined);
    const second = start({ journal: first.stored() });
    print(pod, 'output', marker);
    cluster.node.end(pod.metadata.name ?? '', 'output');
    await cluster.end(pod, 0);
    expect(await second.result).toEqual({ k: 'v' });
    expect((await cluster.client.list(PODS)).items).toHaveLength(1);
  });
});
