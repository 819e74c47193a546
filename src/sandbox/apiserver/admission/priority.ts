import { ownSpec, textOf } from '../json-value.ts';
import { SYSTEM_PRIORITIES } from '../rules/priority-class.ts';
import type { ServerContext } from '../server-context.ts';
import { forbidden } from '../status-error.ts';
import type { AdmissionRequest } from './admission-request.ts';

const CLASSES = 'priorityclasses.scheduling.k8s.io';

/** A pod's priority is a number that its class stands for. */
export function resolvePriority(
  context: ServerContext,
  { definition, name, object }: AdmissionRequest,
): void {
  if (!object) return;
  const spec = ownSpec(object);
  const given = textOf(spec.priorityClassName);
  const found =
    given === ''
      ? context.store.list(CLASSES).find((item) => item.globalDefault === true)
      : context.store.get(CLASSES, undefined, given);
  const system = SYSTEM_PRIORITIES[given];
  if (given !== '' && !found && system === undefined)
    throw forbidden(definition, name, `no PriorityClass with name ${given} was found`);
  if (given === '' && found) spec.priorityClassName = found.metadata.name;
  const priority = typeof found?.value === 'number' ? found.value : (system ?? 0);
  const policy = textOf(found?.preemptionPolicy) || 'PreemptLowerPriority';
  if (typeof spec.priority === 'number' && spec.priority !== priority) {
    throw forbidden(
      definition,
      name,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    );
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw forbidden(
      definition,
      name,
      `the string value of PreemptionPolicy (${textOf(spec.preemptionPolicy)}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  }
  spec.priority = priority;
  spec.preemptionPolicy = policy;
}

/** There is one default at most. */
export function refuseSecondDefaultPriority(
  context: ServerContext,
  { definition, name, object }: AdmissionRequest,
): void {
  if (object?.globalDefault !== true) return;
  const other = context.store
    .list(CLASSES)
    .find((item) => item.globalDefault === true && item.metadata.name !== object.metadata.name);
  if (!other) return;
  throw forbidden(
    definition,
    name,
    `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
  );
}
