import type { Answer, Conversation } from '../conversation.ts';

/** What cases of workloads and storage are made of. */

export type Loose = Record<string, unknown>;

export interface Seen extends Loose {
  metadata: {
    name: string;
    generation?: number;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    ownerReferences?: { kind: string; name: string }[];
    uid: string;
  };
  spec: Loose;
  status: Loose & {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

export const core = (t: Conversation, resource: string): string =>
  `/api/v1/namespaces/${t.namespace}/${resource}`;
export const apps = (t: Conversation, resource: string): string =>
  `/apis/apps/v1/namespaces/${t.namespace}/${resource}`;
export const batch = (t: Conversation, resource: string): string =>
  `/apis/batch/v1/namespaces/${t.namespace}/${resource}`;
export const snapshots = (t: Conversation, resource: string): string =>
  `/apis/snapshot.storage.k8s.io/v1/namespaces/${t.namespace}/${resource}`;

/** A pod that runs until it is told to end, and then ends at once. */
export const sleeper = {
  terminationGracePeriodSeconds: 1,
  containers: [{ name: 'main', image: 'busybox:1.36', command: ['sleep', '3600'] }],
};

/** A pod whose only container ends with a code. */
export const ending = (code: number): Loose => ({
  restartPolicy: 'Never',
  terminationGracePeriodSeconds: 1,
  containers: [{ name: 'main', image: 'busybox:1.36', command: ['sh', '-c', `exit ${code}`] }],
});

export const template = (app: string, spec: Loose = sleeper): Loose => ({
  metadata: { labels: { app } },
  spec,
});

export const seen = ({ object }: Answer): Seen => object as Seen;

export async function items(t: Conversation, path: string): Promise<Seen[]> {
  const { object } = await t.quietly(() => t.get(path));
  return (object.items ?? []) as Seen[];
}

/** What a list becomes: asked for until it holds. */
export async function untilItems(
  t: Conversation,
  path: string,
  holds: (items: Seen[]) => boolean,
): Promise<Seen[]> {
  const { object } = await t.until(path, (list) => holds((list.items ?? []) as Seen[]));
  return (object.items ?? []) as Seen[];
}

export const conditionsOf = ({ status }: Seen): string[] =>
  (status?.conditions ?? [])
    .map(({ type, status: holds, reason, message }) => `${type}=${holds} ${reason ?? ''}: ${message ?? ''}`)
    .toSorted();

export const holds = (object: Loose, type: string, status = 'True'): boolean =>
  ((object.status as Seen['status'] | undefined)?.conditions ?? []).some(
    (condition) => condition.type === type && condition.status === status,
  );

/** `Normal Reason: message` of every event of an object, once each, by the alphabet. */
export async function eventsOf(t: Conversation, name: string, reasons: RegExp = /./): Promise<string[]> {
  const path = `${core(t, 'events')}?fieldSelector=involvedObject.name=${name}`;
  const events = (await items(t, path)) as unknown as { type: string; reason: string; message: string }[];
  const lines = events
    .filter(({ reason }) => reasons.test(reason))
    .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
  return [...new Set(lines)].toSorted();
}

/** Waits until an event of an object with this reason is there. */
export async function untilEvent(t: Conversation, name: string, reason: string): Promise<void> {
  const path = `${core(t, 'events')}?fieldSelector=involvedObject.name=${name},reason=${reason}`;
  await untilItems(t, path, (found) => found.length > 0);
}

export const gone = (_object: Loose, status: number): boolean => status === 404;

/** The driver of the cluster's default storage class. */
export async function driverOf(t: Conversation): Promise<string> {
  const classes = (await items(t, '/apis/storage.k8s.io/v1/storageclasses')) as unknown as (Seen & {
    provisioner: string;
  })[];
  const found = classes.find(
    ({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
  );
  if (!found) throw new Error('the cluster has no default storage class');
  return found.provisioner;
}

/** Makes a cluster-wide object of the case and removes it afterwards; nothing of it is recorded. */
export async function clusterWide(
  t: Conversation,
  path: string,
  body: Loose & { metadata: { name: string } },
): Promise<void> {
  await t.quietly(() => t.post(path, body));
  t.after(() => t.quietly(() => t.delete(`${path}/${body.metadata.name}`)));
}

export const claim = (name: string, more: Loose = {}): Loose => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...more },
});

/** Makes a claim of the default class and waits for its volume. */
export async function boundClaim(t: Conversation, name: string, more: Loose = {}): Promise<Seen> {
  await t.quietly(() => t.post(core(t, 'persistentvolumeclaims'), claim(name, more)));
  return seen(
    await t.until(
      `${core(t, 'persistentvolumeclaims')}/${name}`,
      ({ status }) => (status as Loose)?.phase === 'Bound',
    ),
  );
}
