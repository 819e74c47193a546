import { createHash } from 'node:crypto';
import { isAlreadyExists, isConflict, isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { Json, KubernetesObject, ObjectName, ResourceType } from '../kubernetes/objects.ts';
import type { Checkpoints, CreateTemporary, Intent, Step, TemporaryObject } from './function.ts';
import { Failure } from './failure.ts';
import { Abandoned, type Gate } from './gate.ts';
import type { CreatedObject, PhaseJournal } from './journal.ts';
import { arrived } from './late-requests.ts';
import { derivedName } from './names.ts';
import { isOurs, ownedBy, type RunOwner } from './ownership.ts';
import { PATIENCE } from './retry.ts';
import { isTransient } from './transient.ts';

/** Bytes of JSON that a step may leave in the journal. */
const LARGEST_RESULT = 16 * 1024;

/** Annotation: of which arguments a temporary object was made. */
const SPEC_ANNOTATION = 'cr.kanister.io/run-spec';

export interface StepsOptions {
  journal: PhaseJournal;
  client: KubernetesClient;
  gate: Gate;
  clock: Clock;
  /** Identity of the phase's attempt, from which names are derived. */
  identity: { owner: RunOwner; action: string; phase: string; attempt: number };
  /** Whether an earlier process began this attempt. */
  resumed: boolean;
  /** Whether the Blueprint's author allowed to repeat what an interruption made unknown. */
  mayRepeat: boolean;
  /** Told of every step that this process has done. */
  onStep(step: StepSpan): void;
  /** Told of an object that an earlier process has made of other arguments than this one has, and that is adopted. */
  onStale(created: CreatedObject): void;
  signal: AbortSignal;
  /** Stores the journal. @throws {Abandoned} also when the phase is over, and this comes from a function that did not notice. */
  commit(): Promise<void>;
}

/** `namespace` is that of the temporary object which the step makes, where it makes one; `error` is what the step threw. */
export interface StepSpan {
  step: string;
  namespace?: string;
  start: Date;
  end: Date;
  error?: unknown;
}

export interface Steps {
  step: Step;
  createTemporary: CreateTemporary;
  checkpoints: Checkpoints;
}

/** What a phase does to the world, on its journal. */
export function createSteps(options: StepsOptions): Steps {
  const { journal, resumed } = options;
  /** Results in the journal that are not stored yet: they must be before the next effect. */
  let unstored = false;
  /** Unrepeatable steps that another process began. */
  const foreign = new Set(resumed ? journal.intents : []);

  /** Steps that run side by side wait for the same write. */
  let storing: Promise<void> = Promise.resolve();

  const store = () => {
    if (unstored) {
      unstored = false;
      storing = options.commit().catch((error: unknown) => {
        unstored = true;
        throw error;
      });
    }
    return storing;
  };

  const observed = async <T>(
    about: Pick<StepSpan, 'step' | 'namespace'>,
    effect: () => Promise<T>,
  ): Promise<T> => {
    const start = options.clock.now();
    const tell = (outcome: { error?: unknown }) =>
      options.onStep({ ...about, start, end: options.clock.now(), ...outcome });
    try {
      const result = await effect();
      tell({});
      return result;
    } catch (error) {
      tell({ error });
      throw error;
    }
  };

  const step: Step = async (name, effect, { resume = 'repeat', lasting = false, outside } = {}) => {
    const finished = journal.steps[name];
    // The journal holds what this same step returned, as JSON.
    if (finished) return finished.result as Awaited<ReturnType<typeof effect>>;
    if (resume === 'unrepeatable') {
      if (foreign.has(name) && !options.mayRepeat) throw outcomeUnknown(journal, name);
      if (!journal.intents.includes(name)) {
        journal.intents.push(name);
        unstored = true;
      }
    }
    if (outside !== undefined && journal.outside?.[name] === undefined) {
      journal.outside = { ...journal.outside, [name]: outside };
      unstored = true;
    }
    await store();
    // gate: the client asks it for itself, other effects are begun here only.
    if (!options.gate.open())
      throw new Abandoned('the phase is over, or this process may change nothing any more');
    const result = await observed({ step: name }, effect).catch((error: unknown) => {
      // Cut off by the end of the phase or of the process, it goes on.
      const isCutOff = options.signal.aborted || error instanceof Abandoned;
      if (!isCutOff) delete journal.outside?.[name];
      throw error;
    });
    delete journal.outside?.[name];
    journal.steps[name] = {
      ...(result !== undefined && { result: bounded(name, result) }),
      ...(lasting && { lasting }),
    };
    unstored = true;
    return result;
  };

  const createTemporary: CreateTemporary = async (name, temporary) => {
    const entry = journal.created.find((created) => created.step === name);
    if (entry === undefined) {
      const { type, namespace, prefix } = temporary;
      addIntents(journal, [{ step: name, creates: type, namespace, prefix }], options.identity);
      unstored = true;
    }
    await store();
    const created = journal.created.find((candidate) => candidate.step === name);
    if (created === undefined) throw new Error(`step ${name} has no entry in the journal`);
    if (created.namespace !== temporary.namespace) {
      throw new Error(
        `step ${name} is to make its object in namespace ${temporary.namespace}, and the journal says ${created.namespace}`,
      );
    }
    const object = await observed({ step: name, namespace: created.namespace }, () =>
      createOrAdopt(options, created, temporary),
    );
    if (created.uid === undefined && object.metadata?.uid !== undefined) {
      created.uid = object.metadata.uid;
      // Off the critical path; a failure to store it shows at the next commit, which stores it too.
      options.commit().catch(() => undefined);
    }
    return object;
  };

  const checkpoints: Checkpoints = {
    read: (name) => journal.checkpoints[name],
    write: async (name, value) => {
      journal.checkpoints[name] = value;
      await options.commit();
    },
  };

  return { step, createTemporary, checkpoints };
}

/** Enters what a phase is going to do into its journal, so that one write stores it together with the phase's start. */
export function addIntents(
  journal: PhaseJournal,
  intents: Intent[],
  identity: StepsOptions['identity'],
): void {
  for (const intent of intents) {
    if ('unrepeatable' in intent) {
      if (!journal.intents.includes(intent.step)) journal.intents.push(intent.step);
      continue;
    }
    if (journal.created.some((created) => created.step === intent.step)) continue;
    const { group, version, resource } = intent.creates;
    journal.created.push({
      step: intent.step,
      group,
      version,
      resource,
      namespace: intent.namespace,
      name: derivedName(
        intent.prefix,
        identity.owner.uid,
        identity.action,
        identity.phase,
        String(identity.attempt),
        intent.step,
      ),
    });
  }
}

/** What `created` is called in the API. */
export function typeOf(created: CreatedObject): ResourceType {
  const { group, version, resource, namespace } = created;
  return { group, version, resource, kind: '', namespaced: namespace !== '' };
}

async function createOrAdopt<T extends KubernetesObject>(
  options: StepsOptions,
  created: CreatedObject,
  temporary: TemporaryObject<T>,
): Promise<T> {
  const { client, clock, signal, identity } = options;
  const deadline = clock.monotonic() + PATIENCE;
  const name: ObjectName = { name: created.name, namespace: created.namespace };
  const object = mark(created, temporary, identity.owner);
  /** Whether a create of this process may have been carried out though it failed here. */
  let isUncertain = false;
  for (let delay = 100; ; delay = Math.min(delay * 2, 5_000)) {
    signal.throwIfAborted();
    try {
      if (created.uid !== undefined)
        return adopt(await client.get<T>(temporary.type, name), created, object, options);
      return await client.create<T>(temporary.type, object);
    } catch (error) {
      if (created.uid !== undefined && isNotFound(error)) {
        if (!options.mayRepeat) throw gone(created);
        delete created.uid;
      } else if (isAlreadyExists(error)) {
        const found = await client.get<T>(temporary.type, name).catch((reason: unknown) => {
          if (isNotFound(reason)) return undefined;
          throw reason;
        });
        // An object that went away between the two calls leaves its name free: create it.
        if (found) {
          const adopted = adopt(found, created, object, options);
          if (!isUncertain) arrived(created);
          return adopted;
        }
      } else if ((!isTransient(error) && !isConflict(error)) || clock.monotonic() > deadline) {
        throw error;
      } else isUncertain = true;
      await clock.sleep(delay, signal);
    }
  }
}

function mark<T extends KubernetesObject>(
  created: CreatedObject,
  temporary: TemporaryObject<T>,
  owner: RunOwner,
): T {
  const { object, namespace, prefix } = temporary;
  const annotations = {
    ...object.metadata?.annotations,
    ...ownedBy(owner, created.step),
    [SPEC_ANNOTATION]: createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 16),
  };
  return {
    ...object,
    metadata: { ...object.metadata, name: created.name, generateName: prefix, namespace, annotations },
  };
}

function adopt<T extends KubernetesObject>(
  found: T,
  created: CreatedObject,
  expected: T,
  { identity, onStale }: StepsOptions,
): T {
  if (!isOurs(found, identity.owner, created.step)) {
    throw new Failure(
      'NameTaken',
      `${created.resource} "${created.name}" exists and was not made by this run`,
      {
        hint: `Remove ${created.resource} ${created.name} in namespace ${created.namespace} and run the action again.`,
      },
    );
  }
  // It goes on all the same, as it would have without an interruption: what was begun is no other attempt's.
  const isAsNow =
    found.metadata?.annotations?.[SPEC_ANNOTATION] === expected.metadata?.annotations?.[SPEC_ANNOTATION];
  if (!isAsNow) onStale(created);
  return found;
}

function gone(created: CreatedObject): Failure {
  return new Failure(
    'OutcomeUnknown',
    `${created.resource} "${created.name}" was created before the operator restarted and is gone: whether its work was done is unknown`,
    { hint: 'Check what the phase has done, then run the action again.' },
  );
}

function outcomeUnknown(journal: PhaseJournal, step: string): Failure {
  return new Failure(
    'OutcomeUnknown',
    `the operator was interrupted while ${journal.function} ran its step "${step}", which can't be repeated safely: its outcome is unknown`,
    {
      hint: 'The command may have run, in part or whole, and may still be running. Check what it did, then run the action again; a phase that may be run twice can say onInterrupted: repeat.',
    },
  );
}

function bounded(step: string, result: Json): Json {
  const size = Buffer.byteLength(JSON.stringify(result));
  if (size > LARGEST_RESULT) {
    throw new Failure(
      'ResultTooLarge',
      `the result of step "${step}" has ${size} bytes, ${LARGEST_RESULT} are allowed`,
    );
  }
  return result;
}
