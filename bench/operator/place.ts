import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { CustomResourceDefinition } from '../../src/api/kanister/custom-resource-definition.ts';
import { kanisterCrds } from '../../src/api/kanister/crds.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import { getIfThere } from '../../src/kubernetes/get-if-there.ts';
import { loadKubeConfig } from '../../src/kubernetes/load-kube-config.ts';
import type { ObjectMeta } from '../../src/kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from '../../src/kubernetes/resources.ts';
import type { Transport } from '../../src/kubernetes/transport.ts';
import type { SuiteOptions } from '../suite.ts';
import { asServiceAccount } from './as-service-account.ts';
import { pathOf, startProgram } from './program.ts';

/** An API server, and a namespace of its own in it that goes when it is closed. */
export interface Place {
  kubeconfig: string;
  namespace: string;
  transport: Transport;
  client: KubernetesClient;
  close(): Promise<void>;
}

/** The given cluster, or the sandbox in a process of its own: its API server alone, or with controllers and a node that runs `pods`. */
export async function openPlace(
  { cluster }: SuiteOptions,
  { pods = false }: { pods?: boolean } = {},
): Promise<Place> {
  const ends: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    ends.push(() => rm(folder, { recursive: true }));
    const given = cluster === undefined ? await inSandbox(folder, pods, ends) : await onCluster(cluster);
    const { transport, client } = await connect(given, ends);
    const namespace = `bench-${randomBytes(4).toString('hex')}`;
    // A cluster is left as it was found; a sandbox goes as a whole.
    const before = await crdsOf(client);
    if (cluster !== undefined) ends.push(() => restoreCrds(client, before));
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    if (cluster === undefined) return { kubeconfig: given, namespace, transport, client, close };
    ends.push(() => removeNamespace(client, namespace));
    const kubeconfig = await asServiceAccount({
      client,
      transport,
      namespace,
      kubeconfig: given,
      folder,
      ends,
    });
    return { kubeconfig, namespace, ...(await connect(kubeconfig, ends)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function connect(
  kubeconfig: string,
  ends: (() => Promise<unknown>)[],
): Promise<Pick<Place, 'transport' | 'client'>> {
  const { transport } = await loadKubeConfig({ env: {}, clock: systemClock, kubeconfig });
  const client = createClient(transport, { clock: systemClock });
  ends.push(() => client.close());
  return { transport, client };
}

async function inSandbox(folder: string, pods: boolean, ends: (() => Promise<unknown>)[]): Promise<string> {
  const kubeconfig = join(folder, 'kubeconfig');
  const server = startProgram(
    pods
      ? [pathOf('bench/operator/sandbox.ts'), join(folder, 'sandbox'), kubeconfig]
      : [pathOf('bench/operator/api-server.ts'), kubeconfig],
  );
  ends.push(() => server.stop());
  await server.said('listening');
  return kubeconfig;
}

async function onCluster(file: string): Promise<string> {
  const { kubeconfig }: { kubeconfig: string } = JSON.parse(await readFile(file, 'utf8'));
  return kubeconfig;
}

type InstalledCrd = CustomResourceDefinition & { metadata: ObjectMeta };
/** By name; undefined where there is none. */
type Crds = Map<string, InstalledCrd | undefined>;

async function crdsOf(client: KubernetesClient): Promise<Crds> {
  const found: Crds = new Map();
  for (const { metadata } of kanisterCrds) {
    found.set(metadata.name, await getIfThere(client, CUSTOM_RESOURCE_DEFINITIONS, metadata));
  }
  return found;
}

async function restoreCrds(client: KubernetesClient, before: Crds): Promise<void> {
  for (const [name, found] of await crdsOf(client)) {
    const earlier = before.get(name);
    if (found && !earlier) await client.delete(CUSTOM_RESOURCE_DEFINITIONS, { name });
    if (!found || !earlier || isDeepStrictEqual(found.spec, earlier.spec)) continue;
    const { annotations } = earlier.metadata;
    await client.replace(CUSTOM_RESOURCE_DEFINITIONS, {
      ...found,
      metadata: { ...found.metadata, ...(annotations && { annotations }) },
      spec: earlier.spec,
    });
  }
}

async function removeNamespace(client: KubernetesClient, name: string): Promise<void> {
  await client.delete(NAMESPACES, { name });
  const deadline = performance.now() + PATIENCE;
  while (await getIfThere(client, NAMESPACES, { name })) {
    if (performance.now() > deadline) throw new Error(`namespace ${name} is still being deleted`);
    await systemClock.sleep(500);
  }
}

const PATIENCE = 5 * 60_000;
