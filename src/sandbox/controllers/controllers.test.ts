import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { systemClock } from '../../kubernetes/clock.ts';
import { createClient } from '../../kubernetes/create-client.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  EVENTS,
  JOBS,
  NAMESPACES,
  NODES,
  PERSISTENT_VOLUMES,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  REPLICA_SETS,
  SERVICES,
  SERVICE_ACCOUNTS,
  STATEFUL_SETS,
} from '../../kubernetes/resources.ts';
import { createApiServer } from '../apiserver/api-server.ts';
import { inProcessTransport } from '../apiserver/in-process-transport.ts';
import { folderDriver } from '../storage/folder-driver.ts';
import { storageControllers } from '../storage/storage-controllers.ts';
import { storageObjects } from '../storage/storage-objects.ts';
import type { Job } from './batch-kinds.ts';
import type { Deployment, Pod, StatefulSet } from './kinds.ts';
import type { Claim, Volume } from './storage-kinds.ts';
import { startControllers } from './start-controllers.ts';

type Loose = KubernetesObject & Record<string, unknown>;

let client: KubernetesClient;
let volumes: string;
let logged: string[];
let stop: () => Promise<void>;

beforeEach(async () => {
  const server = createApiServer({ clock: systemClock, random: Math.random, installed: storageObjects() });
  client = createClient(inProcessTransport(server), { clock: systemClock });
  volumes = await mkdtemp(join(tmpdir(), 'volumes-'));
  logged = [];
  const controllers = startControllers({
    client,
    objects: server.objects,
    clock: systemClock,
    certificateAuthority: 'PEM',
    further: storageControllers(folderDriver(volumes)),
    log: (message) => logged.push(message),
  });
  stop = async () => {
    await controllers.stop();
    await client.close();
    server.stop();
    await rm(volumes, { recursive: true, force: true });
  };
});

afterEach(async () => {
  await stop();
  if (logged.length > 0) throw new Error(`the controllers logged faults: ${logged.join('; ')}`);
});

/** Looks until what is looked for is there; vitest's own timeout bounds it. */
async function eventually<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await systemClock.sleep(5);
  }
}

async function readyNode(labels: Record<string, string> = {}): Promise<void> {
  await client.create<Loose>(NODES, {
    metadata: { name: 'node', labels },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
}

const podsOf = async (selector: string): Promise<Pod[]> =>
  (await client.list<Pod>(PODS, { namespace: 'default', labelSelector: selector })).items;

/** What a kubelet says of a pod that runs and answers. */
async function makeReady(pod: Pod, ip = '127.1.0.1'): Promise<void> {
  const name = { namespace: 'default', name: pod.metadata?.name ?? '' };
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(0).toISOString() }];
  const body = { status: { phase: 'Running', podIP: ip, conditions } };
  await client.patch(PODS, name, { type: 'merge', body }, { subresource: 'status' });
}

const endPod = async (pod: Pod, phase: string): Promise<unknown> =>
  client.patch(
    PODS,
    { namespace: 'default', name: pod.metadata?.name ?? '' },
    { type: 'merge', body: { status: { phase } } },
    { subresource: 'status' },
  );

const gone = async (type: ResourceType, name: { name: string; namespace?: string }): Promise<boolean> => {
  try {
    await client.get(type, name);
    return false;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
};

const template = (app: string, image = 'busybox:1') => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'main', image, ports: [{ name: 'web', containerPort: 8080 }] }] },
});

const deployment = (replicas: number, more: object = {}): Loose => ({
  metadata: { name: 'd', namespace: 'default' },
  spec: { replicas, selector: { matchLabels: { app: 'd' } }, template: template('d'), ...more },
});

const D = { namespace: 'default', name: 'd' };

describe('namespaces', () => {
  it('get an account and the certificate authority, and take all they hold along', async () => {
    await client.create(NAMESPACES, { metadata: { name: 'team' } });
    await eventually(async () => !(await gone(SERVICE_ACCOUNTS, { namespace: 'team', name: 'default' })));
    const authority = await eventually(async () =>
      (await client.list<Loose>(CONFIG_MAPS, { namespace: 'team' })).items.find(
        ({ metadata }) => metadata?.name === 'kube-root-ca.crt',
      ),
    );
    expect(authority.data).toEqual({ 'ca.crt': 'PEM' });
    await client.create<Loose>(CONFIG_MAPS, { metadata: { name: 'mine', namespace: 'team' } });
    await client.delete(NAMESPACES, { name: 'team' });
    await eventually(() => gone(NAMESPACES, { name: 'team' }));
    expect((await client.list(CONFIG_MAPS, { namespace: 'team' })).items).toEqual([]);
  });
});

describe('deployments', () => {
  it('make their pods, report them, and scale', async () => {
    await client.create(DEPLOYMENTS, deployment(2));
    const pods = await eventually(async () => {
      const found = await podsOf('app=d');
      return found.length === 2 && found;
    });
    expect(pods[0]?.metadata?.labels).toHaveProperty('pod-template-hash');
    for (const pod of pods) await makeReady(pod);
    const settled = await eventually(async () => {
      const found = await client.get<Deployment>(DEPLOYMENTS, D);
      return found.status?.availableReplicas === 2 && found;
    });
    expect(settled).toMatchObject({
      metadata: { annotations: { 'deployment.kubernetes.io/revision': '1' } },
      status: {
        replicas: 2,
        updatedReplicas: 2,
        readyReplicas: 2,
        observedGeneration: settled.metadata?.generation,
      },
    });
    await client.patch(DEPLOYMENTS, D, { type: 'merge', body: { spec: { replicas: 0 } } });
    await eventually(async () => (await podsOf('app=d')).length === 0);
    const empty = await eventually(async () => {
      const found = await client.get<Deployment>(DEPLOYMENTS, D);
      return (
        found.status?.observedGeneration === found.metadata?.generation && !found.status?.replicas && found
      );
    });
    expect(empty.status?.readyReplicas).toBeUndefined();
  });

  it('roll a new template out without ever serving less than they promise', async () => {
    await client.create(
      DEPLOYMENTS,
      deployment(3, {
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      }),
    );
    let lowest = 3;
    const settle = (image: string) =>
      eventually(async () => {
        const pods = await podsOf('app=d');
        for (const pod of pods) if (pod.status?.phase !== 'Running') await makeReady(pod);
        const { items } = await client.list<Pod>(PODS, { namespace: 'default', labelSelector: 'app=d' });
        const images = items.map(
          ({ spec }) => (spec?.containers?.[0] as { image?: string } | undefined)?.image,
        );
        if (images.length >= 3)
          lowest = Math.min(lowest, items.filter(({ status }) => status?.phase === 'Running').length);
        return images.length === 3 && images.every((found) => found === image);
      });
    await settle('busybox:1');
    await client.patch(DEPLOYMENTS, D, {
      type: 'merge',
      body: { spec: { template: template('d', 'busybox:2') } },
    });
    await settle('busybox:2');
    expect(lowest).toBe(3);
    const sets = await client.list<Deployment>(REPLICA_SETS, { namespace: 'default' });
    expect(sets.items.map(({ spec }) => spec.replicas).toSorted((a, b) => a - b)).toEqual([0, 3]);
  });

  it('are garbage-collected with all that they made', async () => {
    await client.create(DEPLOYMENTS, deployment(1));
    await eventually(async () => (await podsOf('app=d')).length === 1);
    await client.delete(DEPLOYMENTS, D, { propagationPolicy: 'Background' });
    await eventually(async () => (await podsOf('app=d')).length === 0);
    await eventually(async () => (await client.list(REPLICA_SETS)).items.length === 0);
    expect(await gone(DEPLOYMENTS, D)).toBe(true);
  });

  it('wait for their dependents when deleted in the foreground', async () => {
    await client.create(DEPLOYMENTS, deployment(1));
    await eventually(async () => (await podsOf('app=d')).length === 1);
    await client.delete(DEPLOYMENTS, D, { propagationPolicy: 'Foreground' });
    await eventually(() => gone(DEPLOYMENTS, D));
    expect((await client.list(REPLICA_SETS)).items).toEqual([]);
    expect(await podsOf('app=d')).toEqual([]);
  });

  it('leave their dependents alone when deleted as orphans', async () => {
    await client.create(DEPLOYMENTS, deployment(1));
    await eventually(async () => (await podsOf('app=d')).length === 1);
    await client.delete(DEPLOYMENTS, D, { propagationPolicy: 'Orphan' });
    await eventually(() => gone(DEPLOYMENTS, D));
    const { items } = await client.list(REPLICA_SETS);
    expect(items.map(({ metadata }) => metadata?.ownerReferences)).toEqual([undefined]);
    expect(await podsOf('app=d')).toHaveLength(1);
  });
});

describe('stateful sets', () => {
  const statefulSet = (replicas: number): Loose => ({
    metadata: { name: 's', namespace: 'default' },
    spec: {
      replicas,
      serviceName: 'db',
      selector: { matchLabels: { app: 's' } },
      template: template('s'),
      volumeClaimTemplates: [
        {
          metadata: { name: 'files' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    },
  });

  it('make pods in order, each with a claim that stays, and remove them in reverse', async () => {
    await readyNode();
    await client.create(STATEFUL_SETS, statefulSet(2));
    const first = await eventually(async () => (await podsOf('app=s'))[0]);
    expect(first).toMatchObject({
      metadata: { name: 's-0', labels: { 'statefulset.kubernetes.io/pod-name': 's-0' } },
      spec: {
        hostname: 's-0',
        subdomain: 'db',
        // Its credentials come in a volume, too.
        volumes: [
          { name: 'files', persistentVolumeClaim: { claimName: 'files-s-0' } },
          { projected: { defaultMode: 0o644 } },
        ],
      },
    });
    await eventually(async () => (await podsOf('app=s'))[0]?.spec?.nodeName === 'node');
    expect(await podsOf('app=s')).toHaveLength(1);
    await makeReady(first);
    const second = await eventually(async () =>
      (await podsOf('app=s')).find(({ metadata, spec }) => metadata?.name === 's-1' && spec?.nodeName),
    );
    await makeReady(second);
    await eventually(async () => {
      const set = await client.get<StatefulSet>(STATEFUL_SETS, { namespace: 'default', name: 's' });
      return set.status?.readyReplicas === 2 && set.status.currentRevision === set.status.updateRevision;
    });
    await client.patch(
      STATEFUL_SETS,
      { namespace: 'default', name: 's' },
      { type: 'merge', body: { spec: { replicas: 1 } } },
    );
    const ending = await eventually(async () =>
      (await podsOf('app=s')).find(({ metadata }) => metadata?.deletionTimestamp),
    );
    expect(ending.metadata?.name).toBe('s-1');
    const claims = await client.list<Claim>(PERSISTENT_VOLUME_CLAIMS, { namespace: 'default' });
    expect(claims.items.map(({ metadata, status }) => [metadata?.name, status?.phase])).toEqual([
      ['files-s-0', 'Bound'],
      ['files-s-1', 'Bound'],
    ]);
  });
});

describe('jobs', () => {
  const job = (more: object): Loose => ({
    metadata: { name: 'j', namespace: 'default' },
    spec: {
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] } },
      ...more,
    },
  });
  const conditionOf = async (type: string) => {
    const found = await client.get<Job>(JOBS, { namespace: 'default', name: 'j' });
    return found.status?.conditions?.find((condition) => condition.type === type);
  };

  it('are complete when enough of their pods have succeeded', async () => {
    await client.create(JOBS, job({ completions: 2, parallelism: 1 }));
    for (const number of [1, 2]) {
      const active = await eventually(async () => {
        const pods = await podsOf('job-name=j');
        return pods.length === number && pods.find(({ status }) => status?.phase === 'Pending');
      });
      await endPod(active, 'Succeeded');
    }
    expect(await eventually(() => conditionOf('Complete'))).toMatchObject({
      status: 'True',
      reason: 'CompletionsReached',
    });
    expect(await podsOf('job-name=j')).toHaveLength(2);
  });

  it('fail when too many of them have failed', async () => {
    await client.create(JOBS, job({ backoffLimit: 0 }));
    const active = await eventually(async () => (await podsOf('job-name=j'))[0]);
    await endPod(active, 'Failed');
    expect(await eventually(() => conditionOf('Failed'))).toMatchObject({
      status: 'True',
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    });
  });
});

describe('claims', () => {
  it('get a folder of their own, which goes with them', async () => {
    const name = { namespace: 'default', name: 'c' };
    await client.create<Loose>(PERSISTENT_VOLUME_CLAIMS, {
      metadata: name,
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    const bound = await eventually(async () => {
      const claim = await client.get<Claim>(PERSISTENT_VOLUME_CLAIMS, name);
      return claim.status?.phase === 'Bound' && claim;
    });
    expect(bound).toMatchObject({
      spec: { storageClassName: 'standard' },
      status: { capacity: { storage: '1Gi' } },
    });
    const volume = await client.get<Volume>(PERSISTENT_VOLUMES, { name: bound.spec.volumeName ?? '' });
    const path = volume.spec.csi?.volumeAttributes?.path ?? '';
    expect(path).toBe(join(volumes, volume.spec.csi?.volumeHandle ?? ''));
    expect(existsSync(path)).toBe(true);
    await client.delete(PERSISTENT_VOLUME_CLAIMS, name);
    await eventually(() => gone(PERSISTENT_VOLUMES, { name: bound.spec.volumeName ?? '' }));
    expect(existsSync(path)).toBe(false);
  });

  it('say why they get none', async () => {
    await client.create<Loose>(PERSISTENT_VOLUME_CLAIMS, {
      metadata: { namespace: 'default', name: 'c' },
      spec: {
        storageClassName: 'fast',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      },
    });
    const event = await eventually(
      async () => (await client.list<Loose>(EVENTS, { fieldSelector: 'reason=ProvisioningFailed' })).items[0],
    );
    expect(event.message).toBe('storageclass.storage.k8s.io "fast" not found');
  });
});

describe('the scheduler', () => {
  it('places a pod on a node that fits, once there is one', async () => {
    const name = { namespace: 'default', name: 'p' };
    await client.create<Loose>(PODS, {
      metadata: name,
      spec: { nodeSelector: { disk: 'fast' }, containers: [{ name: 'main', image: 'busybox' }] },
    });
    const scheduled = async () =>
      (await client.get<Pod>(PODS, name)).status?.conditions?.find(({ type }) => type === 'PodScheduled');
    expect(await eventually(scheduled)).toMatchObject({ status: 'False', reason: 'Unschedulable' });
    await readyNode();
    const misfit =
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
    await eventually(async () => (await scheduled())?.message === misfit);
    const events = await eventually(async () => {
      const { items } = await client.list<Loose>(EVENTS, { fieldSelector: 'reason=FailedScheduling' });
      return items.length > 0 && items;
    });
    expect(events[0]?.involvedObject).toMatchObject({ kind: 'Pod', name: 'p' });
    await client.patch(
      NODES,
      { name: 'node' },
      { type: 'merge', body: { metadata: { labels: { disk: 'fast' } } } },
    );
    await eventually(async () => (await client.get<Pod>(PODS, name)).spec?.nodeName === 'node');
    expect(await scheduled()).toMatchObject({ status: 'True' });
  });
});

describe('services', () => {
  it('know the addresses of their ready pods, by number and by name of the port', async () => {
    await client.create<Loose>(SERVICES, {
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector: { app: 'd' }, ports: [{ port: 80, targetPort: 'web' }] },
    });
    await client.create(DEPLOYMENTS, deployment(1));
    const pod = await eventually(async () => (await podsOf('app=d'))[0]);
    await makeReady(pod, '127.1.0.9');
    const endpoints: ResourceType = { ...SERVICES, resource: 'endpoints', kind: 'Endpoints' };
    const subset = await eventually(async () => {
      const { items } = await client.list<Loose & { subsets?: { addresses?: object[] }[] }>(endpoints, {
        namespace: 'default',
      });
      const [found] = items[0]?.subsets ?? [];
      return found?.addresses && found;
    });
    expect(subset).toMatchObject({
      addresses: [{ ip: '127.1.0.9' }],
      ports: [{ port: 8080, protocol: 'TCP' }],
    });
    const slices: ResourceType = {
      group: 'discovery.k8s.io',
      version: 'v1',
      resource: 'endpointslices',
      kind: 'EndpointSlice',
      namespaced: true,
    };
    const ready = await eventually(async () => {
      const { items } = await client.list<Loose & { endpoints?: { conditions?: { ready?: boolean } }[] }>(
        slices,
      );
      return items.find((slice) => slice.endpoints?.some(({ conditions }) => conditions?.ready));
    });
    expect(ready.endpoints).toMatchObject([{ addresses: ['127.1.0.9'] }]);
    await client.delete(SERVICES, { namespace: 'default', name: 'web' });
    await eventually(
      async () =>
        (await client.list(slices)).items.length === 0 && (await client.list(endpoints)).items.length === 0,
    );
  });
});

describe('custom resources', () => {
  const WIDGETS: ResourceType = {
    group: 'example.com',
    version: 'v1',
    resource: 'widgets',
    kind: 'Widget',
    namespaced: true,
  };

  it('go with their definition, and with their owners of any kind', async () => {
    await client.create<Loose>(CUSTOM_RESOURCE_DEFINITIONS, {
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
        ],
      },
    });
    const owner = await client.create<Loose>(WIDGETS, { metadata: { name: 'owner', namespace: 'default' } });
    const reference = {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      name: 'owner',
      uid: owner.metadata?.uid ?? '',
    };
    await client.create<Loose>(CONFIG_MAPS, {
      metadata: { name: 'owned', namespace: 'default', ownerReferences: [reference] },
    });
    await client.delete(WIDGETS, { namespace: 'default', name: 'owner' });
    await eventually(() => gone(CONFIG_MAPS, { namespace: 'default', name: 'owned' }));

    await client.create<Loose>(WIDGETS, { metadata: { name: 'last', namespace: 'default' } });
    await client.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: 'widgets.example.com' });
    await eventually(() => gone(CUSTOM_RESOURCE_DEFINITIONS, { name: 'widgets.example.com' }));
    expect(await gone(WIDGETS, { namespace: 'default', name: 'last' })).toBe(true);
  });
});
