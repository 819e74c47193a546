import type { ActionSetSpec } from './types.ts';
import { validateDuration } from './phase-options.ts';
import { ValidationFailed } from './validation-failed.ts';

/**
 * Which actions, by index, must have succeeded before each action of an ActionSet begins. The spec must be valid: see
 * `validateActionOrder`.
 */
export function neededActions({ actions = [], executionMode }: ActionSetSpec): number[][] {
  return actions.map(({ needs = [] }, index) => {
    const named = actions.flatMap(({ name }, other) =>
      needs.includes(name) && other !== index ? [other] : [],
    );
    const before = executionMode === 'sequential' && index > 0 ? [index - 1] : [];
    return [...new Set([...named, ...before])].toSorted((a, b) => a - b);
  });
}

/** What is wrong with the order and the times that an ActionSet asks for. */
export function validateActionOrder(spec: ActionSetSpec): ValidationFailed[] {
  const { actions = [], executionMode, ttlSecondsAfterFinished: ttl } = spec;
  const problems = actions.flatMap((action, index) => [
    ...validateDuration(action.timeout, `spec.actions[${index}].timeout`),
    ...unknownNeeds(spec, index),
  ]);
  if (executionMode !== undefined && executionMode !== 'parallel' && executionMode !== 'sequential') {
    problems.push(
      new ValidationFailed(
        `executionMode is ${JSON.stringify(executionMode)}`,
        'spec.executionMode',
        'It is parallel or sequential.',
      ),
    );
  }
  if (ttl !== undefined && !(Number.isInteger(ttl) && ttl >= 0)) {
    problems.push(
      new ValidationFailed(
        `ttlSecondsAfterFinished is ${ttl}`,
        'spec.ttlSecondsAfterFinished',
        'Give seconds: 0 or more.',
      ),
    );
  }
  const stuck = problems.length === 0 ? actionsInCircle(neededActions(spec)) : [];
  if (stuck.length > 0) {
    const names = stuck.map((index) => actions[index]?.name ?? '').join(', ');
    problems.push(
      new ValidationFailed(
        `the actions ${names} wait for each other`,
        `spec.actions[${stuck[0] ?? 0}].needs`,
        'Remove one of their needs; with executionMode sequential an action can only need earlier ones.',
      ),
    );
  }
  return problems;
}

function unknownNeeds({ actions = [] }: ActionSetSpec, index: number): ValidationFailed[] {
  const { name, needs = [] } = actions[index] ?? {};
  const others = actions.flatMap((action, other) => (other === index ? [] : action.name));
  return needs
    .filter((needed) => !others.includes(needed))
    .map(
      (needed) =>
        new ValidationFailed(
          `action ${name ?? ''} needs ${JSON.stringify(needed)}, which is no other action of the ActionSet`,
          `spec.actions[${index}].needs`,
          others.length > 0 ? `The others are ${others.join(', ')}.` : 'It has no others.',
        ),
    );
}

/** Those that never can begin, because each waits for another one of them. */
function actionsInCircle(needed: number[][]): number[] {
  let waiting = needed.map((_, index) => index);
  for (;;) {
    const left = waiting.filter((index) => needed[index]?.some((other) => waiting.includes(other)));
    if (left.length === waiting.length) return left;
    waiting = left;
  }
}
