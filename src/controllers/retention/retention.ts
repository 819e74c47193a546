import type { Logger } from 'pino';
import {
  expiresAt,
  historyGroups,
  RETENTION_SELECTOR,
  type HistoryGroup,
} from '../../api/kanister/retention.ts';
import { ACTION_SETS, type ActionSet } from '../../api/kanister/types.ts';
import { Abandoned } from '../../engine/gate.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import { concurrently } from '../../kubernetes/concurrently.ts';
import { listPages } from '../../kubernetes/list-pages.ts';
import { listSelected } from '../../kubernetes/list-selected.ts';
import { UNFINISHED } from '../actionset/unfinished.ts';
import { Agenda } from './agenda.ts';
import { collect, isCollectable, type Due } from './collect.ts';
import { History } from './history.ts';
import { readLimits } from './read-limits.ts';
import { Troubles } from './troubles.ts';

/** Deletes finished ActionSets that are to be deleted one day. */
export interface Retention {
  /** An ActionSet was seen finished; may be told again. */
  ended(actionSet: ActionSet): void;
  /** Works until the signal aborts or the gate has closed; what goes wrong is logged and tried again. */
  run(signal: AbortSignal): Promise<void>;
}

export interface RetentionOptions {
  /** Its gate is asked before every delete. */
  client: KubernetesClient;
  clock: Clock;
  log: Logger;
  /** Undefined: all of them. */
  namespaces: readonly (string | undefined)[];
}

/** Milliseconds that a new leader has for what was left undone, before it looks for what may go. */
const FIRST_SWEEP = 5_000;
/** Milliseconds between two looks at everything: Blueprints and specs change, and rights come and go. */
const SWEEP_INTERVAL = 60 * 60_000;
/** Milliseconds: what is due later than this is found by the next look at everything. */
const HORIZON = SWEEP_INTERVAL + 60_000;
/** Milliseconds from an end until its history is looked at: many end together. */
const HISTORY_DELAY = 10_000;
/** How many times as long as a look at a history takes there is none after it. */
const HISTORY_REST = 50;

const PAGE_SIZE = 500;
/** At the same time: there is no hurry. */
const DELETES = 4;

const REASONS: Record<Due['why'], string> = {
  expired: 'the ActionSet was deleted: its ttlSecondsAfterFinished are over',
  beyondHistory: 'the ActionSet was deleted: its Blueprint keeps only newer ones',
};

type Task =
  | { kind: 'collect'; due: Due }
  /** Looks at all that bears the label. `repeated`: again after each interval. */
  | { kind: 'sweep'; namespace: string | undefined; repeated: boolean }
  /** The same, if one of the Blueprints of those that have ended there keeps a history. */
  | { kind: 'history'; namespace: string };

/**
 * Remembers only what is due before the next look at everything: however many ActionSets are kept, or go later, they cost nothing
 * in between.
 */
export function createRetention({ client, clock, log, namespaces }: RetentionOptions): Retention {
  const agenda = new Agenda<Task>(clock);
  const troubles = new Troubles(clock, log);
  /** When each is due that is on the agenda, by UID. */
  const planned = new Map<string, number>();
  /** The actions that have ended in a namespace since its history was looked at. */
  const recent = new Map<string, Map<string, HistoryGroup>>();
  let historyRestsUntil = 0;

  const plan = (delay: number, due: Due) => {
    const time = clock.monotonic() + delay;
    if (delay > HORIZON || (planned.get(due.uid) ?? Infinity) <= time) return;
    planned.set(due.uid, time);
    agenda.add(delay, { kind: 'collect', due });
  };

  const planExpiry = (actionSet: ActionSet) => {
    const { name, namespace = '', uid = '' } = actionSet.metadata;
    const expires = expiresAt(actionSet);
    if (!expires) return;
    plan(expires.getTime() - clock.now().getTime(), { name, namespace, uid, why: 'expired' });
  };

  const planHistory = (actionSet: ActionSet) => {
    const { namespace = '' } = actionSet.metadata;
    const groups = recent.get(namespace) ?? new Map<string, HistoryGroup>();
    for (const group of historyGroups(actionSet)) {
      groups.set(JSON.stringify([group.blueprint, group.action]), group);
    }
    if (!recent.has(namespace)) {
      const delay = Math.max(HISTORY_DELAY, historyRestsUntil - clock.monotonic());
      agenda.add(delay, { kind: 'history', namespace });
    }
    recent.set(namespace, groups);
  };

  const sweep = async (namespace: string | undefined, signal: AbortSignal) => {
    const history = new History(readLimits(client, signal));
    const labelled = listPages<ActionSet>(client, ACTION_SETS, {
      ...(namespace === undefined ? {} : { namespace }),
      labelSelector: RETENTION_SELECTOR,
      limit: PAGE_SIZE,
      signal,
    });
    for await (const page of labelled) {
      for (const actionSet of page.items.filter(isCollectable)) {
        planExpiry(actionSet);
        await history.count(actionSet);
      }
    }
    for (const excess of history.excess()) plan(0, { ...excess, why: 'beyondHistory' });
  };

  const sweepHistory = async (namespace: string, groups: HistoryGroup[], signal: AbortSignal) => {
    const limitsOf = readLimits(client, signal);
    const limits = await Promise.all(groups.map((group) => limitsOf(namespace, group)));
    if (limits.every((history) => history === undefined)) return;
    const start = clock.monotonic();
    await sweep(namespace, signal);
    const end = clock.monotonic();
    historyRestsUntil = end + HISTORY_REST * (end - start);
  };

  const collectAll = async (namespace: string, dues: Due[], signal: AbortSignal) => {
    let continued: Promise<Set<string>> | undefined;
    const continuedFrom = () => (continued ??= namesContinuedFrom(client, namespace, signal));
    await concurrently(dues, DELETES, async (due) => {
      const outcome = await collect(due, { client, now: () => clock.now(), continuedFrom, signal });
      if (outcome === 'deleted') log.info({ ActionSet: due.name, namespace }, REASONS[due.why]);
    });
    troubles.over(namespace);
  };

  /** Whatever is left out while there is trouble is found by the look at everything after it. */
  const attempt = async (namespace: string | undefined, work: () => Promise<void>, signal: AbortSignal) => {
    if (troubles.isPaused(namespace)) return;
    try {
      await work();
    } catch (error) {
      if (signal.aborted || error instanceof Abandoned) throw error;
      const pause = troubles.met(namespace, error);
      agenda.add(pause, { kind: 'sweep', namespace, repeated: false });
    }
  };

  const perform = async (tasks: Task[], signal: AbortSignal) => {
    const dues = tasks.flatMap((task) => (task.kind === 'collect' ? task.due : []));
    for (const { uid } of dues) planned.delete(uid);
    for (const [namespace, some] of Map.groupBy(dues, (due) => due.namespace)) {
      await attempt(namespace, () => collectAll(namespace, some, signal), signal);
    }
    for (const task of tasks) {
      if (task.kind === 'collect') continue;
      if (task.kind === 'history') {
        const { namespace } = task;
        const groups = [...(recent.get(namespace)?.values() ?? [])];
        recent.delete(namespace);
        await attempt(namespace, () => sweepHistory(namespace, groups, signal), signal);
      } else {
        await attempt(task.namespace, () => sweep(task.namespace, signal), signal);
        if (task.repeated) agenda.add(SWEEP_INTERVAL, task);
      }
    }
  };

  return {
    ended(actionSet) {
      if (!isCollectable(actionSet)) return;
      planExpiry(actionSet);
      planHistory(actionSet);
    },
    async run(signal) {
      for (const namespace of namespaces) {
        agenda.add(FIRST_SWEEP, { kind: 'sweep', namespace, repeated: true });
      }
      try {
        for (;;) await perform(await agenda.due(signal), signal);
      } catch (error) {
        if (!signal.aborted && !(error instanceof Abandoned)) throw error;
      }
    },
  };
}

/** What an unfinished ActionSet continues from is read when that one begins, and so is kept until it has ended. */
async function namesContinuedFrom(
  client: KubernetesClient,
  namespace: string,
  signal: AbortSignal,
): Promise<Set<string>> {
  const unfinished = await listSelected<ActionSet>(client, ACTION_SETS, {
    namespace,
    select: UNFINISHED,
    pageSize: PAGE_SIZE,
    signal,
  });
  return new Set(unfinished.items.flatMap(({ spec }) => spec?.continueFrom ?? []));
}
