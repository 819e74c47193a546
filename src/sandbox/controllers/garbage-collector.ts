import { isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { KubernetesObject, OwnerReference, ResourceType } from '../../kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../kubernetes/resources.ts';
import { followResource } from './controller.ts';
import type { ControllerContext, ResourceEvent } from './controller.ts';
import { listResourceTypes } from './list-resource-types.ts';
import { find } from './pod-set.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';
const RETRY = 500;

/** An object as far as ownership goes. */
interface Entry {
  type: ResourceType;
  object: KubernetesObject;
}

/**
 * Deletes what its owners have left behind, and lets owners go that wait for their dependents (foreground) or for being
 * forgotten by them (orphan). Follows every resource there is, and those that CustomResourceDefinitions add.
 */
export async function runGarbageCollector(context: ControllerContext): Promise<void> {
  const { client, clock, signal, log } = context;
  const known = new Map<string, Entry>();
  const due = new Set<string>();
  let wake: (() => void) | undefined;
  const add = (uid: string) => {
    due.add(uid);
    wake?.();
  };
  signal.addEventListener('abort', () => wake?.(), { once: true });

  /** Owner → those that name it, so that an end is not a search through everything. */
  const dependents = new Map<string, Set<string>>();
  const dependentsOf = (uid: string): Entry[] =>
    [...(dependents.get(uid) ?? [])].flatMap((dependent) => known.get(dependent) ?? []);
  const unlink = (uid: string): void => {
    const entry = known.get(uid);
    for (const owner of entry ? ownersOf(entry.object) : []) {
      const others = dependents.get(owner.uid);
      others?.delete(uid);
      if (others?.size === 0) dependents.delete(owner.uid);
    }
  };
  const link = (uid: string, object: KubernetesObject): void => {
    for (const owner of ownersOf(object)) {
      dependents.set(owner.uid, (dependents.get(owner.uid) ?? new Set()).add(uid));
    }
  };

  const onEvent = (type: ResourceType, event: ResourceEvent): void => {
    const uid = event.object.metadata?.uid ?? '';
    unlink(uid);
    if (event.type === 'DELETED') {
      known.delete(uid);
      for (const { object } of dependentsOf(uid)) add(object.metadata?.uid ?? '');
      // Owners that wait for their dependents may be able to go.
      for (const owner of ownersOf(event.object)) add(owner.uid);
      return;
    }
    known.set(uid, { type, object: event.object });
    link(uid, event.object);
    if (ownersOf(event.object).length > 0 || waitsForDependents(event.object)) add(uid);
  };

  const following = new Map<string, AbortController>();
  const followers: Promise<void>[] = [];
  async function followNewTypes(): Promise<void> {
    const types = (await listResourceTypes(client)).filter(
      ({ group, verbs }) => group !== 'events.k8s.io' && verbs.includes('delete'),
    );
    const served = new Set(types.map(({ group, resource }) => `${group}/${resource}`));
    for (const [name, stop] of following) {
      if (served.has(name)) continue;
      stop.abort();
      following.delete(name);
    }
    for (const type of types) {
      const name = `${type.group}/${type.resource}`;
      if (following.has(name)) continue;
      const stop = new AbortController();
      following.set(name, stop);
      const scope = { ...context, signal: AbortSignal.any([signal, stop.signal]) };
      followers.push(followResource(type, scope, { onEvent: (event) => onEvent(type, event) }));
    }
  }

  async function work(): Promise<void> {
    while (!signal.aborted) {
      const [uid] = due;
      if (uid === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      due.delete(uid);
      const entry = known.get(uid);
      if (!entry) continue;
      try {
        await collect(client, entry, dependentsOf(uid), known);
      } catch (error) {
        if (signal.aborted) return;
        if (!isNotFound(error))
          log(
            `garbage collector: ${entry.type.resource} ${entry.object.metadata?.name ?? ''}: ${String(error)}`,
          );
        clock.sleep(RETRY, signal).then(
          () => add(uid),
          () => {
            // Stopped: nothing is due any more.
          },
        );
      }
    }
  }

  await Promise.all([
    work(),
    followResource(CUSTOM_RESOURCE_DEFINITIONS, context, {
      onSync: () => undefined,
      onEvent: followNewTypes,
    }),
    followNewTypes(),
  ]);
  await Promise.all(followers);
}

const ownersOf = ({ metadata }: KubernetesObject): OwnerReference[] => metadata?.ownerReferences ?? [];

const waitsForDependents = ({ metadata }: KubernetesObject): boolean =>
  metadata?.deletionTimestamp !== undefined &&
  (metadata.finalizers ?? []).some((finalizer) => finalizer === FOREGROUND || finalizer === ORPHAN);

async function collect(
  client: KubernetesClient,
  { type, object }: Entry,
  dependents: Entry[],
  known: Map<string, Entry>,
): Promise<void> {
  const finalizers = object.metadata?.finalizers ?? [];
  if (object.metadata?.deletionTimestamp) {
    if (finalizers.includes(ORPHAN)) await orphan(client, { type, object }, dependents);
    else if (finalizers.includes(FOREGROUND)) await deleteDependents(client, { type, object }, dependents);
    return;
  }
  const owners = ownersOf(object);
  if (owners.length === 0) return;
  const states = await Promise.all(owners.map((owner) => stateOf(client, owner, object, known)));
  if (states.includes('present')) {
    const left = owners.filter((_owner, index) => states[index] !== 'gone');
    if (left.length < owners.length) await setOwners(client, { type, object }, left);
    return;
  }
  // An owner that is deleted in the foreground takes its dependents along in the same way.
  const policy = states.includes('deleting') ? 'Foreground' : 'Background';
  await remove(client, { type, object }, policy);
}

async function stateOf(
  client: KubernetesClient,
  owner: OwnerReference,
  dependent: KubernetesObject,
  known: Map<string, Entry>,
): Promise<'present' | 'deleting' | 'gone'> {
  const cached = known.get(owner.uid);
  const type = cached?.type ?? (await typeOf(client, owner));
  if (!type) return 'gone';
  const namespace = dependent.metadata?.namespace;
  const found = await find(client, type, {
    name: owner.name,
    ...(type.namespaced && { namespace: namespace ?? '' }),
  });
  if (found?.metadata?.uid !== owner.uid) return 'gone';
  const foreground = found.metadata.deletionTimestamp && found.metadata.finalizers?.includes(FOREGROUND);
  return foreground ? 'deleting' : 'present';
}

async function typeOf(client: KubernetesClient, owner: OwnerReference): Promise<ResourceType | undefined> {
  const [version = '', group = ''] = owner.apiVersion.split('/').toReversed();
  const types = await listResourceTypes(client);
  return types.find(
    (type) => type.kind === owner.kind && type.group === group && (type.version === version || group !== ''),
  );
}

async function deleteDependents(client: KubernetesClient, owner: Entry, dependents: Entry[]): Promise<void> {
  const uid = owner.object.metadata?.uid;
  for (const dependent of dependents) {
    if (!dependent.object.metadata?.deletionTimestamp) await remove(client, dependent, 'Foreground');
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
  await client.patch(type, nameIn(type, object), { type: 'merge', body });
}

async function remove(
  client: KubernetesClient,
  { type, object }: Entry,
  propagationPolicy: 'Background' | 'Foreground',
): Promise<void> {
  const uid = object.metadata?.uid;
  await client.delete(type, nameIn(type, object), {
    propagationPolicy,
    ...(uid !== undefined && { preconditions: { uid } }),
  });
}

const nameIn = (type: ResourceType, { metadata }: KubernetesObject) => ({
  name: metadata?.name ?? '',
  ...(type.namespaced && { namespace: metadata?.namespace ?? '' }),
});
