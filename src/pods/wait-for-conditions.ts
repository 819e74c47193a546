import { abortAfter, type Period } from '../engine/abort-after.ts';
import { Failure, messageOf } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import type { Verdict } from '../kubernetes/conditions/object-condition.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';
import {
  faultsOf,
  planConditions,
  refuseHopeless,
  vacuousConditions,
  type CompileCondition,
  type PlannedCondition,
  type PlannedConditions,
  type WaitedObject,
} from './planned-conditions.ts';
import type { WaitConditions } from './wait-conditions.ts';
import { waitUntil, type Watched } from './wait-until.ts';

/** Milliseconds that the look after the timeout may take. */
const LAST_LOOK = 5_000;

/** Characters of what a condition printed that a message shows. */
const SHOWN = 100;

export interface ConditionWait {
  conditions: WaitConditions;
  compile: CompileCondition;
  /** Milliseconds, from the first time that the phase began. At least one look is taken. */
  timeout: number;
}

/**
 * Waits until one of `anyOf` holds, or all of `allOf` do. An object that is missing or can't be read is one for which nothing holds yet.
 * @throws {Failure} `ConditionNotMet` after the timeout, with what was last missing; `InvalidArgument` where nothing can ever hold
 */
export async function waitForConditions(
  context: FunctionContext,
  { conditions, compile, timeout }: ConditionWait,
): Promise<void> {
  const { clock, step } = context;
  const plan = planConditions(conditions, compile, context.render);
  refuseHopeless(plan);
  warnOfMistakes(context, plan);
  // observation: a successor counts the time from the same moment.
  const since = await step('begin', () => Promise.resolve(clock.now().toISOString()));
  const first = await missingOf(context, plan, context.signal);
  if (first === undefined) return;
  let missing = first;

  const late = notMet();
  const during = async <T>(period: Period, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const over = new AbortController();
    const end = abortAfter(clock, period, late, over.signal);
    return work(AbortSignal.any([context.signal, end])).finally(() => over.abort(WORK_ENDED));
  };
  const look = async (signal: AbortSignal) => {
    const found = await missingOf(context, plan, signal);
    missing = found ?? missing;
    return found;
  };
  await step('wait', async () => {
    try {
      await during({ since, timeout }, (signal) =>
        context.idle(() => waitUntil({ ...context, signal }, watchedBy(plan), () => look(signal))),
      );
    } catch (error) {
      if (error !== late) throw error;
      // It may have become true since the last look without a word: a connection may be dead, or the time be what the condition asks for.
      const last = { since: clock.now().toISOString(), timeout: LAST_LOOK };
      const found = await during(last, look).catch((reason: unknown) => {
        if (reason !== late) throw reason;
        return missing;
      });
      if (found !== undefined) throw Failure.wrap(found, late);
    }
    return undefined;
  });
}

/** What the original runs without a word, and is rarely meant. */
function warnOfMistakes({ warn }: FunctionContext, plan: PlannedConditions): void {
  const faults = faultsOf(plan);
  if (faults.length > 0) warn('ConditionIgnored', `can hold for no object: ${faults.join('; ')}`);
  const vacuous = vacuousConditions(plan);
  if (vacuous.length > 0) warn('VacuousCondition', vacuous.join('; '));
}

/** What keeps the wait from being over, in words; nothing once it is. */
async function missingOf(
  context: FunctionContext,
  { anyOf, allOf }: PlannedConditions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const read = objectReader(context, signal);
  const reasons: string[] = [];
  for (const condition of anyOf) {
    const reason = await reasonAgainst(condition, read);
    if (reason === undefined) return undefined;
    reasons.push(reason);
  }
  for (const condition of allOf) {
    const reason = await reasonAgainst(condition, read);
    if (reason === undefined) continue;
    reasons.push(reason);
    return reasons.join('; ');
  }
  return allOf.length > 0 ? undefined : reasons.join('; ');
}

/** One look reads each object once. */
type ObjectReader = (object: WaitedObject) => Promise<{ object: unknown } | { error: string }>;

function objectReader({ kubernetes }: FunctionContext, signal: AbortSignal): ObjectReader {
  const readings = new Map<string, ReturnType<ObjectReader>>();
  const read: ObjectReader = async ({ type, name }) => {
    try {
      return { object: await kubernetes.get<KubernetesObject>(type, name, { signal }) };
    } catch (error) {
      signal.throwIfAborted();
      return { error: messageOf(error) };
    }
  };
  return (object) => {
    const key = keyOf(object);
    const reading = readings.get(key) ?? read(object);
    readings.set(key, reading);
    return reading;
  };
}

async function reasonAgainst(condition: PlannedCondition, read: ObjectReader): Promise<string | undefined> {
  const { where } = condition;
  if ('fault' in condition) return `${where}: ${condition.fault}`;
  const reading = await read(condition.object);
  if ('error' in reading) return `${where}: ${reading.error}`;
  const verdict = condition.evaluate(reading.object);
  return verdict.holds ? undefined : `${where}: ${shown(verdict, condition.object)}`;
}

/** What is printed, and what a template complains of, may be the object's content. */
function shown(verdict: Exclude<Verdict, { holds: true }>, { type, name }: WaitedObject): string {
  const group = type.group === '' ? '' : `.${type.group}`;
  const namespace = name.namespace === '' ? '' : ` in namespace ${name.namespace}`;
  const object = `${type.resource}${group} "${name.name}"${namespace}`;
  const isSecret = type.group === '' && type.resource === 'secrets';
  if ('error' in verdict) {
    return isSecret ? `the condition can't be evaluated for ${object}` : `${verdict.error}, for ${object}`;
  }
  if (isSecret || verdict.printed === 'false') return `not true for ${object}`;
  const { printed } = verdict;
  const text = printed.length > SHOWN ? `${printed.slice(0, SHOWN)}…` : printed;
  return `printed ${JSON.stringify(text)} and not true for ${object}`;
}

function watchedBy({ anyOf, allOf }: PlannedConditions): Watched[] {
  const objects = [...anyOf, ...allOf].flatMap((condition) =>
    'object' in condition ? [condition.object] : [],
  );
  const distinct = new Map(objects.map((object) => [keyOf(object), object]));
  return Array.from(distinct.values(), ({ type, name }) => ({
    type,
    namespace: name.namespace,
    fieldSelector: `metadata.name=${name.name}`,
  }));
}

function keyOf({ type, name }: WaitedObject): string {
  return [type.group, type.version, type.resource, name.namespace, name.name].join('/');
}

/** The text is the original's. */
function notMet(): Failure {
  return new Failure(
    'ConditionNotMet',
    'Failed to wait for the condition to be met: Context done while polling: context deadline exceeded',
    {
      argument: 'conditions',
      hint: 'Look at the object, then at the condition; or give the phase a longer timeout.',
    },
  );
}
