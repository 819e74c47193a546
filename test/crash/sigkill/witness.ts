import { ACTION_SETS } from '../../../src/api/kanister/types.ts';
import type { ActionSet, State } from '../../../src/api/kanister/types.ts';
import { decodeJournal } from '../../../src/engine/journal.ts';
import type { KubernetesClient } from '../../../src/kubernetes/client.ts';
import { systemClock } from '../../../src/kubernetes/clock.ts';
import { listWatch, type ListWatchEvent } from '../../../src/kubernetes/list-watch.ts';
import type { KubernetesObject, ResourceType } from '../../../src/kubernetes/objects.ts';
import { LEASES, PODS } from '../../../src/kubernetes/resources.ts';
import type { Site } from './works.ts';

const RUN_UID = 'cr.kanister.io/run-uid';
const TERMINAL: (State | undefined)[] = ['complete', 'failed'];

interface Lease extends KubernetesObject {
  spec?: { holderIdentity?: string; leaseTransitions?: number };
}

/** Milliseconds on `performance`'s clock. */
interface Sighting {
  at: number;
}

/** What the API server told while operators came and went. */
export interface Witness {
  /** How many changes of ActionSets and job pods it has seen. */
  changes(): number;
  /** Resolves at the change of that number, or when `signal` aborts. */
  change(number: number, signal: AbortSignal): Promise<void>;
  /** Resolves when as many ActionSets have ended. */
  ended(count: number, signal: AbortSignal): Promise<void>;
  /** The first sight of each ActionSet's terminal state, by name. */
  ends: ReadonlyMap<string, Sighting & { actionSet: ActionSet }>;
  /** ActionSets that were changed after their terminal state. */
  changedAfterEnd: readonly string[];
  /** UIDs of the job pods of each ActionSet's UID. */
  pods: ReadonlyMap<string, ReadonlySet<string>>;
  /** When a process took the Lease, in order. */
  leases: readonly Sighting[];
  /** When each process wrote its first claim on an ActionSet, in order. */
  claims: readonly Sighting[];
  close(): Promise<void>;
}

export async function startWitness(
  client: KubernetesClient,
  { namespace, workplace }: Pick<Site, 'namespace' | 'workplace'>,
): Promise<Witness> {
  const stopped = new AbortController();
  const changed = new EventTarget();
  let changes = 0;
  const versions = new Map<string, string>();
  const ends = new Map<string, Sighting & { actionSet: ActionSet }>();
  const changedAfterEnd: string[] = [];
  const pods = new Map<string, Set<string>>();
  const leases: Sighting[] = [];
  const claims: Sighting[] = [];
  const holders = new Set<string>();
  let transitions = -1;

  const count = () => {
    changes += 1;
    changed.dispatchEvent(new Event('change'));
  };
  const sawActionSet = (actionSet: ActionSet) => {
    const { name, resourceVersion = '', annotations } = actionSet.metadata;
    if (versions.get(name) === resourceVersion) return;
    versions.set(name, resourceVersion);
    const at = performance.now();
    if (ends.has(name)) changedAfterEnd.push(name);
    const holder = decodeJournal(annotations)?.claim.holder;
    if (holder !== undefined && !holders.has(holder)) {
      holders.add(holder);
      claims.push({ at });
    }
    if (TERMINAL.includes(actionSet.status?.state) && !ends.has(name)) ends.set(name, { at, actionSet });
    count();
  };
  const sawPod = ({ metadata }: KubernetesObject) => {
    const run = metadata?.annotations?.[RUN_UID];
    if (run === undefined || metadata?.uid === undefined) return;
    pods.set(run, (pods.get(run) ?? new Set()).add(metadata.uid));
    count();
  };
  const sawLease = ({ spec }: Lease) => {
    const next = spec?.leaseTransitions ?? 0;
    if (next === transitions) return;
    transitions = next;
    leases.push({ at: performance.now() });
  };

  const until = async (reached: () => boolean, signal: AbortSignal): Promise<void> => {
    const looked = Promise.withResolvers<void>();
    const look = () => (signal.aborted || reached()) && looked.resolve();
    changed.addEventListener('change', look);
    signal.addEventListener('abort', look);
    look();
    try {
      await looked.promise;
    } finally {
      changed.removeEventListener('change', look);
      signal.removeEventListener('abort', look);
    }
  };

  const watch = <T extends KubernetesObject>(type: ResourceType, place: string) =>
    listWatch<T>(client, type, {
      clock: systemClock,
      random: Math.random,
      namespace: place,
      signal: stopped.signal,
    });
  const watches = await Promise.all([
    followed(watch<ActionSet>(ACTION_SETS, namespace), sawActionSet),
    followed(watch(PODS, workplace), sawPod),
    followed(watch<Lease>(LEASES, namespace), sawLease),
  ]);
  return {
    changes: () => changes,
    change: (number, signal) => until(() => changes >= number, signal),
    ended: (number, signal) => until(() => ends.size >= number, signal),
    ends,
    changedAfterEnd,
    pods,
    leases,
    claims,
    async close() {
      stopped.abort();
      await Promise.all(watches.map(({ over }) => over));
    },
  };
}

/** Resolves when the first list is there; `over` rejects when the watch can't be gone on with. */
async function followed<T extends KubernetesObject>(
  events: AsyncGenerator<ListWatchEvent<T>>,
  saw: (object: T) => void,
): Promise<{ over: Promise<void> }> {
  await events.next();
  const follow = async () => {
    for await (const event of events)
      if (event.type === 'added' || event.type === 'modified') saw(event.object);
  };
  const over = follow();
  // It is looked at when the witness closes.
  over.catch(() => undefined);
  return { over };
}
