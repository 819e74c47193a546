import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createPhase,
  createTestCluster,
  type PhaseOptions,
  type TestCluster,
} from '../../test/pods/phase.ts';
import { decodeArguments } from '../engine/arguments.ts';
import type { NewPod } from '../engine/pod-doors.ts';
import { environmentVariable } from '../engine/environment-appliers.ts';
import type { CredentialInjector } from '../engine/pod-doors.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { PODS, SECRETS } from '../kubernetes/resources.ts';
import type { Pod } from '../pods/pod.ts';
import { kubeTask } from './kube-task.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await createTestCluster();
});
afterEach(() => cluster.stop());

const output = (key: string, value: string) => `###Phase-output###: ${JSON.stringify({ key, value })}`;
const raw = { namespace: 'app', image: 'busybox', command: ['sh', '-c', 'true'] };
const start = (more: Partial<PhaseOptions> = {}, args: Parameters<typeof decodeArguments>[1] = raw) => {
  const decoded = decodeArguments(kubeTask.args, args);
  const settings = createPhase({ client: cluster.client }).context;
  const phase = createPhase({
    client: cluster.client,
    intents: kubeTask.intents?.(decoded, settings) ?? [],
    ...more,
  });
  const result = kubeTask.run(decoded, phase.context);
  result.catch(() => undefined);
  return { ...phase, result };
};
const print = (pod: Pod, second: number, ...lines: string[]) =>
  cluster.node.print(pod.metadata.name ?? '', 'container', second, ...lines);
const end = async (pod: Pod, exitCode: number, message?: string) => {
  cluster.node.end(pod.metadata.name ?? '', 'container');
  await cluster.end(pod, exitCode, message);
};

describe('KubeTask', () => {
  it('gives what its pod prints as outputs, and leaves the pod to be removed after they are stored', async () => {
    const { result, stored } = start();
    const pod = await cluster.bind();
    await cluster.run(pod);
    print(pod, 1, 'hello', output('key', 'value'));
    await end(pod, 0);
    expect(await result).toEqual({ key: 'value' });
    expect(pod.metadata.name).toMatch(/^kanister-job-[bcdfghjklmnpqrstvwxz2456789]{10}$/);
    expect(stored().created).toMatchObject([{ resource: 'pods', namespace: 'app', name: pod.metadata.name }]);
    expect(pod.metadata.annotations).toEqual({
      'cr.kanister.io/run-uid': 'a7c8b1de-0000-4000-8000-000000000001',
      'cr.kanister.io/run-of': 'kanister/as',
      'cr.kanister.io/run-step': expect.any(String),
      'cr.kanister.io/run-spec': expect.any(String),
    });
    await expect(
      cluster.client.get(PODS, { name: pod.metadata.name ?? '', namespace: 'app' }),
    ).resolves.toBeDefined();
  });

  it('needs few requests: create, watch, two readings of the log', async () => {
    cluster.requests.length = 0;
    const { result } = start();
    const pod = await cluster.bind();
    await cluster.run(pod);
    print(pod, 1, 'hello');
    await end(pod, 0);
    await result;
    expect(cluster.requests.filter((request) => request.startsWith('POST'))).toHaveLength(1);
    expect(cluster.requests.length).toBeLessThanOrEqual(5);
  });

  it('fails with the last lines of a pod that fails', async () => {
    const { result } = start();
    const pod = await cluster.bind();
    await cluster.run(pod);
    print(pod, 1, output('lost', 'with the failure'), 'no such database');
    await end(pod, 2);
    await expect(result).rejects.toMatchObject({
      reason: 'PodFailed',
      message: expect.stringMatching(
        /^Failed while waiting for Pod to complete: Pod failed to complete in time: Pod failed or did not transition into complete state: Pod failed: container "container" exited with code 2[^]*no such database$/,
      ),
      details: {
        pod: { name: pod.metadata.name, exitCode: 2, logTail: expect.stringContaining('no such database') },
      },
    });
  });

  it('shows what a pod that failed says in its termination message, without the outputs in it', async () => {
    const { result } = start();
    const pod = await cluster.bind();
    await cluster.run(pod);
    await end(pod, 2, `no such database\n${output('lost', 'with the failure')}\n`);
    await expect(result).rejects.toThrow(/exited with code 2 \(Error\): no such database$/);
  });

  it('says why a pod failed even when its log is lost', async () => {
    const { result } = start();
    const pod = await cluster.bind();
    cluster.node.lose(pod.metadata.name ?? '', 'container');
    await cluster.end(pod, 137);
    await expect(result).rejects.toMatchObject({ reason: 'PodFailed', details: { pod: { exitCode: 137 } } });
  });

  it('names the pod that does not become ready in time', async () => {
    const { result } = start({ podReadyTimeout: 2_000 });
    const pod = await cluster.bind();
    await expect(result).rejects.toMatchObject({
      reason: 'PodNotReady',
      message: expect.stringMatching(
        `^Failed while waiting for Pod to be ready: Pod failed to become ready in time: Pod did not transition into running state\\. Timeout:2s  Namespace:app, Name:${pod.metadata.name}: `,
      ),
      details: { pod: { name: pod.metadata.name } },
    });
  });

  it('fails with the API server’s words where the pod can’t be created', async () => {
    const { result } = start({}, { ...raw, namespace: 'no-such-namespace' });
    await expect(result).rejects.toThrow(
      'Failed to create pod: Failed to create pod: Failed to create pod: namespaces "no-such-namespace" not found',
    );
  });

  it('without a namespace runs beside the operator, under its account, with the JobID of the ActionSet', async () => {
    const { result } = start(
      {
        labels: { 'kanister.io/JobID': 'abc' },
        action: { podLabels: { team: 'db' }, podAnnotations: { a: 'b' } },
      },
      { image: 'busybox', command: 'true' },
    );
    const pod = await cluster.bind();
    await end(pod, 0);
    expect(await result).toEqual({});
    expect(pod.metadata.namespace).toBe('kanister');
    expect(pod.spec).toMatchObject({
      serviceAccountName: 'kanister-operator',
      containers: [{ command: ['true'] }],
    });
    expect(pod.metadata.labels).toEqual({ createdBy: 'kanister', 'kanister.io/JobID': 'abc', team: 'db' });
    expect(pod.metadata.annotations).toMatchObject({ a: 'b' });
  });

  it('gives its pod what the operator’s modules want: appliers below podOverride, and credentials that are removed with it', async () => {
    const injector: CredentialInjector = async (pod, { createTemporary, owner }) => {
      const secret = await createTemporary('credentials', {
        type: SECRETS,
        namespace: pod.metadata.namespace ?? '',
        prefix: 'credentials-',
        object: { apiVersion: 'v1', kind: 'Secret', stringData: { owner: owner.name } } as KubernetesObject,
      });
      return { ...pod, metadata: { ...pod.metadata, annotations: { secret: secret.metadata?.name ?? '' } } };
    };
    const { result, abort, stored } = start({
      action: { podOverride: { containers: [{ name: 'container', env: [{ name: 'A', value: 'mine' }] }] } },
      podDoors: {
        appliers: [
          environmentVariable({ name: 'A', value: 'theirs' }),
          environmentVariable({ name: 'B', value: 'theirs' }),
        ],
        injectors: [injector],
      },
    });
    const pod = await cluster.bind();
    expect(pod.spec.containers[0]?.env).toEqual([
      { name: 'A', value: 'mine' },
      { name: 'B', value: 'theirs' },
    ]);
    const made = stored().created.map(({ resource, name }) => ({ resource, name }));
    expect(made).toContainEqual({ resource: 'secrets', name: pod.metadata.annotations?.['secret'] });
    abort.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
  });

  it('creates no pod when a module of the operator fails, and says so', async () => {
    const fails = () => {
      throw new Error('no key');
    };
    const byApplier = start({ podDoors: { appliers: [fails], injectors: [] } });
    await expect(byApplier.result).rejects.toThrow('Failed to apply ephemeral pod options: no key');
    const byInjector = start({
      podDoors: { appliers: [], injectors: [() => Promise.reject(new Error('no key'))] },
    });
    await expect(byInjector.result).rejects.toThrow('Failed to inject credentials into the pod: no key');
    const moves = (pod: NewPod) => ({ ...pod, metadata: { ...pod.metadata, namespace: 'kanister' } });
    const byMove = start({ podDoors: { appliers: [moves], injectors: [] } });
    await expect(byMove.result).rejects.toThrow('the pod was moved from namespace app to kanister');
    const byMoveOfInjector = start({ podDoors: { appliers: [], injectors: [async (pod) => moves(pod)] } });
    await expect(byMoveOfInjector.result).rejects.toThrow('the pod was moved from namespace app to kanister');
    expect((await cluster.client.list(PODS)).items).toEqual([]);
  });

  it('is stopped by the end of its phase', async () => {
    const { result, abort } = start();
    await cluster.run(await cluster.bind());
    abort.abort(new Error('cancelled'));
    await expect(result).rejects.toThrow('cancelled');
  });
});

describe('KubeTask after the operator was interrupted', () => {
  it('goes on with its pod: one pod, and the outputs of an uninterrupted run', async () => {
    const first = start();
    const pod = await cluster.bind();
    await cluster.run(pod);
    print(pod, 1, output('early', '1'));
    first.abort.abort(new Error('killed'));
    await first.result.catch(() => undefined);

    print(pod, 2, output('late', '2'));
    const second = start({ journal: first.stored() });
    await end(pod, 0);
    expect(await second.result).toEqual({ early: '1', late: '2' });
    expect((await cluster.client.list(PODS)).items).toHaveLength(1);
  });

  it('goes on with its pod also where a Secret in its arguments, or a setting, has changed, and tells so', async () => {
    const first = start();
    const pod = await cluster.bind();
    await cluster.run(pod);
    first.abort.abort(new Error('killed'));
    await first.result.catch(() => undefined);

    print(pod, 1, output('made', 'before'));
    const second = start(
      {
        journal: first.stored(),
        podDoors: { appliers: [environmentVariable({ name: 'NEW', value: 'v' })], injectors: [] },
      },
      { ...raw, command: ['sh', '-c', 'another password'] },
    );
    await end(pod, 0);
    expect(await second.result).toEqual({ made: 'before' });
    expect(second.warnings).toEqual([`InputsChanged: ${pod.metadata.name}`]);
    expect((await cluster.client.list(PODS)).items).toHaveLength(1);
  });

  it('fails when its pod is gone: whether it did its work is unknown', async () => {
    const first = start();
    const pod = await cluster.bind();
    await cluster.run(pod);
    first.abort.abort(new Error('killed'));
    await first.result.catch(() => undefined);
    await cluster.client.delete(
      PODS,
      { name: pod.metadata.name ?? '', namespace: 'app' },
      { gracePeriodSeconds: 0 },
    );

    const second = start({ journal: first.stored() });
    await expect(second.result).rejects.toMatchObject({ reason: 'OutcomeUnknown' });
  });
});
