import { text } from 'node:stream/consumers';
import { conformanceCase } from './conformance-case.ts';
import type { CaseOptions } from './conformance-case.ts';
import type { Conversation } from './conversation.ts';

type Fields = Record<string, unknown>;

/** The fields of a pod's status that are compared. */
export interface PodStatusSeen {
  phase?: string;
  reason?: string;
  message?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  initContainerStatuses?: ContainerSeen[];
  containerStatuses?: ContainerSeen[];
}

interface ContainerSeen {
  name: string;
  ready: boolean;
  started?: boolean;
  restartCount: number;
  state: StateSeen;
  lastState: StateSeen;
  containerID?: string;
}

interface StateSeen {
  waiting?: { reason?: string; message?: string };
  running?: object;
  terminated?: { exitCode: number; reason?: string; message?: string };
}

export interface PodCase {
  spec: Fields;
  metadata?: Fields;
  /** Objects that it needs: path below the namespace (`configmaps`) and body. */
  needs?: [path: string, body: Fields][];
  /** When to look; when the pod has ended, if absent. */
  until?: (status: PodStatusSeen) => boolean;
  /** What is compared; states and logs when absent. */
  see?: ('states' | 'logs' | 'conditions' | 'events' | 'previous')[];
  /** The reason of the event that comes last, or the start of its message; it is waited for. */
  lastEvent?: string;
  /** The case is about something that fails. */
  error?: boolean;
}

/** A case in which one pod runs: what it came to and what it printed are compared. */
export function podCase(behaviour: string, name: string, pod: PodCase, options: CaseOptions = {}): void {
  const run = async (t: Conversation) => {
    const status = await runPod(t, pod);
    await notePod(t, pod, status);
  };
  conformanceCase(behaviour, name, run, options);
}

/** Creates the pod `p` in the case's namespace, unrecorded, and waits. Containers have the image busybox unless they say otherwise. */
export async function runPod(
  t: Conversation,
  { spec, metadata, needs = [], until }: PodCase,
): Promise<PodStatusSeen> {
  const base = `/api/v1/namespaces/${t.namespace}`;
  const withImage = (list: unknown) =>
    (list as Fields[]).map((container) => ({ image: 'busybox:1.36', ...container }));
  const full = {
    terminationGracePeriodSeconds: 1,
    restartPolicy: 'Never',
    ...spec,
    containers: withImage(spec['containers']),
    ...(spec['initContainers'] !== undefined && { initContainers: withImage(spec['initContainers']) }),
  };
  return t.quietly(async () => {
    await t.until(`${base}/serviceaccounts/default`, (_object, status) => status === 200);
    for (const [path, body] of needs) await t.post(`${base}/${path}`, { apiVersion: 'v1', ...body });
    const created = await t.post(`${base}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', ...metadata },
      spec: full,
    });
    if (created.status !== 201) throw new Error(`the pod was refused: ${JSON.stringify(created.body)}`);
    const holds = until ?? (({ phase }) => phase === 'Succeeded' || phase === 'Failed');
    const { object } = await t.until(`${base}/pods/p`, (found) => holds(found['status'] ?? {}));
    return object['status'] ?? {};
  });
}

async function notePod(t: Conversation, pod: PodCase, status: PodStatusSeen): Promise<void> {
  const see = pod.see ?? ['states', 'logs'];
  const label = (what: string) => `${pod.error ? 'error: ' : ''}${what}`;
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  if (see.includes('states')) {
    const { phase, reason, message } = status;
    t.note(label('status'), { phase, reason, message, containers: all.map(stateOf) });
  }
  if (see.includes('conditions')) t.note(label('conditions'), conditionsOf(status));
  for (const what of ['logs', 'previous'] as const) {
    if (!see.includes(what)) continue;
    const logs: Record<string, string> = {};
    for (const { name, containerID } of all)
      if (containerID !== undefined) logs[name] = await readLog(t, name, what === 'previous');
    t.note(label(what), logs);
  }
  if (!see.includes('events')) return;
  const { lastEvent } = pod;
  if (lastEvent !== undefined)
    await t.quietly(() =>
      t.until(eventsPath(t), ({ items }) =>
        ((items ?? []) as { reason: string; message: string }[]).some(
          ({ reason, message }) => reason === lastEvent || message.startsWith(lastEvent),
        ),
      ),
    );
  t.note(label('events'), await eventsOf(t));
}

export async function readLog(t: Conversation, container: string, previous = false): Promise<string> {
  return text(await t.cluster.client.log({ name: 'p', namespace: t.namespace }, { container, previous }));
}

const stateOf = ({ name, ready, started, restartCount, state, lastState }: ContainerSeen) => ({
  name,
  ready,
  started,
  restartCount,
  state: plain(state),
  lastState: plain(lastState),
});

function plain({ waiting, running, terminated }: StateSeen): Fields {
  if (terminated) {
    const { exitCode, reason, message } = terminated;
    return { terminated: { exitCode, reason, message } };
  }
  return waiting ? { waiting } : { ...(running && { running: true }) };
}

export const conditionsOf = ({ conditions = [] }: PodStatusSeen) =>
  conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message }));

const eventsPath = (t: Conversation) =>
  `/api/v1/namespaces/${t.namespace}/events?fieldSelector=involvedObject.name%3Dp`;

/** In any order, without repetition: a kubelet records some again while it looks again. */
export async function eventsOf(t: Conversation): Promise<string[]> {
  const { object } = await t.quietly(() => t.get(eventsPath(t)));
  const items = (object['items'] ?? []) as {
    type: string;
    reason: string;
    message: string;
    involvedObject: { fieldPath?: string };
  }[];
  const lines = items
    // A matter of the clusters: one has no DNS server, and each names its node.
    .filter(({ reason }) => reason !== 'MissingClusterDNS' && reason !== 'Scheduled')
    // A kubelet that looks before its caches are filled looks again a moment later.
    .filter(({ message }) => !message.includes('failed to sync'))
    // Whether an image was on the node already is a matter of what ran there before.
    .filter(({ reason }, _index, all) => reason !== 'Pulling' || !all.some(isFirstPull))
    .map((event) => (isFirstPull(event) ? { ...event, message: afterFirstPull(event.message) } : event))
    .map(({ type, reason, message, involvedObject }) =>
      [type, reason, involvedObject.fieldPath ?? '', message].join(' | '),
    );
  return [...new Set(lines)].toSorted();
}

const FIRST_PULL = /^Successfully pulled image (".*?") in .*$/;
const isFirstPull = ({ message }: { message: string }) => FIRST_PULL.test(message);
const afterFirstPull = (message: string) =>
  message.replace(FIRST_PULL, 'Container image $1 already present on machine');

export const sh = (script: string) => ['sh', '-c', script];
