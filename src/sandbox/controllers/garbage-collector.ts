import { isConflict, isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject, OwnerReference, ResourceType } from '../../kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../kubernetes/resources.ts';
import { createQueue } from './controller.ts';
import type { ControllerContext } from './controller.ts';
import type { ResourceEvent } from './informer.ts';
import { createOwnerGraph } from './owner-graph.ts';
import type { Entry, OwnerGraph } from './owner-graph.ts';
import { nameIn } from './pod-set.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/**
 * Deletes what its owners have left behind, and lets owners go that wait for their dependents (foreground) or for being
 * forgotten by them (orphan). Follows every resource there is, and those that CustomResourceDefinitions add.
 */
export async function runGarbageCollector(context: ControllerContext): Promise<void> {
  const { informers } = context;
  const graph = createOwnerGraph();
  const queue = createQueue(
    {
      name: 'garbage collector',
      async reconcile({ name: uid }) {
        const entry = graph.get(uid);
        if (entry) await collect(context, graph, entry);
        return undefined;
      },
    },
    context,
  );
  const add = (uid: string | undefined): void => queue.add(`/${uid ?? ''}`);

  const onEvent = (type: ResourceType, { type: change, object }: ResourceEvent): void => {
    if (change === 'DELETED') {
      for (const dependent of graph.remove(object)) add(dependent.object.metadata?.uid);
      // Owners that wait for their dependents may be able to go.
      for (const { uid } of ownersOf(object)) add(uid);
      return;
    }
    graph.put({ type, object });
    if (ownersOf(object).length > 0 || waitsForDependents(object)) add(object.metadata?.uid);
    // An owner in the foreground waits for those that still block it.
    for (const { uid } of ownersOf(object)) if (graph.get(uid)?.object.metadata?.deletionTimestamp) add(uid);
  };

  const following = new Set<string>();
  const followNewTypes = async (): Promise<void> => {
    for (const type of context.types()) {
      const name = `${type.group}/${type.resource}`;
      if (following.has(name) || type.group === 'events.k8s.io' || !type.verbs.includes('delete')) continue;
      following.add(name);
      const informer = await informers.of(type);
      informer.subscribe((event) => onEvent(type, event));
    }
  };
  const definitions = await informers.of(CUSTOM_RESOURCE_DEFINITIONS);
  await followNewTypes();
  definitions.subscribe(() => {
    followNewTypes().catch((error: unknown) => {
      if (!context.signal.aborted) context.log(`garbage collector: ${String(error)}`);
    });
  });
  await queue.run();
}

const ownersOf = ({ metadata }: KubernetesObject): OwnerReference[] => metadata?.ownerReferences ?? [];

const waitsForDependents = ({ metadata }: KubernetesObject): boolean =>
  metadata?.deletionTimestamp !== undefined &&
  (metadata.finalizers ?? []).some((finalizer) => finalizer === FOREGROUND || finalizer === ORPHAN);

async function collect(context: ControllerContext, graph: OwnerGraph, entry: Entry): Promise<void> {
  const { client } = context;
  const { type, object } = entry;
  const finalizers = object.metadata?.finalizers ?? [];
  if (object.metadata?.deletionTimestamp) {
    const dependents = graph.dependentsOf(object.metadata.uid ?? '');
    if (finalizers.includes(ORPHAN)) await orphan(client, entry, dependents);
    else if (finalizers.includes(FOREGROUND)) await deleteDependents(client, entry, dependents);
    return;
  }
  const owners = ownersOf(object);
  if (owners.length === 0) return;
  await reportForeignOwners(context, graph, entry);
  const states = await Promise.all(owners.map((owner) => stateOf(context, owner, entry)));
  if (states.includes('present')) {
    const left = owners.filter((_owner, index) => states[index] === 'present');
    if (left.length < owners.length) await setOwners(client, entry, left);
    return;
  }
  if (states.includes('waiting')) {
    await followIntoForeground(client, graph, entry);
    return;
  }
  const policy = finalizers.includes(ORPHAN)
    ? 'Orphan'
    : finalizers.includes(FOREGROUND)
      ? 'Foreground'
      : 'Background';
  await remove(client, { type, object }, policy);
}

/** An owner that is deleted in the foreground takes its dependents along in the same way, where they have some themselves. */
async function followIntoForeground(
  client: KubernetesClient,
  graph: OwnerGraph,
  entry: Entry,
): Promise<void> {
  const own = graph.dependentsOf(entry.object.metadata?.uid ?? '');
  const waits = own.filter(({ object }) => waitsForDependents(object));
  // A circle of owners would wait for itself for ever.
  if (waits.length > 0) await unblock(client, entry);
  await remove(client, entry, own.length > 0 ? 'Foreground' : 'Background');
}

async function unblock(client: KubernetesClient, { type, object }: Entry): Promise<void> {
  const owners = ownersOf(object).map((owner) => ({ ...owner, blockOwnerDeletion: false }));
  await setOwners(client, { type, object }, owners);
}

/** An owner has to be in the same namespace, or in none. One elsewhere does not count, and its dependent is told. */
async function reportForeignOwners(
  { events }: ControllerContext,
  graph: OwnerGraph,
  { type, object }: Entry,
): Promise<void> {
  const namespace = object.metadata?.namespace ?? '';
  for (const owner of ownersOf(object)) {
    const found = graph.get(owner.uid);
    if (!found?.type.namespaced || found.object.metadata?.namespace === namespace) continue;
    const identity = `[${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}]`;
    await events(type, object, {
      type: 'Warning',
      reason: 'OwnerRefInvalidNamespace',
      message: `ownerRef ${identity} does not exist in namespace "${namespace}"`,
      component: 'garbage-collector-controller',
    });
  }
}

/** Asks the server, not the informers: what is deleted because its owner is missing does not come back. */
async function stateOf(
  { client, types }: ControllerContext,
  owner: OwnerReference,
  { object, type: dependentType }: Entry,
): Promise<'present' | 'waiting' | 'gone'> {
  const [version = '', group = ''] = owner.apiVersion.split('/').toReversed();
  const type = types().find((served) => served.kind === owner.kind && served.group === group);
  // Of a kind that nobody serves it cannot be said that it is gone.
  if (!type) return 'present';
  // What belongs to no namespace can't be owned by what does.
  if (type.namespaced && !dependentType.namespaced) return 'present';
  try {
    const name = {
      name: owner.name,
      ...(type.namespaced && { namespace: object.metadata?.namespace ?? '' }),
    };
    const { metadata } = await client.get({ ...type, version }, name);
    if (metadata?.uid !== owner.uid) return 'gone';
    const foreground = metadata.deletionTimestamp && metadata.finalizers?.includes(FOREGROUND);
    return foreground ? 'waiting' : 'present';
  } catch (error) {
    if (isNotFound(error)) return 'gone';
    throw error;
  }
}

async function deleteDependents(client: KubernetesClient, owner: Entry, dependents: Entry[]): Promise<void> {
  const uid = owner.object.metadata?.uid;
  for (const dependent of dependents) {
    if (dependent.object.metadata?.deletionTimestamp) continue;
    const others = ownersOf(dependent.object).filter((reference) => reference.uid !== uid);
    if (others.length > 0) await setOwners(client, dependent, others);
    else await remove(client, dependent, 'Foreground');
  }
  const blocking = dependents.some(({ object }) =>
    ownersOf(object).some((reference) => reference.uid === uid && reference.blockOwnerDeletion === true),
  );
  if (!blocking) await releaseFrom(client, owner, FOREGROUND);
}

async function orphan(client: KubernetesClient, owner: Entry, dependents: Entry[]): Promise<void> {
  for (const dependent of dependents) {
    const left = ownersOf(dependent.object).filter(({ uid }) => uid !== owner.object.metadata?.uid);
    await setOwners(client, dependent, left);
  }
  await releaseFrom(client, owner, ORPHAN);
}

async function releaseFrom(
  client: KubernetesClient,
  { type, object }: Entry,
  finalizer: string,
): Promise<void> {
  const finalizers = (object.metadata?.finalizers ?? []).filter((name) => name !== finalizer);
  const { resourceVersion } = object.metadata ?? {};
  const body = { metadata: { finalizers, ...(resourceVersion !== undefined && { resourceVersion }) } };
  await client.patch(type, nameIn(type, object), { type: 'merge', body });
}

async function setOwners(
  client: KubernetesClient,
  { type, object }: Entry,
  owners: OwnerReference[],
): Promise<void> {
  const uid = object.metadata?.uid;
  const body = { metadata: { ownerReferences: owners, ...(uid !== undefined && { uid }) } };
  try {
    await client.patch(type, nameIn(type, object), { type: 'merge', body });
  } catch (error) {
    // It is gone, or another of its name has come.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

async function remove(
  client: KubernetesClient,
  { type, object }: Entry,
  propagationPolicy: 'Background' | 'Foreground' | 'Orphan',
): Promise<void> {
  const { uid, resourceVersion } = object.metadata ?? {};
  // Whoever changed its owners meanwhile is heard first.
  const preconditions = {
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
  try {
    await client.delete(type, nameIn(type, object), { propagationPolicy, preconditions });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
