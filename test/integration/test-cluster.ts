import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { functions } from '../../src/functions/index.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import { loadKubeConfig } from '../../src/kubernetes/load-kube-config.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { NAMESPACES, SECRETS, SERVICE_ACCOUNTS } from '../../src/kubernetes/resources.ts';
import { ApiError, isNotFound } from '../../src/kubernetes/api-error.ts';
import { PROFILES } from '../../src/api/kanister/types.ts';
import { postgresImages } from '../demo/postgres-images.ts';
import { locatePostgres } from '../demo/postgresql.ts';
import { createOperatorBed } from '../support/operator-bed.ts';
import type { OperatorBed, RunningOperator } from '../support/operator-bed.ts';
import { startS3Server } from '../../src/sandbox/s3/server.ts';
import type { SandboxObjectStore } from '../../src/sandbox/sandbox-profile.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { readIntegrationSettings } from './settings.ts';

/** A cluster with nodes that run pods, and an object store that those pods reach. What a suite does is the same on each. */
export interface TestCluster {
  kind: 'sandbox' | 'cluster';
  client: KubernetesClient;
  kubeconfig: string;
  store: SandboxObjectStore;
  /** A new one whose default service account is there; deleted when the cluster closes. */
  createNamespace(): Promise<string>;
  /** A bed for operators in a namespace of its own. */
  createBed(): Promise<OperatorBed>;
  /** Starts an operator with all functions. */
  startOperator(bed: OperatorBed, identity?: string, fate?: 'doomed'): RunningOperator;
  /** A Profile for the object store; returns its name. */
  createProfile(namespace: string): Promise<string>;
  close(): Promise<void>;
}

/** How `npm run cluster:up` describes what it brought up. */
interface ClusterFile {
  kubeconfig: string;
  /** Where this machine is, as the cluster's pods see it. */
  hostAddress: string;
}

/** The given cluster, or the one that the environment names, or a sandbox; `rbac` has that enforce its roles, as the cluster does. */
export async function openTestCluster({
  rbac = false,
  cluster = readIntegrationSettings(process.env).cluster,
}: { rbac?: boolean; cluster?: string | undefined } = {}): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'integration-'));
  const ends: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const place =
    cluster === undefined ? await inSandbox(folder, rbac, ends) : await onCluster(cluster, folder, ends);
  const { client, store } = place;
  const createNamespace = async () => {
    const name = `it-${randomBytes(4).toString('hex')}`;
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    ends.push(() =>
      client.delete(NAMESPACES, { name }).catch((error: unknown) => {
        // A test may have deleted it.
        if (!isNotFound(error)) throw error;
      }),
    );
    await defaultAccount(client, name);
    return name;
  };

  return {
    ...place,
    createNamespace,
    async createBed() {
      const namespace = await createNamespace();
      const bed = await createOperatorBed({
        client,
        namespace,
        patience: 90_000,
        close: async () => undefined,
      });
      ends.push(() => bed.close());
      return bed;
    },
    startOperator: (bed, identity, fate) =>
      bed.start(
        {
          functions: [...functions],
          env: { POD_SERVICE_ACCOUNT: 'default' },
          ...(identity !== undefined && { identity }),
        },
        fate,
      ),
    async createProfile(namespace) {
      const name = 'store';
      await client.create<KubernetesObject & { stringData: object }>(SECRETS, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace },
        stringData: { key: store.accessKey, secret: store.secretKey },
      });
      await client.create<KubernetesObject & { location: object; credential: object }>(PROFILES, {
        apiVersion: 'cr.kanister.io/v1alpha1',
        kind: 'Profile',
        metadata: { name, namespace },
        location: {
          type: 's3Compliant',
          bucket: store.bucket,
          endpoint: store.endpoint,
          region: store.region,
          prefix: namespace,
        },
        credential: {
          type: 'keyPair',
          keyPair: { idField: 'key', secretField: 'secret', secret: { name, namespace } },
        },
        skipSSLVerify: false,
      } as KubernetesObject & { location: object; credential: object });
      return name;
    },
    async close() {
      // Operators end before the namespaces that they work in.
      for (const end of ends.toReversed()) await end();
    },
  };
}

type Place = Pick<TestCluster, 'kind' | 'client' | 'kubeconfig' | 'store'>;
type Ends = (() => Promise<unknown>)[];

async function inSandbox(folder: string, rbac: boolean, ends: Ends): Promise<Place> {
  await chmod(folder, 0o711); // PostgreSQL runs as another user when this one is root
  const sandbox = await startSandbox({ folder, rbac });
  ends.push(() => sandbox.stop());
  // Where there is no PostgreSQL, only the test that runs one needs it, and says so by its image.
  const search = {
    cacheFolder: sandbox.imagesFolder,
    source: 'system',
    path: process.env['PATH'] ?? '',
  } as const;
  const postgres = await locatePostgres(search).catch(() => undefined);
  for (const image of postgres ? await postgresImages(postgres, sandbox) : []) sandbox.addImage(image);
  if (!sandbox.s3) throw new Error('the sandbox has no object store');
  return { kind: 'sandbox', client: sandbox.client, kubeconfig: sandbox.kubeconfig, store: sandbox.s3 };
}

async function onCluster(file: string, folder: string, ends: Ends): Promise<Place> {
  const { kubeconfig, hostAddress } = JSON.parse(await readFile(file, 'utf8')) as ClusterFile;
  const { transport } = await loadKubeConfig({ env: {}, kubeconfig, clock: systemClock });
  const client = createClient(transport, { clock: systemClock });
  ends.push(() => client.close());
  const keys = { accessKey: 'INTEGRATION', secretKey: randomBytes(20).toString('hex') };
  const [bucket, region] = ['integration', 'us-east-1'];
  const server = await startS3Server({
    folder: join(folder, 's3'),
    host: hostAddress,
    region,
    credentials: [{ accessKeyId: keys.accessKey, secretAccessKey: keys.secretKey }],
    onError: (error) => process.stderr.write(`object store: ${String(error)}\n`),
  });
  ends.push(() => server.close());
  await server.ensureBucket(bucket);
  return {
    kind: 'cluster',
    client,
    kubeconfig,
    store: { endpoint: server.endpoint, bucket, region, ...keys },
  };
}

/** A controller makes it a moment after the namespace, and pods cannot be created without it. */
async function defaultAccount(client: KubernetesClient, namespace: string): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    const found = await client
      .get(SERVICE_ACCOUNTS, { namespace, name: 'default' })
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.code === 404) return undefined;
        throw error;
      });
    if (found) return;
    await systemClock.sleep(20);
  }
  throw new Error(`namespace ${namespace} has no default service account`);
}
