import { validateActionOrder } from './action-order.ts';
import type { ActionSet, ActionSetStatus, ActionSpec, ActionStatus, State } from './types.ts';
import { ValidationFailed } from './validation-failed.ts';

const STATES: readonly State[] = ['pending', 'running', 'failed', 'complete'];
const isState = (state: string): state is State => STATES.some((known) => known === state);

/** Compared without regard to case. `unstructured` since Kanister 0.118; the full name of a PVC is known here only. */
const KINDS_WITH_KNOWN_RESOURCE = [
  'statefulset',
  'deployment',
  'deploymentconfig',
  'pvc',
  'persistentvolumeclaim',
  'namespace',
  'unstructured',
];

/** What is wrong with an ActionSet, the original's checks in the original's order; empty when it is valid. */
export function validateActionSet(actionSet: Pick<ActionSet, 'spec' | 'status'>): ValidationFailed[] {
  const { spec, status } = actionSet;
  if (!spec) {
    return [
      new ValidationFailed(
        'Spec must be non-nil',
        'spec',
        'Give spec.actions, the list of actions to execute.',
      ),
    ];
  }
  const actions = spec.actions ?? [];
  return [
    ...actions.flatMap(validateObject),
    ...validateActionOrder(spec),
    ...(status ? [...validateLengths(actions.length, status), ...validateStates(status)] : []),
  ];
}

function validateObject(action: ActionSpec, index: number): ValidationFailed[] {
  const { kind = '', apiVersion, resource } = action.object ?? {};
  if (KINDS_WITH_KNOWN_RESOURCE.includes(kind.toLowerCase()) || (apiVersion && resource)) return [];
  return [
    new ValidationFailed(
      `Not a known object Kind ${kind || '""'}. Action ${action.name} must specify Resource name and API version`,
      `spec.actions[${index}].object`,
      'Use one of the kinds Deployment, StatefulSet, DeploymentConfig, PVC and Namespace, or give apiVersion (e.g. v1), ' +
        'resource (the plural, e.g. configmaps) and, outside the core API, group.',
    ),
  ];
}

function validateLengths(expected: number, status: ActionSetStatus): ValidationFailed[] {
  const found = status.actions?.length ?? 0;
  if (found === expected) return [];
  return [
    new ValidationFailed(
      'Number of actions in status actions and spec must match',
      'status.actions',
      `The spec has ${expected} and the status ${found}: don't change the actions of an ActionSet, create another one.`,
    ),
  ];
}

function validateStates(status: ActionSetStatus): ValidationFailed[] {
  const actions = status.actions ?? [];
  const unfinished = actions
    .flatMap(({ phases }) => phases ?? [])
    .find(({ state }) => state === 'pending' || state === 'running');
  return [
    ...actions.flatMap(validatePhases),
    ...(isState(status.state) ? [] : [unknownState('ActionSet', status.state, 'status.state')]),
    ...(status.state === 'complete' && unfinished
      ? [
          new ValidationFailed(
            'ActionSet cannot be complete if any actions are not complete',
            'status.state',
            `Phase ${unfinished.name} is ${unfinished.state}.`,
          ),
        ]
      : []),
  ];
}

function validatePhases(action: ActionStatus, index: number): ValidationFailed[] {
  const problems: ValidationFailed[] = [];
  let unfinished: string | undefined;
  for (const [position, { name, state }] of (action.phases ?? []).entries()) {
    const field = `status.actions[${index}].phases[${position}].state`;
    if (!isState(state)) problems.push(unknownState('Action', state, field));
    if (unfinished !== undefined && state !== 'pending') {
      problems.push(
        new ValidationFailed(
          `Phases after a ${unfinished} one must be pending`,
          field,
          `Phase ${name} of action ${action.name} is ${state || 'without state'}, but phases run one after the other.`,
        ),
      );
    }
    if (state !== 'complete') unfinished ??= state;
  }
  return problems;
}

function unknownState(owner: string, state: string | undefined, field: string): ValidationFailed {
  return new ValidationFailed(
    `${owner} has unknown state '${state ?? ''}'`,
    field,
    `States are ${STATES.join(', ')}.`,
  );
}
