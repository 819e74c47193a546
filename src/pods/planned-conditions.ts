import { Failure } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import type { ObjectCondition } from '../kubernetes/conditions/object-condition.ts';
import type { ObjectName, ResourceType } from '../kubernetes/objects.ts';
import type { WaitCondition, WaitConditions, WaitReference } from './wait-conditions.ts';

/** The conditions of a wait, ready to be asked about their objects. */
export interface PlannedConditions {
  anyOf: PlannedCondition[];
  allOf: PlannedCondition[];
}

/** A condition with a fault can hold for no object, and is not asked. */
export type PlannedCondition = { where: string } & (
  | { fault: string }
  | ({ object: WaitedObject } & Pick<ObjectCondition, 'evaluate' | 'vacuity'>)
);

export interface WaitedObject {
  type: ResourceType;
  name: Required<ObjectName>;
}

export type CompileCondition = (condition: string) => ObjectCondition;

/** Compiles the conditions, and renders what they refer to. */
export function planConditions(
  { anyOf, allOf }: WaitConditions,
  compile: CompileCondition,
  render: FunctionContext['render'],
): PlannedConditions {
  const plan = ({ where, condition, objectReference }: WaitCondition): PlannedCondition => {
    const { fault, evaluate, vacuity } = compile(condition);
    if (fault !== undefined) return { where, fault };
    try {
      return { where, object: objectOf(rendered(objectReference, where, render)), evaluate, vacuity };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { message, details } = error;
      return { where, fault: details.hint === undefined ? message : `${message} (${details.hint})` };
    }
  };
  return { anyOf: anyOf.map(plan), allOf: allOf.map(plan) };
}

/**
 * A wait that can't end well need not begin. One condition with a fault is none of the wait where another one can end it.
 * @throws {Failure} `InvalidArgument`
 */
export function refuseHopeless(plan: PlannedConditions): void {
  const { anyOf, allOf } = plan;
  const isHopeless = anyOf.every(isFaulty) && (allOf.length === 0 || allOf.some(isFaulty));
  if (!isHopeless) return;
  const faults = faultsOf(plan);
  const why = faults.length === 0 ? 'no conditions are given' : faults.join('; ');
  throw new Failure(
    'InvalidArgument',
    `${why}: Failed to wait for the condition to be met: it can hold for no object`,
    {
      argument: 'conditions',
      hint: 'Correct what the message says: a condition is a template that prints true, and its objectReference says of which object.',
    },
  );
}

/** The conditions that can hold for no object, each with the reason. */
export function faultsOf({ anyOf, allOf }: PlannedConditions): string[] {
  return [...anyOf, ...allOf].flatMap((condition) =>
    'fault' in condition ? [`${condition.where}: ${condition.fault}`] : [],
  );
}

/** The conditions that ask for too little, and what is meant by that: the wait may be over before anything has happened. */
export function vacuousConditions({ anyOf, allOf }: PlannedConditions): string[] {
  const places = Map.groupBy(
    [...anyOf, ...allOf].flatMap((condition) => {
      const vacuity = 'vacuity' in condition ? condition.vacuity() : undefined;
      return vacuity === undefined ? [] : [{ vacuity, where: condition.where }];
    }),
    ({ vacuity }) => vacuity,
  );
  return Array.from(
    places,
    ([vacuity, found]) => `${found.map(({ where }) => where).join(', ')}: ${vacuity}`,
  );
}

function isFaulty(condition: PlannedCondition): boolean {
  return 'fault' in condition;
}

function rendered(reference: WaitReference, where: string, render: FunctionContext['render']): WaitReference {
  const text = (field: keyof WaitReference) => {
    try {
      return render(reference[field], `${where}.objectReference.${field}`);
    } catch (error) {
      throw Failure.wrap(`objectReference.${field}`, error);
    }
  };
  return {
    apiVersion: text('apiVersion'),
    group: text('group'),
    resource: text('resource'),
    name: text('name'),
    namespace: text('namespace'),
  };
}

/** `apiVersion` is the version alone in the original; with the group in front it is what everybody else calls apiVersion. */
function objectOf({ apiVersion, group: given, resource, name, namespace }: WaitReference): WaitedObject {
  const [, named = '', version = ''] = /^(?:([^/]*)\/)?([^/]*)$/.exec(apiVersion) ?? [];
  const group = given === '' ? named : given;
  const missing = Object.entries({ apiVersion: version, resource, name }).filter(([, text]) => text === '');
  if (missing.length > 0) {
    const fields = missing.map(([field]) => field).join(', ');
    throw new Failure('InvalidArgument', `objectReference has no ${fields}`, { argument: 'conditions' });
  }
  return {
    type: { group, version, resource, kind: '', namespaced: namespace !== '' },
    name: { name, namespace },
  };
}
