import { ACTION_SETS, type ActionSet } from '../../src/api/kanister/types.ts';
import { decodeJournal, type Journal } from '../../src/engine/journal.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { ChangeLog, StoredState } from '../../src/sandbox/apiserver/store.ts';

/** One version of an object, as the API server stored it. */
export interface StoredObject {
  storage: string;
  /** As last seen, where it is gone. */
  object: KubernetesObject;
  json: string;
  isNew: boolean;
  isGone: boolean;
  /** Whose request it was. */
  writer: string;
}

/** All that the API server ever stored: more than any watch shows. */
export interface StoredHistory {
  changeLog: ChangeLog;
  /** Has it called with every change, a moment before anybody else can see it. */
  onChange(listener: (change: StoredObject) => void): void;
  /** From here on requests are this one's. */
  setWriter(writer: string): void;
  /** As they are now; gone ones as they were. */
  actionSets(): ReadonlyMap<string, StoredActionSet>;
  /** What is there of a storage now. */
  objects(storage: string): KubernetesObject[];
  state(): StoredState;
}

export interface StoredActionSet {
  actionSet: ActionSet;
  isGone: boolean;
  /** How often it was stored. */
  versions: number;
}

export const ACTION_SET_STORAGE = `${ACTION_SETS.resource}.${ACTION_SETS.group}`;

/** Written often, and of no consequence for any run. */
const UNINTERESTING = new Set(['events', 'leases.coordination.k8s.io']);

export function recordHistory(initial?: StoredState): StoredHistory {
  const listeners: ((change: StoredObject) => void)[] = [];
  const storages = new Map<string, Map<string, KubernetesObject>>();
  const actionSets = new Map<string, StoredActionSet>();
  let writer = 'setup';
  let version = initial?.version ?? 0;
  for (const [storage, objects] of initial?.objects ?? []) {
    storages.set(storage, new Map(objects.map((object) => [keyOf(object), object])));
    if (storage !== ACTION_SET_STORAGE) continue;
    for (const object of objects as readonly KubernetesObject[]) {
      actionSets.set(object.metadata?.uid ?? '', {
        actionSet: object as ActionSet,
        isGone: false,
        versions: 1,
      });
    }
  }

  return {
    changeLog: {
      append(change) {
        version = change.version;
        if (UNINTERESTING.has(change.storage)) return;
        const known = storages.get(change.storage) ?? new Map<string, KubernetesObject>();
        storages.set(change.storage, known);
        const before = known.get(change.key);
        const object = change.json === undefined ? before : (JSON.parse(change.json) as KubernetesObject);
        if (object === undefined) return;
        if (change.json === undefined) known.delete(change.key);
        else known.set(change.key, object);
        const stored: StoredObject = {
          storage: change.storage,
          object,
          json: change.json ?? '',
          isNew: before === undefined,
          isGone: change.json === undefined,
          writer,
        };
        for (const listener of listeners) listener(stored);
        if (change.storage !== ACTION_SET_STORAGE) return;
        const uid = object.metadata?.uid ?? '';
        const versions = (actionSets.get(uid)?.versions ?? 0) + 1;
        actionSets.set(uid, { actionSet: object as ActionSet, isGone: stored.isGone, versions });
      },
    },
    onChange: (listener) => listeners.push(listener),
    setWriter(name) {
      writer = name;
    },
    actionSets: () => actionSets,
    objects: (storage) => [...(storages.get(storage)?.values() ?? [])],
    state: () => ({
      version,
      objects: new Map([...storages].map(([name, objects]) => [name, [...objects.values()] as never[]])),
    }),
  };
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

export function journalOf(actionSet: ActionSet): Journal | undefined {
  return decodeJournal(actionSet.metadata.annotations);
}

export function hasEnded({ status }: ActionSet): boolean {
  return status?.state === 'complete' || status?.state === 'failed';
}
