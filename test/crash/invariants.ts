import type { ActionSet } from '../../src/api/kanister/types.ts';
import type { ActionPins, PhaseJournal } from '../../src/engine/journal.ts';
import type { Pod } from '../../src/pods/pod.ts';
import {
  ACTION_SET_STORAGE,
  hasEnded,
  journalOf,
  type StoredHistory,
  type StoredObject,
} from './stored-history.ts';
import { RUN_UID, type Work } from './simulated-node.ts';

/** Something that a phase does to the world. */
export interface Effect {
  uid: string;
  action: string;
  phase: string;
  step: string;
  unrepeatable: boolean;
}

export interface Invariants {
  /** A process is about to do it. */
  begins(effect: Effect): void;
  /** It is done. */
  happens(effect: Effect): void;
  containerStarts(work: Work): void;
  /** How often each effect was done. */
  effects: ReadonlyMap<string, number>;
}

export interface InvariantOptions {
  history: StoredHistory;
  /** All that goes on in containers now. */
  atWork(): Work[];
  /** Two processes may be at work at once, and nothing but the claims on the objects keeps them apart: what may be repeated may be done by both. */
  overlapping: boolean;
  /** See the scenario. */
  workMayBeginAgain: boolean;
  /** What was done before, by how often. */
  doneBefore: Iterable<[string, number]>;
  /** Values that only Secrets hold. */
  canaries: readonly string[];
  violation(text: string): void;
}

const RUN_STEP = 'cr.kanister.io/run-step';

/** Looks at everything that is stored or done, while it is: what must hold at every moment, whatever crashes when. */
export function watchInvariants(options: InvariantOptions): Invariants {
  const { history, atWork, violation, overlapping } = options;
  const effects = new Map<string, number>(options.doneBefore);
  const canaries = options.canaries.flatMap((value) => [value, Buffer.from(value).toString('base64')]);

  history.onChange((change) => {
    refuseCanary(change);
    if (change.storage === ACTION_SET_STORAGE) storedActionSet(change);
    else if (change.isNew) created(change);
  });

  const storedActionSet = ({ object, writer, isGone }: StoredObject) => {
    const next = object as ActionSet;
    const before = history.actionSets().get(next.metadata.uid ?? '')?.actionSet;
    if (before !== undefined && hasEnded(before) && !isGone && writer.startsWith('process'))
      violation(`I1: ${writer} wrote ${next.metadata.name} after its terminal state`);
    if (!hasEnded(next) || isGone || !writer.startsWith('process')) return;
    if ((next.metadata.finalizers ?? []).length > 0)
      violation(`I8: ${next.metadata.name} ended with a finalizer`);
    if (journalOf(next) !== undefined) violation(`I8: ${next.metadata.name} ended with its journal`);
    for (const { phases, deferPhase } of next.status?.actions ?? []) {
      for (const phase of [...phases, deferPhase])
        if (phase.state === 'running')
          violation(`I1: ${next.metadata.name} ended while phase ${phase.name} runs`);
    }
    const [working] = atWork().filter(({ run }) => run === next.metadata.uid);
    if (working)
      violation(`I1: ${next.metadata.name} ended while pod ${working.pod.metadata.name} is at work`);
  };

  /** I6: whoever takes over must know of it. */
  const created = ({ object, storage }: StoredObject) => {
    const uid = object.metadata?.annotations?.[RUN_UID];
    if (uid === undefined) return;
    const stored = history.actionSets().get(uid);
    const journal = stored && journalOf(stored.actionSet);
    const name = object.metadata?.name ?? '';
    const known = journal?.actions.some(({ phase, cleanup }) =>
      [...cleanup, ...(phase?.created ?? [])].some(
        (entry) => entry.name === name && entry.resource === storage,
      ),
    );
    if (known !== true) violation(`I6: ${storage} ${name} was created without being in the journal`);
  };

  /** I7: in what the engine stores of its own accord. */
  const refuseCanary = ({ storage, object, json, writer }: StoredObject) => {
    if (canaries.length === 0 || !writer.startsWith('process')) return;
    // A pod's command is what the Blueprint's author makes of it.
    const texts = [storage === 'pods' ? (object.metadata?.name ?? '') : json];
    if (storage === ACTION_SET_STORAGE) texts.push(JSON.stringify(journalOf(object as ActionSet) ?? null));
    if (texts.some((text) => canaries.some((value) => text.includes(value))))
      violation(`I7: ${storage} ${object.metadata?.name} holds a secret value`);
  };

  return {
    effects,
    begins(effect) {
      const key = keyOf(effect);
      const stored = history.actionSets().get(effect.uid);
      if (stored === undefined) return violation(`effect ${key} of an ActionSet that never was`);
      const found = phaseOf(stored.actionSet, effect);
      const { journal } = found;
      if (effect.unrepeatable && !journal?.intents.includes(effect.step))
        violation(`I2: ${key} can't be repeated, and is begun without its intent being stored`);
      if (found.isDeferred) refuseEarlyDeferPhase(stored.actionSet, effect);
      if (overlapping) return;
      if (hasEnded(stored.actionSet)) violation(`I1: ${key} is begun after the terminal state`);
      else if (journal === undefined) violation(`I2: ${key} is begun while its phase is not in the journal`);
      else if (effect.step in journal.steps) violation(`I2: ${key} is begun though its result is stored`);
    },
    happens(effect) {
      const key = keyOf(effect);
      const count = (effects.get(key) ?? 0) + 1;
      effects.set(key, count);
      if (effect.unrepeatable && count > 1)
        violation(`I2: ${key} can't be repeated, and was done ${count} times`);
    },
    containerStarts({ pod, container, run }) {
      const key = `pod ${run}/${pod.metadata.annotations?.[RUN_STEP]}/${pod.metadata.name}/${container}`;
      const count = (effects.get(key) ?? 0) + 1;
      effects.set(key, count);
      // The name is of one attempt of one step: once it ran, its result is adopted.
      if (count > 1 && !options.workMayBeginAgain)
        violation(`I2: the work of ${key} was begun ${count} times`);
      const [other] = atWork().filter(
        (work) =>
          work.run !== undefined &&
          work.pod.metadata.uid !== pod.metadata.uid &&
          attemptOf(work.pod) === attemptOf(pod),
      );
      if (other) violation(`I5: ${other.pod.metadata.name} and ${pod.metadata.name} are at work at once`);
    },
  };

  /** I3: what puts things right does so when nothing is at work any more. */
  function refuseEarlyDeferPhase(actionSet: ActionSet, effect: Effect): void {
    const status = actionSet.status?.actions.find(({ name }) => name === effect.action);
    const running = status?.phases.find(({ state }) => state === 'running');
    if (running) violation(`I3: the deferPhase acts while phase ${running.name} runs`);
    const [working] = atWork().filter(
      // Whose pod is not the run's own bears no label of an action.
      ({ pod, run }) => run === effect.uid && (actionOf(pod) ?? effect.action) === effect.action,
    );
    if (working) violation(`I3: the deferPhase acts while pod ${working.pod.metadata.name} is at work`);
  }
}

function phaseOf(
  actionSet: ActionSet,
  effect: Effect,
): { journal: PhaseJournal | undefined; isDeferred: boolean } {
  const found = journalOf(actionSet)?.actions.find(({ phase, pins }, index) => {
    // Pins may stand elsewhere, and somebody may have taken the status away.
    const name = (pins as ActionPins | undefined)?.spec.name ?? actionSet.status?.actions[index]?.name;
    return phase?.name === effect.phase && (name ?? effect.action) === effect.action;
  });
  return { journal: found?.phase, isDeferred: found?.phase?.index === -1 };
}

function keyOf({ uid, action, phase, step }: Effect): string {
  return `${uid.slice(0, 8)}/${action}/${phase}/${step}`;
}

/** Suite's Blueprints give each pod the label of its action and phase. */
function actionOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.['action'];
}

function attemptOf({ metadata }: Pod): string {
  return `${metadata.annotations?.[RUN_UID]}/${metadata.labels?.['action']}/${metadata.labels?.['phase']}`;
}
