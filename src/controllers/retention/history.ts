import {
  completedAt,
  hasOutputArtifacts,
  historyGroups,
  limitOf,
  type HistoryGroup,
} from '../../api/kanister/retention.ts';
import type { ActionSet, HistoryLimits } from '../../api/kanister/types.ts';

/** The limits of a Blueprint's action as they are now; undefined: it has none, or is gone, and then all are kept. */
export type ReadLimits = (namespace: string, group: HistoryGroup) => Promise<HistoryLimits | undefined>;

export interface FinishedActionSet {
  namespace: string;
  name: string;
  uid: string;
}

interface Counted extends FinishedActionSet {
  completed: number;
  /** In how many of its groups there are not too many newer ones. */
  heldBy: number;
}

/** Finds those that are beyond the limits. It remembers only what counts, a few words for each. */
export class History {
  readonly #readLimits: ReadLimits;
  readonly #counted = new Map<string, Counted>();
  readonly #groups = new Map<string, { limit: number; members: Counted[] }>();

  constructor(readLimits: ReadLimits) {
    this.#readLimits = readLimits;
  }

  /** Takes a finished ActionSet into account, once. */
  async count(actionSet: ActionSet): Promise<void> {
    const { name, namespace = '', uid = '' } = actionSet.metadata;
    const completed = completedAt(actionSet)?.getTime();
    if (completed === undefined || this.#counted.has(uid)) return;
    const groups = historyGroups(actionSet);
    const counted: Counted = { namespace, name, uid, completed, heldBy: groups.length };
    for (const group of groups) {
      const history = await this.#readLimits(namespace, group);
      const limit = history && limitOf(history, group);
      // One that is the record of a backup neither goes nor pushes out others, unless that is wanted.
      if (limit === undefined || (hasOutputArtifacts(actionSet) && !history?.includeArtifacts)) continue;
      const { members } = this.#groupOf(group, limit);
      members.push(counted);
      this.#counted.set(uid, counted);
    }
  }

  /** Those that no group of theirs keeps; one of several actions goes only when it is too old for each of them. */
  excess(): FinishedActionSet[] {
    for (const { limit, members } of this.#groups.values()) {
      for (const beyond of members.toSorted(newestFirst).slice(limit)) beyond.heldBy -= 1;
    }
    return [...this.#counted.values()].filter(({ heldBy }) => heldBy === 0);
  }

  #groupOf({ key }: HistoryGroup, limit: number): { members: Counted[] } {
    const group = this.#groups.get(key) ?? { limit, members: [] };
    this.#groups.set(key, group);
    return group;
  }
}

function newestFirst(one: Counted, other: Counted): number {
  return other.completed - one.completed || (one.uid < other.uid ? -1 : 1);
}
