import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotFound } from '../../../src/kubernetes/api-error.ts';
import type { KubernetesClient } from '../../../src/kubernetes/client.ts';
import { systemClock } from '../../../src/kubernetes/clock.ts';
import { createClient } from '../../../src/kubernetes/create-client.ts';
import { loadKubeConfig } from '../../../src/kubernetes/load-kube-config.ts';
import type { KubernetesObject, ResourceType } from '../../../src/kubernetes/objects.ts';
import { NODES, SERVICE_ACCOUNTS } from '../../../src/kubernetes/resources.ts';
import { createRestMapping, NoSuchResource } from '../../../src/kubernetes/rest-mapping.ts';
import type { Transport } from '../../../src/kubernetes/transport.ts';
import { waitUntil } from '../../demo/wait-until.ts';
import { openImageStore } from '../images/image-store.ts';
import { startRegistry } from '../images/registry.ts';
import { CSI_DRIVER, NODE_NAME } from '../plan.ts';
import type { ClusterPlan } from '../plan.ts';
import type { Components } from './components.ts';
import { apiServer, controllers, writeIdentity } from './control-plane.ts';
import { nameServer, nameServiceObjects } from './dns.ts';
import { prepareMounts } from './mounts.ts';
import { isConnected, prepareNetwork } from './network.ts';
import { containerRuntime, nodeAgents, REGISTRY_PORT } from './node.ts';
import {
  snapshotClasses,
  snapshotDefinitions,
  storageControllers,
  storageDriver,
  storageObjects,
} from './storage.ts';

export interface BringUpOptions {
  components: Components;
  /** Aborting it ends every wait. */
  signal: AbortSignal;
  /** Told of each step. */
  reached: (what: string) => void;
}

/**
 * Starts everything, in the order of what needs what, and waits until all of it serves.
 * @throws {Error} with the last lines of a component that ended, or what was waited for in vain.
 */
export async function bringUp(
  plan: ClusterPlan,
  { components, signal, reached }: BringUpOptions,
): Promise<void> {
  const until = (what: string, look: () => Promise<true | string>) => waitFor(what, look, components, signal);
  await prepareMounts(join(plan.folders.run, 'node'), plan.path);
  await until('the machine connects the cluster', () => isConnected(plan));
  await prepareNetwork(plan);
  const identity = await writeIdentity(plan);
  await mkdir(join(plan.folders.run, 'volumes'), { recursive: true });
  start(components, apiServer(plan, identity));
  start(components, await containerRuntime(plan));
  await startRegistry({
    store: await openImageStore(plan.folders.images),
    images: plan.images,
    host: '127.0.0.1',
    port: REGISTRY_PORT,
    onError: (error) => process.stderr.write(`registry: ${String(error)}\n`),
  });
  reached('namespaces, certificates and registry');

  const loaded = await loadKubeConfig({ env: {}, clock: systemClock, kubeconfig: plan.folders.kubeconfig });
  const kubernetes = createClient(loaded.transport, { clock: systemClock });
  await until('the API server is ready', () => isReady(loaded.transport, signal));
  reached('API server');

  start(components, controllers(plan, identity));
  start(components, await nodeAgents(plan, identity));
  start(components, await nameServer(plan, identity));
  start(components, storageDriver(plan));
  await apply(
    kubernetes,
    [...(await snapshotDefinitions(plan)), ...storageObjects(), ...nameServiceObjects(plan)],
    until,
  );
  start(components, storageControllers(plan, identity));
  await apply(kubernetes, snapshotClasses(), until);
  reached('objects of storage and names');

  await until('the default service account', () =>
    exists(kubernetes, SERVICE_ACCOUNTS, { name: 'default', namespace: 'default' }),
  );
  reached('controllers');
  await until('the node is ready', () => isNodeReady(kubernetes));
  reached('node');
  await until('the storage driver is registered', () => isDriverRegistered(kubernetes));
  await until('names are served', isNameServerReady);
  reached('storage and names');
  await kubernetes.close();
}

function start(into: Components, commands: Record<string, string[]>): void {
  for (const [name, command] of Object.entries(commands)) into.start(name, command);
}

type Wait = (what: string, look: () => Promise<true | string>) => Promise<void>;

/** A component that ends meanwhile ends the wait. */
async function waitFor(
  what: string,
  look: () => Promise<true | string>,
  components: Components,
  signal: AbortSignal,
): Promise<void> {
  const died = new AbortController();
  const either = AbortSignal.any([signal, died.signal]);
  await waitUntil(
    async () => {
      await components.requireRunning().catch((error: unknown) => died.abort(error));
      return look();
    },
    { clock: systemClock, signal: either, what, timeout: 120_000 },
  );
}

/** `/readyz` answers in plain text. */
async function isReady(transport: Transport, signal: AbortSignal): Promise<true | string> {
  const { status, body } = await transport.send({ method: 'GET', path: '/readyz', signal });
  body.resume();
  return status === 200 || `/readyz answers ${status}`;
}

async function exists(
  kubernetes: KubernetesClient,
  type: ResourceType,
  object: { name: string; namespace?: string },
): Promise<true | string> {
  try {
    await kubernetes.get(type, object);
    return true;
  } catch (error) {
    if (isNotFound(error)) return `there is no ${type.kind} ${object.name} yet`;
    throw error;
  }
}

async function isNodeReady(kubernetes: KubernetesClient): Promise<true | string> {
  const node = await kubernetes.get<
    KubernetesObject & { status?: { conditions?: { type: string; status: string; message?: string }[] } }
  >(NODES, { name: NODE_NAME });
  const condition = node.status?.conditions?.find(({ type }) => type === 'Ready');
  return condition?.status === 'True' || (condition?.message ?? 'the node has no condition yet');
}

async function isDriverRegistered(kubernetes: KubernetesClient): Promise<true | string> {
  const node = await kubernetes.get<KubernetesObject & { spec?: { drivers?: { name: string }[] } }>(
    CSI_NODES,
    {
      name: NODE_NAME,
    },
  );
  return node.spec?.drivers?.some(({ name }) => name === CSI_DRIVER) || 'the node has no driver yet';
}

const CSI_NODES: ResourceType = {
  group: 'storage.k8s.io',
  version: 'v1',
  resource: 'csinodes',
  kind: 'CSINode',
  namespaced: false,
};

async function isNameServerReady(): Promise<true | string> {
  const { status } = await fetch('http://127.0.0.1:8181/ready');
  return status === 200 || `CoreDNS answers ${status}`;
}

/** Creates objects that a kept state may have already; waits for kinds that were defined a moment ago. */
async function apply(kubernetes: KubernetesClient, objects: KubernetesObject[], until: Wait): Promise<void> {
  const mapping = createRestMapping(kubernetes);
  for (const object of objects) {
    await until(`${object.kind} ${object.metadata?.name} can be created`, async () => {
      try {
        const type = await mapping.byKind(object.apiVersion ?? '', object.kind ?? '');
        const { name = '', namespace } = object.metadata ?? {};
        // Asked first: a Service that exists is refused for its address before it is for its name.
        if ((await exists(kubernetes, type, { name, ...(namespace && { namespace }) })) === true) return true;
        await kubernetes.create(type, object);
      } catch (error) {
        const isUnknown = error instanceof NoSuchResource || isNotFound(error);
        if (!isUnknown) throw error;
        return `the server does not know ${object.kind} yet`;
      }
      return true;
    });
  }
}
