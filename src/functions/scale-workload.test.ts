import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createPhase,
  createTestCluster,
  type PhaseOptions,
  type TestCluster,
  type TestPhase,
} from '../../test/pods/phase.ts';
import { decodeArguments, type RawArguments } from '../engine/arguments.ts';
import type { Workload } from '../engine/function.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import type { KubernetesObject, OwnerReference, ResourceType } from '../kubernetes/objects.ts';
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENT_CONFIGS,
  DEPLOYMENTS,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  STATEFUL_SETS,
} from '../kubernetes/resources.ts';
import type { Pod } from '../pods/pod.ts';
import type { WorkloadObject } from '../pods/workload.ts';
import { scaleWorkload } from './scale-workload.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await createTestCluster();
});
afterEach(() => cluster.stop());

const name = { name: 'db', namespace: 'app' };
const labels = { app: 'db' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'postgres' }] } };
const subject = (kind: Workload['kind']): Workload => ({
  kind,
  ...name,
  pods: [],
  containers: [],
  persistentVolumeClaims: {},
});
const scale = (raw: RawArguments, more: Partial<PhaseOptions> = {}) => {
  const phase = createPhase({ client: cluster.client, ...more });
  const run = async () => scaleWorkload.run(decodeArguments(scaleWorkload.args, raw), phase.context);
  const result = run();
  result.catch(() => undefined);
  return { ...phase, result };
};

const create = (
  type: ResourceType,
  object: object,
  owner?: KubernetesObject,
  annotations: Record<string, string> = {},
  ownLabels: Record<string, string> = labels,
  named = 'db',
) => {
  const { group, version, kind } = type;
  const reference: OwnerReference = {
    apiVersion: 'v1',
    kind: 'Any',
    name: 'db',
    uid: owner?.metadata?.uid ?? '',
  };
  return cluster.client.create<WorkloadObject>(type, {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: {
      name: named,
      namespace: 'app',
      labels: ownLabels,
      annotations,
      ...(owner && { ownerReferences: [reference] }),
    },
    ...object,
  });
};
const addPod = async (pod: string, owner: KubernetesObject, phase = 'Running') => {
  const ownerReferences = [
    { apiVersion: 'apps/v1', kind: 'Any', name: 'db', uid: owner.metadata?.uid ?? '' },
  ];
  await cluster.client.create<Pod>(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, namespace: 'app', labels, ownerReferences },
    spec: { nodeName: 'node-1', containers: [{ name: 'main', image: 'postgres' }] },
  });
  await cluster.setStatus({ metadata: { name: pod, namespace: 'app' }, spec: { containers: [] } }, { phase });
};
/** As a kubelet since Kubernetes 1.27 tells it: its containers have ended, its volumes are still mounted. */
const endPod = async (pod: string, phase: string) => {
  await cluster.client.delete(PODS, { name: pod, namespace: 'app' });
  await cluster.setStatus({ metadata: { name: pod, namespace: 'app' }, spec: { containers: [] } }, { phase });
};
const removePod = (pod: string) =>
  cluster.client.delete(PODS, { name: pod, namespace: 'app' }, { gracePeriodSeconds: 0 });
const report = (type: ResourceType, status: object) =>
  cluster.client.patch(type, name, { type: 'merge', body: { status } }, { subresource: 'status' });
const replicas = async (type: ResourceType) =>
  (await cluster.client.get<WorkloadObject>(type, name)).spec?.replicas;
const scaledTo = async (type: ResourceType, count: number) => {
  while ((await replicas(type)) !== count) await new Promise((resolve) => setTimeout(resolve, 5));
  return (await cluster.client.get(type, name)).metadata?.generation ?? 0;
};
const settled = async (result: Promise<unknown>, within = 150) => {
  const late = new Promise((resolve) => setTimeout(() => resolve('waiting'), within));
  return (await Promise.race([result.then(() => 'settled'), late])) === 'settled';
};

describe('ScaleWorkload of a StatefulSet', () => {
  const sts = (count: number) =>
    create(STATEFUL_SETS, {
      spec: { replicas: count, serviceName: 'db', selector: { matchLabels: labels }, template },
    });

  it.each([
    ['with watches', []],
    ['where the role does not grant watch', ['watch' as const]],
  ])('to 0 waits until the last pod is gone, %s', async (_how, forbidden) => {
    forbidden.forEach((verb) => cluster.forbid.add(verb));
    const owner = await sts(1);
    await addPod('db-0', owner);
    await report(STATEFUL_SETS, { observedGeneration: 1, replicas: 1, readyReplicas: 1 });
    const { result } = scale({ replicas: '0' }, { subject: subject('StatefulSet') });

    const generation = await scaledTo(STATEFUL_SETS, 0);
    await report(STATEFUL_SETS, { observedGeneration: generation, replicas: 0, readyReplicas: 0 });
    expect(await settled(result)).toBe(false);
    await removePod('db-0');
    expect(await result).toEqual({ originalReplicaCount: 1 });
  });

  it.each(['Running', 'Succeeded', 'Failed'])(
    'to 0 waits for a pod that is on its way out, whatever its phase: %s',
    async (phase) => {
      const owner = await sts(1);
      await addPod('db-0', owner);
      const { result } = scale({ replicas: '0' }, { subject: subject('StatefulSet') });
      const observedGeneration = await scaledTo(STATEFUL_SETS, 0);
      await endPod('db-0', phase);
      await report(STATEFUL_SETS, { observedGeneration, replicas: 0, readyReplicas: 0 });
      expect(await settled(result)).toBe(false);
      await removePod('db-0');
      expect(await result).toEqual({ originalReplicaCount: 1 });
    },
  );

  it('to what it has already waits for the pod that is being replaced', async () => {
    const owner = await sts(1);
    await addPod('db-0', owner);
    await endPod('db-0', 'Running');
    await report(STATEFUL_SETS, { observedGeneration: 1, replicas: 1, readyReplicas: 1 });
    const { result } = scale({ replicas: 1 }, { subject: subject('StatefulSet') });
    expect(await settled(result)).toBe(false);
    await removePod('db-0');
    await addPod('db-0', owner);
    expect(await result).toEqual({ originalReplicaCount: 1 });
  });

  it('to what it has already succeeds without a change', async () => {
    const owner = await sts(1);
    await addPod('db-0', owner);
    await report(STATEFUL_SETS, { observedGeneration: 1, replicas: 1, readyReplicas: 1 });
    cluster.requests.length = 0;
    expect(await scale({ replicas: 1 }, { subject: subject('StatefulSet') }).result).toEqual({
      originalReplicaCount: 1,
    });
    expect(cluster.requests.filter((request) => request.startsWith('PUT'))).toEqual([]);
  });

  it('says what it waited for when its phase is to end', async () => {
    await sts(0);
    const { result, abort } = scale({ replicas: 2 }, { subject: subject('StatefulSet') });
    const generation = await scaledTo(STATEFUL_SETS, 2);
    await report(STATEFUL_SETS, { observedGeneration: generation, replicas: 2, readyReplicas: 1 });
    expect(await settled(result)).toBe(false);
    abort.abort(new Error('cancelled'));
    await expect(result).rejects.toThrow('Specified 2 replicas and only 1 are ready: cancelled');
  });

  it('that somebody else changes at the same moment keeps that change, too', async () => {
    await sts(0);
    const client = { ...cluster.client };
    let disturbed = false;
    client.replace = async (type, object, options) => {
      if (!disturbed) {
        disturbed = true;
        await cluster.client.patch(STATEFUL_SETS, name, {
          type: 'merge',
          body: { metadata: { annotations: { note: 'kept' } } },
        });
      }
      return cluster.client.replace(type, object, options);
    };
    await scale({ replicas: 3, waitForReady: false }, { subject: subject('StatefulSet'), client }).result;
    const now = await cluster.client.get<WorkloadObject>(STATEFUL_SETS, name);
    expect(now.spec?.replicas).toBe(3);
    expect(now.metadata?.annotations).toEqual({ note: 'kept' });
  });
});

describe('ScaleWorkload of a Deployment', () => {
  const revision = { 'deployment.kubernetes.io/revision': '1' };
  const deployment = (count: number) =>
    create(
      DEPLOYMENTS,
      { spec: { replicas: count, selector: { matchLabels: labels }, template } },
      undefined,
      revision,
    );
  const replicaSet = (owner: KubernetesObject, named = 'db', ofRevision = revision) =>
    create(
      REPLICA_SETS,
      { spec: { replicas: 0, selector: { matchLabels: labels }, template } },
      owner,
      ofRevision,
      labels,
      named,
    );
  const all = (generation: number, count: number) =>
    report(DEPLOYMENTS, {
      observedGeneration: generation,
      replicas: count,
      updatedReplicas: count,
      availableReplicas: count,
      readyReplicas: count,
    });

  it('waits for its status, its ReplicaSet and its pods, and does not mind evicted ones', async () => {
    const owner = await deployment(0);
    const current = await replicaSet(owner);
    await addPod('evicted', current, 'Failed');
    const { result } = scale({ replicas: 1, kind: 'deployment', namespace: 'app', name: 'db' });

    const generation = await scaledTo(DEPLOYMENTS, 1);
    expect(await settled(result)).toBe(false);
    await all(generation, 1);
    expect(await settled(result)).toBe(false);
    await addPod('db-1', current, 'Pending');
    expect(await settled(result)).toBe(false);
    await cluster.setStatus(
      { metadata: { name: 'db-1', namespace: 'app' }, spec: { containers: [] } },
      { phase: 'Running' },
    );
    expect(await result).toEqual({ originalReplicaCount: 0 });
  });

  const earlier = { 'deployment.kubernetes.io/revision': '0' };
  it.each([
    ['its current ReplicaSet', 'Succeeded', revision],
    ['its current ReplicaSet', 'Failed', revision],
    ['an earlier ReplicaSet', 'Running', earlier],
    ['an earlier ReplicaSet', 'Failed', earlier],
  ])('to 0 waits until a pod of %s is gone, not only %s', async (_whose, phase, ofRevision) => {
    const owner = await deployment(1);
    const current = await replicaSet(owner);
    const its = ofRevision === revision ? current : await replicaSet(owner, 'earlier', ofRevision);
    await addPod('db-1', its);
    const { result } = scale({ replicas: 0 }, { subject: subject('Deployment') });
    const generation = await scaledTo(DEPLOYMENTS, 0);
    await endPod('db-1', phase);
    await all(generation, 0);
    expect(await settled(result)).toBe(false);
    await removePod('db-1');
    expect(await result).toEqual({ originalReplicaCount: 1 });
  });

  it('with waitForReady false returns at once', async () => {
    await deployment(2);
    expect(
      await scale({ replicas: 0, waitForReady: false }, { subject: subject('Deployment') }).result,
    ).toEqual({
      originalReplicaCount: 2,
    });
    expect(await replicas(DEPLOYMENTS)).toBe(0);
  });

  it('after an interruption still tells the number before the change', async () => {
    await deployment(2);
    const first = scale({ replicas: 0 }, { subject: subject('Deployment') });
    await scaledTo(DEPLOYMENTS, 0);
    await settled(first.result, 50);
    first.abort.abort(new Error('killed'));
    await first.result.catch(() => undefined);
    expect(first.stored().steps['replicas']).toMatchObject({ result: 2 });

    const again = { subject: subject('Deployment'), journal: first.stored() };
    expect(await scale({ replicas: 0, waitForReady: false }, again).result).toEqual({
      originalReplicaCount: 2,
    });
  });

  it('in another attempt still tells the number before the first one', async () => {
    await deployment(2);
    const first = scale({ replicas: 0, waitForReady: false }, { subject: subject('Deployment') });
    await first.result;
    const lasting = Object.entries(first.stored().steps).filter(([, step]) => step.lasting);
    expect(lasting).toEqual([['replicas', { result: 2, lasting: true }]]);
  });

  it('that is deleted meanwhile does not let it wait for ever', async () => {
    await deployment(0);
    const { result } = scale({ replicas: 1 }, { subject: subject('Deployment') });
    await scaledTo(DEPLOYMENTS, 1);
    await settled(result, 50);
    await cluster.client.delete(DEPLOYMENTS, name);
    await expect(result).rejects.toThrow('deployments.apps "db" not found');
  });
});

describe('ScaleWorkload of a DeploymentConfig', () => {
  beforeEach(async () => {
    await cluster.client.create<KubernetesObject & { spec: object }>(CUSTOM_RESOURCE_DEFINITIONS, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'deploymentconfigs.apps.openshift.io' },
      spec: {
        group: 'apps.openshift.io',
        scope: 'Namespaced',
        names: {
          plural: 'deploymentconfigs',
          singular: 'deploymentconfig',
          kind: 'DeploymentConfig',
          listKind: 'DeploymentConfigList',
        },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    });
  });

  it('waits for the ReplicationController of its latest version', async () => {
    const owner = await create(DEPLOYMENT_CONFIGS, { spec: { replicas: 0, selector: labels } });
    const { result } = scale({ replicas: 1 }, { subject: subject('DeploymentConfig') });
    const observedGeneration = await scaledTo(DEPLOYMENT_CONFIGS, 1);
    await report(DEPLOYMENT_CONFIGS, {
      observedGeneration,
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: 1,
      latestVersion: 3,
    });
    expect(await settled(result)).toBe(false);
    // As OpenShift makes it: with the labels of the DeploymentConfig, which are not those of its pods.
    const current = await create(
      REPLICATION_CONTROLLERS,
      { spec: { replicas: 1, selector: labels, template } },
      owner,
      {
        'openshift.io/deployment-config.latest-version': '3',
      },
      {},
    );
    await addPod('db-1', current);
    expect(await result).toEqual({ originalReplicaCount: 0 });
  });
});

describe('ScaleWorkload of a kind that has a scale subresource', () => {
  const replicaSet = (count: number) =>
    create(REPLICA_SETS, { spec: { replicas: count, selector: { matchLabels: labels }, template } });

  it('waits for the count in its Scale, and for the pods that the Scale selects', async () => {
    const owner = await replicaSet(0);
    await addPod('evicted', owner, 'Failed');
    const { result, stored } = scale({ replicas: 1, kind: 'replicaset', namespace: 'app', name: 'db' });

    await scaledTo(REPLICA_SETS, 1);
    expect(await settled(result)).toBe(false);
    await report(REPLICA_SETS, { replicas: 1 });
    await addPod('db-1', owner);
    expect(await settled(result)).toBe(false);
    const pod = { metadata: { name: 'db-1', namespace: 'app' }, spec: { containers: [] } };
    await cluster.setStatus(pod, { conditions: [{ type: 'Ready', status: 'True' }] });
    expect(await result).toEqual({ originalReplicaCount: 0 });
    expect(stored().steps['resource']).toMatchObject({ result: { group: 'apps', resource: 'replicasets' } });
  });

  it('to 0 waits until the last of them is gone', async () => {
    const owner = await replicaSet(1);
    await addPod('db-1', owner);
    const where = { kind: 'ReplicaSet', apiVersion: 'apps/v1', namespace: 'app', name: 'db' };
    const { result, abort } = scale({ replicas: 0, ...where });
    await scaledTo(REPLICA_SETS, 0);
    await report(REPLICA_SETS, { replicas: 0 });
    expect(await settled(result)).toBe(false);
    await removePod('db-1');
    expect(await result).toEqual({ originalReplicaCount: 1 });
    abort.abort();
  });

  it('of a custom resource whose Scale says nothing of pods, waits for the count alone', async () => {
    const things = await installThings({
      specReplicasPath: '.spec.size',
      statusReplicasPath: '.status.size',
    });
    const readSize = async () =>
      (await cluster.client.get<KubernetesObject & { spec: { size: number } }>(things, name)).spec.size;
    await create(things, { spec: { size: 3 } });
    await report(things, { size: 3 });
    const { result } = scale({ replicas: 0, kind: 'Thing', apiVersion: 'example.com/v1', ...name });
    while ((await readSize()) !== 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await settled(result)).toBe(false);
    await report(things, { size: 0 });
    expect(await result).toEqual({ originalReplicaCount: 3 });
  });

  it('is found among the kinds of all groups, and not taken for another group’s kind of that name', async () => {
    const things = await installThings({
      specReplicasPath: '.spec.size',
      statusReplicasPath: '.status.size',
    });
    await create(things, { spec: { size: 1 } });
    expect(await scale({ replicas: 2, kind: 'thing', waitForReady: false, ...name }).result).toEqual({
      originalReplicaCount: 1,
    });
    const wrong = { kind: 'Deployment', apiVersion: 'example.com/v1' };
    await expect(scale({ replicas: 2, ...wrong, ...name }).result).rejects.toThrow(
      'Workload type not supported Deployment of example.com/v1',
    );
  });

  it('that is not there says which', async () => {
    await expect(scale({ replicas: 1, kind: 'ReplicaSet', ...name }).result).rejects.toThrow(
      'Could not get ReplicaSet, to figure out replicas: replicasets.apps "db" not found',
    );
  });

  async function installThings(scalePaths: object): Promise<ResourceType> {
    await cluster.client.create<KubernetesObject & { spec: object }>(CUSTOM_RESOURCE_DEFINITIONS, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            subresources: { status: {}, scale: scalePaths },
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    });
    return { group: 'example.com', version: 'v1', resource: 'things', kind: 'Thing', namespaced: true };
  }
});

describe('ScaleWorkload with restoreReplicasOnFailure', () => {
  const down = { replicas: 0, waitForReady: false };
  const scaleDown = async (raw: RawArguments, count = 2) => {
    await create(STATEFUL_SETS, {
      spec: { replicas: count, serviceName: 'db', selector: { matchLabels: labels }, template },
    });
    const phase = scale({ ...down, ...raw }, { subject: subject('StatefulSet') });
    await phase.result;
    return phase;
  };
  /** All that the phases of an action asked for. */
  const undo = async ({ context, undo: asked }: TestPhase, ...after: TestPhase[]) => {
    const [first, ...later] = [asked, ...after.map((phase) => phase.undo)].flat();
    if (first !== undefined) await scaleWorkload.undo?.(first, context, later);
    return later.length + (first === undefined ? 0 : 1);
  };
  const scaleOn = async (to: number) => {
    const raw = { replicas: to, waitForReady: false, restoreReplicasOnFailure: true };
    const phase = scale(raw, { subject: subject('StatefulSet') });
    await phase.result;
    return phase;
  };
  const writes = () => cluster.requests.filter((request) => request.startsWith('PUT')).length;
  const setTo = (count: number) =>
    cluster.client.patch(STATEFUL_SETS, name, { type: 'merge', body: { spec: { replicas: count } } });

  it('is scaled back when its action fails, and stays where it was not asked for', async () => {
    const phase = await scaleDown({ restoreReplicasOnFailure: true });
    expect(await replicas(STATEFUL_SETS)).toBe(0);
    expect(await undo(phase)).toBe(1);
    expect(await replicas(STATEFUL_SETS)).toBe(2);
    // Again, after an interruption.
    await undo(phase);
    expect(await replicas(STATEFUL_SETS)).toBe(2);

    await cluster.client.delete(STATEFUL_SETS, name);
    expect(await undo(await scaleDown({}))).toBe(0);
  });

  it('asks for it before it changes anything', async () => {
    const client = { ...cluster.client };
    client.replace = () => Promise.reject(new ApiError(403, { message: 'forbidden', reason: 'Forbidden' }));
    await create(STATEFUL_SETS, { spec: { replicas: 2, selector: { matchLabels: labels }, template } });
    const raw = { ...down, restoreReplicasOnFailure: true };
    const phase = scale(raw, { subject: subject('StatefulSet'), client });
    await expect(phase.result).rejects.toThrow('Could not scale StatefulSet: forbidden');
    expect(phase.undo).toMatchObject([{ from: 2, to: 0 }]);
  });

  it('leaves what somebody else has set meanwhile, and says so', async () => {
    const phase = await scaleDown({ restoreReplicasOnFailure: true });
    await setTo(5);
    await expect(undo(phase)).rejects.toThrow(
      'StatefulSet "db" was not scaled back to 2 replicas: it has 5, which a later phase or somebody else gave it',
    );
    expect(await replicas(STATEFUL_SETS)).toBe(5);
  });

  it.each([
    ['to 0 and back', [0, 3], undefined, 3, 0],
    ['to 0 and half-way back', [0, 2], undefined, 3, 1],
    ['several times', [0, 1, 2, 0], undefined, 3, 1],
    ['and brought back by somebody else', [0, 2], 3, 3, 0],
  ])(
    'that was scaled %s is brought to its first number at once, by as many writes as that takes',
    async (_how, numbers, byOthers, end, wanted) => {
      const [first = 0, ...others] = numbers;
      const phases = [await scaleDown({ replicas: first, restoreReplicasOnFailure: true }, 3)];
      for (const to of others) phases.push(await scaleOn(to));
      if (byOthers !== undefined) await setTo(byOthers);
      const [phase, ...later] = phases;
      cluster.requests.length = 0;
      // Again, after an interruption.
      for (let times = 2; phase && times > 0; times -= 1)
        expect(await undo(phase, ...later)).toBe(numbers.length);
      expect(await replicas(STATEFUL_SETS)).toBe(end);
      expect(writes()).toBe(wanted);
    },
  );

  it('goes back as far as to what somebody else has set between two phases, and says so', async () => {
    const first = await scaleDown({ restoreReplicasOnFailure: true });
    await setTo(5);
    const again = await scaleOn(0);
    // Again, after an interruption.
    for (let times = 2; times > 0; times -= 1) {
      await expect(undo(first, again)).rejects.toThrow(
        'StatefulSet "db" was not scaled back to 2 replicas: it has 5, which a later phase or somebody else gave it',
      );
      expect(await replicas(STATEFUL_SETS)).toBe(5);
    }
  });

  it('leaves what somebody else has set after several phases', async () => {
    const phases = [await scaleDown({ restoreReplicasOnFailure: true }), await scaleOn(1)] as const;
    await setTo(7);
    await expect(undo(...phases)).rejects.toThrow('not scaled back to 2 replicas: it has 7');
    expect(await replicas(STATEFUL_SETS)).toBe(7);
  });

  it('knows what it is about by its API group, so that kinds of one name are not mixed up', () => {
    const keyOf = (group: string, version: string, more = {}) =>
      scaleWorkload.undoKey?.({
        target: { type: { ...STATEFUL_SETS, group, version }, name: { ...name }, ...more },
        from: 1,
        to: 0,
      });
    expect(keyOf('apps', 'v1', { workload: 'StatefulSet' })).toBe(keyOf('apps', 'v1beta1'));
    expect(keyOf('apps', 'v1')).not.toBe(keyOf('example.com', 'v1'));
  });

  it('is not deterred by an API server that is in trouble for a while', async () => {
    const phase = await scaleDown({ restoreReplicasOnFailure: true });
    let troubles = 0;
    const kubernetes = { ...cluster.client };
    kubernetes.replace = async (type, object, options) => {
      troubles += 1;
      if (troubles > 2) return cluster.client.replace(type, object, options);
      // The first one is carried out, and its answer lost.
      if (troubles === 1) await cluster.client.replace(type, object, options);
      throw new ApiError(500, { message: 'etcdserver: request timed out' });
    };
    await undo({ ...phase, context: { ...phase.context, kubernetes } });
    expect(await replicas(STATEFUL_SETS)).toBe(2);
  });
});

describe('ScaleWorkload refuses', () => {
  it.each([
    [{ replicas: 1 }, 'Workload information not available via defaults or namespace/name/kind parameters'],
    [
      { replicas: 1, namespace: 'app', name: 'db', kind: 'DaemonSet' },
      'Workload type not supported DaemonSet',
    ],
    [
      { replicas: 1, namespace: 'app', name: 'x', kind: 'Deployment' },
      'Could not get Deployment, to figure out replicas: deployments.apps "x" not found',
    ],
    [{ replicas: 'many', namespace: 'app', name: 'db', kind: 'Deployment' }, 'Cannot convert many to int: '],
    [
      { replicas: true, namespace: 'app', name: 'db', kind: 'Deployment' },
      'Invalid arg type bool for Arg replicas ',
    ],
  ])('%j', async (raw, text) => {
    await expect(scale(raw).result).rejects.toThrow(text);
  });

  it.each([
    [{ replicas: -1 }, 'Invalid value -1 for Arg replicas: must be at least 0'],
    [{ replicas: 0, name: '' }, 'Workload information not available'],
  ])('%j before the API server is asked', async (raw, text) => {
    cluster.requests.length = 0;
    await expect(scale(raw, { subject: subject('Deployment') }).result).rejects.toThrow(text);
    expect(cluster.requests).toEqual([]);
  });

  it('an empty name rather than to scale the subject in its place', async () => {
    await expect(scale({ replicas: 0, name: '' }, { subject: subject('Deployment') }).result).rejects.toThrow(
      'Workload information not available',
    );
  });
});
