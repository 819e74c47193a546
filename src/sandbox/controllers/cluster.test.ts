import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { systemClock } from '../../kubernetes/clock.ts';
import { createClient } from '../../kubernetes/create-client.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import {
  NODES,
  PERSISTENT_VOLUMES,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  JOBS,
} from '../../kubernetes/resources.ts';
import { createApiServer } from '../apiserver/api-server.ts';
import { inProcessTransport } from '../apiserver/in-process-transport.ts';
import { folderDriver } from '../storage/folder-driver.ts';
import type { VolumeSnapshot } from '../storage/snapshot-kinds.ts';
import { storageControllers } from '../storage/storage-controllers.ts';
import { storageObjects } from '../storage/storage-objects.ts';
import type { Job } from './batch-kinds.ts';
import type { DaemonSet, Node, Pod } from './kinds.ts';
import { DAEMON_SETS, RESOURCE_QUOTAS, VOLUME_SNAPSHOTS } from './resource-types.ts';
import { startControllers } from './start-controllers.ts';
import type { Claim, Volume } from './storage-kinds.ts';

type Loose = KubernetesObject & Record<string, unknown>;

let client: KubernetesClient;
let stop: () => Promise<void>;
const logged: string[] = [];
const namespace = 'default';

beforeAll(async () => {
  const server = createApiServer({ clock: systemClock, random: Math.random, installed: storageObjects() });
  client = createClient(inProcessTransport(server), { clock: systemClock });
  const volumes = await mkdtemp(join(tmpdir(), 'volumes-'));
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
  for (const name of ['one', 'two']) {
    await client.create<Loose>(NODES, {
      metadata: { name, labels: { disk: name } },
      status: {
        allocatable: { cpu: '2', memory: '4Gi', pods: '10' },
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    });
  }
});

afterAll(() => stop());

afterEach(() => {
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

const podsOf = async (app: string): Promise<Pod[]> =>
  (await client.list<Pod>(PODS, { namespace, labelSelector: `app=${app}` })).items;

const template = (app: string, more: object = {}) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'main', image: 'busybox' }], ...more },
});

const pod = (name: string, more: object): Loose => ({
  metadata: { name, namespace, labels: { app: name } },
  spec: { ...template(name).spec, ...more },
});

const placed = (name: string): Promise<string> =>
  eventually(async () => (await client.get<Pod>(PODS, { namespace, name })).spec?.nodeName);

const unschedulable = (name: string): Promise<string> =>
  eventually(async () => {
    const { status } = await client.get<Pod>(PODS, { namespace, name });
    return status?.conditions?.find(({ type, status: held }) => type === 'PodScheduled' && held === 'False')
      ?.message;
  });

describe('several nodes', () => {
  it('share the pods, and each gets those that are for it', async () => {
    await client.create(PODS, pod('first', {}));
    const first = await placed('first');
    await client.create(PODS, pod('second', {}));
    expect(await placed('second')).not.toBe(first);
    await client.create(PODS, pod('chosen', { nodeSelector: { disk: 'two' } }));
    expect(await placed('chosen')).toBe('two');
  });

  it('refuse pods for reasons that are counted by node', async () => {
    await client.create(
      PODS,
      pod('greedy', {
        nodeSelector: { disk: 'one' },
        containers: [{ name: 'main', image: 'busybox', resources: { requests: { cpu: '9' } } }],
      }),
    );
    expect(await unschedulable('greedy')).toBe(
      "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
  });

  it('keep pods apart that want to be', async () => {
    const podAntiAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { group: 'apart' } }, topologyKey: 'disk' },
      ],
    };
    for (const name of ['apart-1', 'apart-2', 'apart-3']) {
      const body = pod(name, { affinity: { podAntiAffinity } });
      await client.create(PODS, { ...body, metadata: { ...body.metadata, labels: { group: 'apart' } } });
    }
    expect(new Set([await placed('apart-1'), await placed('apart-2')])).toEqual(new Set(['one', 'two']));
    expect(await unschedulable('apart-3')).toContain("2 node(s) didn't match pod anti-affinity rules");
  });

  it('each run the pod of a DaemonSet, and none when a taint drives it out', async () => {
    await client.create<Loose>(DAEMON_SETS, {
      metadata: { name: 'agent', namespace },
      spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
    });
    const pods = await eventually(async () => {
      const found = await podsOf('agent');
      return found.length === 2 && found.every(({ spec }) => spec?.nodeName) && found;
    });
    expect(new Set(pods.map(({ spec }) => spec?.nodeName))).toEqual(new Set(['one', 'two']));
    const taints = [{ key: 'broken', effect: 'NoExecute' }];
    await client.patch<Node>(NODES, { name: 'two' }, { type: 'merge', body: { spec: { taints } } });
    await eventually(async () => {
      const { status } = await client.get<DaemonSet>(DAEMON_SETS, { namespace, name: 'agent' });
      return status?.desiredNumberScheduled === 1;
    });
    await eventually(async () =>
      (await podsOf('agent')).every(
        ({ metadata, spec }) => spec?.nodeName === 'one' || metadata?.deletionTimestamp,
      ),
    );
    await client.patch<Node>(NODES, { name: 'two' }, { type: 'merge', body: { spec: { taints: [] } } });
  });

  it('keep pods away from the moment they are made until they are ready', async () => {
    const name = 'newcomer';
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    const made = await client.create<Node>(NODES, { metadata: { name } });
    expect(made.spec?.taints).toEqual([taint]);
    const body = { status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    await client.patch<Node>(NODES, { name }, { type: 'merge', body }, { subresource: 'status' });
    await eventually(async () => ((await client.get<Node>(NODES, { name })).spec?.taints ?? []).length === 0);
    await client.delete(NODES, { name });
  });

  it('show by a taint that they are cordoned', async () => {
    const cordon = (wanted: boolean) =>
      client.patch<Node>(
        NODES,
        { name: 'one' },
        { type: 'merge', body: { spec: { unschedulable: wanted } } },
      );
    await cordon(true);
    const cordoned = await eventually(
      async () => (await client.get<Node>(NODES, { name: 'one' })).spec?.taints?.[0],
    );
    expect(cordoned).toMatchObject({ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' });
    await cordon(false);
    await eventually(
      async () => ((await client.get<Node>(NODES, { name: 'one' })).spec?.taints ?? []).length === 0,
    );
  });
});

describe('a quota', () => {
  it('says how much of it is used', async () => {
    await client.create<Loose>(RESOURCE_QUOTAS, {
      metadata: { name: 'q', namespace },
      spec: { hard: { 'count/jobs.batch': '5', 'requests.storage': '10Gi', persistentvolumeclaims: '4' } },
    });
    await client.create<Loose>(PERSISTENT_VOLUME_CLAIMS, {
      metadata: { name: 'counted', namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '3Gi' } } },
    });
    const { status } = await eventually(async () => {
      const quota = await client.get<Loose & { status?: { used?: Record<string, string> } }>(
        RESOURCE_QUOTAS,
        {
          namespace,
          name: 'q',
        },
      );
      return quota.status?.used?.persistentvolumeclaims === '1' && quota;
    });
    expect(status).toEqual({
      hard: { 'count/jobs.batch': '5', 'requests.storage': '10Gi', persistentvolumeclaims: '4' },
      used: { 'count/jobs.batch': '0', 'requests.storage': '3Gi', persistentvolumeclaims: '1' },
    });
  });
});

describe('an Indexed Job', () => {
  it('tries each index again on its own, and fails when one is lost', async () => {
    await client.create<Loose>(JOBS, {
      metadata: { name: 'indexed', namespace },
      spec: {
        completions: 2,
        parallelism: 2,
        completionMode: 'Indexed',
        backoffLimitPerIndex: 0,
        template: template('indexed', { restartPolicy: 'Never' }),
      },
    });
    const pods = await eventually(async () => {
      const found = await podsOf('indexed');
      return found.length === 2 && found;
    });
    for (const [index, one] of pods.entries()) {
      const name = { namespace, name: one.metadata?.name ?? '' };
      const body = { status: { phase: index === 0 ? 'Succeeded' : 'Failed' } };
      await client.patch(PODS, name, { type: 'merge', body }, { subresource: 'status' });
    }
    const failed = await eventually(async () => {
      const job = await client.get<Job>(JOBS, { namespace, name: 'indexed' });
      return job.status?.conditions?.some(({ type }) => type === 'Failed') && job;
    });
    const lost = pods[1]?.metadata?.annotations?.['batch.kubernetes.io/job-completion-index'];
    expect(failed.status).toMatchObject({ succeeded: 1, failed: 1, failedIndexes: lost });
    expect(failed.status?.conditions?.at(-1)).toMatchObject({ reason: 'FailedIndexes' });
  });
});

describe('a snapshot', () => {
  const bound = (name: string): Promise<Volume> =>
    eventually(async () => {
      const { spec, status } = await client.get<Claim>(PERSISTENT_VOLUME_CLAIMS, { namespace, name });
      return (
        status?.phase === 'Bound' && client.get<Volume>(PERSISTENT_VOLUMES, { name: spec.volumeName ?? '' })
      );
    });
  const pathOf = ({ spec }: Volume): string => join(spec.csi?.volumeAttributes?.path ?? '', 'file');

  it('holds what was in the volume then, for claims that are made of it', async () => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    await client.create<Loose>(PERSISTENT_VOLUME_CLAIMS, { metadata: { name: 'origin', namespace }, spec });
    const origin = await bound('origin');
    await writeFile(pathOf(origin), 'before');
    await client.create<Loose>(VOLUME_SNAPSHOTS, {
      metadata: { name: 'snap', namespace },
      spec: { source: { persistentVolumeClaimName: 'origin' } },
    });
    await eventually(
      async () =>
        (await client.get<VolumeSnapshot>(VOLUME_SNAPSHOTS, { namespace, name: 'snap' })).status?.readyToUse,
    );
    await writeFile(pathOf(origin), 'after');
    const dataSource = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'snap' };
    await client.create<Loose>(PERSISTENT_VOLUME_CLAIMS, {
      metadata: { name: 'restored', namespace },
      spec: { ...spec, dataSource },
    });
    expect(await readFile(pathOf(await bound('restored')), 'utf8')).toBe('before');
  });
});
