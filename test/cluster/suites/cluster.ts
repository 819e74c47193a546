import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/kubernetes/clock.ts';
import { createClient } from '../../../src/kubernetes/create-client.ts';
import type { KubernetesClient } from '../../../src/kubernetes/client.ts';
import { loadKubeConfig } from '../../../src/kubernetes/load-kube-config.ts';
import type { KubernetesObject, ResourceType } from '../../../src/kubernetes/objects.ts';
import { NAMESPACES, PERSISTENT_VOLUME_CLAIMS, PODS, SERVICES } from '../../../src/kubernetes/resources.ts';
import { startS3Server } from '../../../src/sandbox/s3/server.ts';
import { waitUntil } from '../../demo/wait-until.ts';
import { rollOutTwice } from '../deploymentconfig/roll-out-twice.ts';
import type { ClusterFacts } from '../plan.ts';
import { missingPrerequisites } from '../prerequisites.ts';
import { readSettings } from '../settings.ts';
import { bringUp } from '../up.ts';

const settings = readSettings(process.env);
const missing = missingPrerequisites(settings);

const snapshotType = (group: string, version: string, resource: string, kind: string): ResourceType => ({
  group,
  version,
  resource,
  kind,
  namespaced: true,
});
const SNAPSHOTS = snapshotType('snapshot.storage.k8s.io', 'v1', 'volumesnapshots', 'VolumeSnapshot');
const GROUP_SNAPSHOTS = snapshotType(
  'groupsnapshot.storage.k8s.io',
  'v1beta1',
  'volumegroupsnapshots',
  'VolumeGroupSnapshot',
);

const KEYS = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };

interface Pod extends KubernetesObject {
  spec: object;
  status?: {
    phase?: string;
    podIP?: string;
    containerStatuses?: { state?: { waiting?: { reason?: string } } }[];
  };
}

describe.skipIf(missing !== undefined)(`a real cluster${missing === undefined ? '' : `: ${missing}`}`, () => {
  const { signal } = new AbortController();
  const namespace = `check-${process.pid}`;
  let facts: ClusterFacts;
  let kubernetes: KubernetesClient;

  beforeAll(async () => {
    facts = await bringUp({ settings, signal, report: (line) => process.stderr.write(`${line}\n`) });
    const loaded = await loadKubeConfig({ env: {}, clock: systemClock, kubeconfig: facts.kubeconfig });
    kubernetes = createClient(loaded.transport, { clock: systemClock });
    await kubernetes.create(NAMESPACES, { metadata: { name: namespace } });
  });
  afterAll(async () => {
    if (!kubernetes) return;
    await kubernetes.delete(NAMESPACES, { name: namespace });
    await kubernetes.close();
  });

  const until = (what: string, look: () => Promise<true | string>) =>
    waitUntil(look, { clock: systemClock, signal, what, timeout: 60_000 });

  /** A pod of a shell's script that has claims mounted at /<claim>. */
  function createPod(pod: string, image: string, script: string, claims: string[] = []) {
    const volumeMounts = claims.map((name) => ({ name, mountPath: `/${name}` }));
    return kubernetes.create<Pod>(PODS, {
      metadata: { name: pod, namespace, labels: { app: pod } },
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image, command: ['sh', '-c', script], volumeMounts }],
        volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
      },
    });
  }
  async function runPod(name: string, image: string, script: string, phase: string, claims: string[] = []) {
    await createPod(name, image, script, claims);
    await until(`pod ${name} is ${phase}`, async () => {
      const { status } = await kubernetes.get<Pod>(PODS, { name, namespace });
      return (
        status?.phase === phase || JSON.stringify(status?.containerStatuses?.[0]?.state ?? status?.phase)
      );
    });
  }
  async function exec(name: string, ...command: string[]): Promise<{ exitCode: number; output: string }> {
    const chunks: Buffer[] = [];
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        done();
      },
    });
    const { exitCode } = await kubernetes.exec({ name, namespace }, { command, stdout });
    return { exitCode, output: Buffer.concat(chunks).toString() };
  }
  const logOf = async (name: string) => text(await kubernetes.log({ name, namespace }));

  function claim(name: string, more: object = {}) {
    const resources = { requests: { storage: '8Mi' } };
    return kubernetes.create<KubernetesObject & { spec: object }>(PERSISTENT_VOLUME_CLAIMS, {
      metadata: { name, namespace, labels: { app: 'data' } },
      spec: { accessModes: ['ReadWriteOnce'], resources, ...more },
    });
  }
  const untilReady = (type: ResourceType, name: string) =>
    until(`${type.kind} ${name} is ready`, async () => {
      const { status } = await kubernetes.get<KubernetesObject & { status?: { readyToUse?: boolean } }>(
        type,
        {
          name,
          namespace,
        },
      );
      return status?.readyToUse === true || JSON.stringify(status ?? 'no status');
    });

  it('runs a container, its log and its commands', async () => {
    await runPod('shell', 'docker.io/library/busybox:1.36', 'echo started; sleep 600', 'Running');
    expect(await logOf('shell')).toBe('started\n');
    expect(await exec('shell', 'sh', '-c', 'echo out; exit 7')).toEqual({ exitCode: 7, output: 'out\n' });
  });

  it('has every image of the table under any host and tag, and says which is unknown', async () => {
    const images = facts.images.filter((name) => name !== 'pause');
    const any = (name: string) =>
      runPod(`image-${name}`, `registry.test/some/where/${name}:v1`, 'true', 'Succeeded');
    await Promise.all(images.map(any));
    const tools = 'kando --version && node --version';
    await runPod('tools', 'ghcr.io/kanisterio/kanister-tools:0.119.0', tools, 'Succeeded');
    expect(await logOf('tools')).toMatch(/v24\.\d+/);
    const clients = 'pg_dump --version && kando --version';
    await runPod('clients', 'ghcr.io/kanisterio/postgres-kanister-tools:0.119.0', clients, 'Succeeded');
    await createPod('unknown', 'no-such-image:1', 'true');
    await until('the pull is refused', async () => {
      const { status } = await kubernetes.get<Pod>(PODS, { name: 'unknown', namespace });
      const reason = status?.containerStatuses?.[0]?.state?.waiting?.reason;
      return reason === 'ErrImagePull' || reason === 'ImagePullBackOff' || JSON.stringify(status);
    });
  });

  it('finds a service by its name, and the database behind it', async () => {
    await kubernetes.create<Pod>(PODS, {
      metadata: { name: 'database', namespace, labels: { app: 'database' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'postgres',
            image: 'postgres:16-alpine',
            env: [{ name: 'POSTGRES_PASSWORD', value: 'secret' }],
            readinessProbe: { exec: { command: ['pg_isready', '-h', '127.0.0.1'] }, periodSeconds: 1 },
          },
        ],
      },
    });
    await kubernetes.create<KubernetesObject & { spec: object }>(SERVICES, {
      metadata: { name: 'database', namespace },
      spec: { selector: { app: 'database' }, ports: [{ port: 5432 }] },
    });
    const ask = `until pg_isready -q -h database.${namespace}.svc.cluster.local; do sleep 0.2; done
      PGPASSWORD=secret psql -h database -U postgres -Atc 'select 6 * 7'`;
    await runPod('client', 'postgres:16-alpine', ask, 'Succeeded');
    expect(await logOf('client')).toBe('42\n');
  });

  it('copies volumes: snapshot, restore, clone, and a group at one moment', async () => {
    await claim('data');
    await runPod('writer', 'alpine', 'echo before >/data/file; sleep 600', 'Running', ['data']);
    await until(
      'the file is written',
      async () => (await exec('writer', 'cat', '/data/file')).exitCode === 0 || 'no',
    );
    await kubernetes.create<KubernetesObject & { spec: object }>(SNAPSHOTS, {
      metadata: { name: 'one', namespace },
      spec: { volumeSnapshotClassName: facts.snapshotClass, source: { persistentVolumeClaimName: 'data' } },
    });
    await kubernetes.create<KubernetesObject & { spec: object }>(GROUP_SNAPSHOTS, {
      metadata: { name: 'group', namespace },
      spec: {
        volumeGroupSnapshotClassName: facts.groupSnapshotClass,
        source: { selector: { matchLabels: { app: 'data' } } },
      },
    });
    await untilReady(SNAPSHOTS, 'one');
    await untilReady(GROUP_SNAPSHOTS, 'group');
    await exec('writer', 'sh', '-c', 'echo after >/data/file');
    const source = (kind: string, name: string) => ({
      dataSource: { ...(kind === 'VolumeSnapshot' && { apiGroup: SNAPSHOTS.group }), kind, name },
    });
    const { items } = await kubernetes.list(SNAPSHOTS, { namespace });
    const member = items.find(({ metadata }) => metadata?.name !== 'one')?.metadata?.name ?? 'none';
    await claim('restored', source('VolumeSnapshot', 'one'));
    await claim('grouped', source('VolumeSnapshot', member));
    await claim('cloned', { ...source('PersistentVolumeClaim', 'data') });
    await claim('late', { storageClassName: facts.waitingStorageClass });
    const read = 'cat /restored/file /grouped/file /cloned/file; ls /late';
    await runPod('reader', 'busybox', read, 'Succeeded', ['restored', 'grouped', 'cloned', 'late']);
    expect(await logOf('reader')).toBe('before\nbefore\nafter\n');
  });

  it('grows a volume', async () => {
    await claim('growing');
    const name = { name: 'growing', namespace };
    const capacity = async () => {
      const found = await kubernetes.get<KubernetesObject & { status?: { capacity?: { storage?: string } } }>(
        PERSISTENT_VOLUME_CLAIMS,
        name,
      );
      return found.status?.capacity?.storage ?? 'none';
    };
    await until('it is bound', async () => (await capacity()) === '8Mi' || capacity());
    const body = { spec: { resources: { requests: { storage: '16Mi' } } } };
    await kubernetes.patch(PERSISTENT_VOLUME_CLAIMS, name, { type: 'merge', body });
    await until('it has grown', async () => (await capacity()) !== '8Mi' || 'it is as it was');
    expect(await capacity()).toBe('16Mi');
  });

  it('lets pods reach a store on the machine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'store-'));
    const store = await startS3Server({ folder, host: facts.hostAddress, credentials: [KEYS] });
    try {
      await store.ensureBucket('backups');
      const profile = JSON.stringify({
        Location: {
          type: 's3Compliant',
          bucket: 'backups',
          endpoint: store.endpoint,
          prefix: 'p',
          region: '',
        },
        Credential: { Type: 'keyPair', KeyPair: { ID: KEYS.accessKeyId, Secret: KEYS.secretAccessKey } },
      });
      const push = `export KANDO_PROFILE='${profile}'
        echo stored | kando location push -s a/b - && kando location pull -s a/b -`;
      await runPod('mover', 'kanister-tools', push, 'Succeeded');
      expect(await logOf('mover')).toContain('stored\n');
    } finally {
      await store.close();
      await rm(folder, { recursive: true });
    }
  });

  it('runs DeploymentConfigs, with the controller of the tests', async () => {
    expect(await rollOutTwice(kubernetes, namespace)).toEqual([
      { name: 'web-1', replicas: 0, version: '1' },
      { name: 'web-2', replicas: 1, version: '2' },
    ]);
  });

  it('is the version that it says, and its kubectl too', async () => {
    const version = await kubernetes.raw<{ gitVersion: string }>('/version');
    expect(version.gitVersion).toBe('v1.34.1');
    expect(await readFile(facts.kubeconfig, 'utf8')).toContain(facts.server);
  });
});
