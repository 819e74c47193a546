import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { kanisterCrds } from '../../../src/api/kanister/crds.ts';
import { API_VERSION, BLUEPRINTS } from '../../../src/api/kanister/types.ts';
import type { Blueprint } from '../../../src/api/kanister/types.ts';
import { isNotFound } from '../../../src/kubernetes/api-error.ts';
import { systemClock } from '../../../src/kubernetes/clock.ts';
import { getIfThere } from '../../../src/kubernetes/get-if-there.ts';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
} from '../../../src/kubernetes/resources.ts';
import { openS3 } from '../../../src/objectstore/s3.ts';
import type { ObjectStore } from '../../../src/objectstore/object-store.ts';
import { waitUntil } from '../../demo/wait-until.ts';
import { IMAGES } from '../../integration/images.ts';
import type { TestCluster } from '../../integration/test-cluster.ts';
import { BLUEPRINT, ledgerOf, PURGED, type Site, works } from './works.ts';

const CLAIM = 'ledger';
const TARGET = 'target';
const { signal } = new AbortController();
const patience = (what: string) => ({ what, clock: systemClock, signal, timeout: 120_000 });

/** Where what operators do can be seen: a ledger that outlives pods and processes, workloads, and an object store. */
export interface Workplace {
  cluster: TestCluster;
  /** All that one run needs, in a namespace of its own for its operators. */
  createSite(): Promise<Site>;
  /** What the run's commands have written: `begin` or `end`, the key of the command, its host. */
  readLedger(site: Site): Promise<string[]>;
  deploymentOf(site: Site): Promise<Deployment>;
  /** Keys below the run's prefix. */
  storedKeys(site: Site): Promise<string[]>;
  close(): void;
}

export interface Deployment extends KubernetesObject {
  spec?: { replicas?: number };
  status?: { readyReplicas?: number };
}

type Pod = KubernetesObject & { status?: { phase?: string } };
type WithSpec = KubernetesObject & { spec: object };

/** Objects that a run is to delete, and one that it is not. */
const STORED = [`${PURGED}/a`, `${PURGED}/b`, `${PURGED}-not`];

export async function openWorkplace(cluster: TestCluster): Promise<Workplace> {
  const { client } = cluster;
  await installMissingCrds(cluster);
  const store = await openStoreOf(cluster);
  const workplace = await cluster.createNamespace();
  await client.create<WithSpec>(PERSISTENT_VOLUME_CLAIMS, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: CLAIM, namespace: workplace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  await client.create<WithSpec>(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: TARGET, namespace: workplace },
    spec: {
      ...sleeping,
      containers: [{ ...sleeping.containers[0], volumeMounts: [{ name: 'ledger', mountPath: '/ledger' }] }],
      volumes: [{ name: 'ledger', persistentVolumeClaim: { claimName: CLAIM } }],
    },
  });
  await waitUntil(async () => {
    const { status } = await client.get<Pod>(PODS, { name: TARGET, namespace: workplace });
    return status?.phase === 'Running' || (status?.phase ?? 'no phase');
  }, patience('the pod with the ledger'));

  return {
    cluster,
    async createSite() {
      const namespace = await cluster.createNamespace();
      const site: Site = { namespace, workplace, claim: CLAIM, target: TARGET, deployment: namespace };
      await cluster.createProfile(namespace);
      await client.create<WithSpec>(DEPLOYMENTS, deployment(site));
      for (const key of STORED) await store.put(`${namespace}/${key}`, content());
      const actions = Object.assign({}, ...works(site).map((work) => work.actions));
      await client.create<Blueprint>(BLUEPRINTS, {
        apiVersion: API_VERSION,
        kind: 'Blueprint',
        metadata: { name: BLUEPRINT, namespace },
        actions,
      });
      await waitUntil(async () => {
        const { status } = await client.get<Deployment>(DEPLOYMENTS, {
          name: namespace,
          namespace: workplace,
        });
        return status?.readyReplicas === 1 || 'not ready';
      }, patience('a Deployment to scale'));
      return site;
    },
    async readLedger(site) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const outputs = Promise.all([text(stdout), text(stderr)]);
      const command = ['sh', '-c', `touch ${ledgerOf(site)} && cat ${ledgerOf(site)}`];
      const { exitCode } = await client.exec(
        { namespace: workplace, name: TARGET },
        { command, stdout, stderr },
      );
      stdout.end();
      stderr.end();
      const [ledger, complaint] = await outputs;
      if (exitCode !== 0) throw new Error(`the ledger can't be read: ${complaint}`);
      return ledger.split('\n').filter((line) => line !== '');
    },
    deploymentOf: (site) =>
      client.get<Deployment>(DEPLOYMENTS, { name: site.deployment, namespace: workplace }),
    async storedKeys({ namespace }) {
      const keys = await Array.fromAsync(store.list(`${namespace}/`));
      return keys.map(({ key }) => key.slice(namespace.length + 1));
    },
    close: () => store.close(),
  };
}

/** Those that are there stay: others may use the cluster at the same time. */
async function installMissingCrds({ client }: TestCluster): Promise<void> {
  for (const crd of kanisterCrds) {
    if (!(await getIfThere(client, CUSTOM_RESOURCE_DEFINITIONS, crd.metadata)))
      await client.create(CUSTOM_RESOURCE_DEFINITIONS, crd);
  }
  await waitUntil(async () => {
    try {
      await client.list(BLUEPRINTS, { limit: 1 });
      return true;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return 'not served';
    }
  }, patience('the custom resources'));
}

function openStoreOf({ store }: TestCluster): Promise<ObjectStore> {
  const { endpoint, bucket, region, accessKey: accessKeyId, secretKey: secretAccessKey } = store;
  return openS3(
    { endpoint, bucket, region, credentials: { accessKeyId, secretAccessKey }, skipSslVerify: false },
    {},
  );
}

async function* content(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('something');
}

const sleeping = {
  terminationGracePeriodSeconds: 1,
  containers: [{ name: 'main', image: IMAGES.shell, command: ['sleep', '86400'] }],
};

const deployment = ({ deployment: name, workplace }: Site): WithSpec => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: workplace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: sleeping },
  },
});
