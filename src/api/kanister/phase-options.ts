import { InvalidDuration, parseDuration } from '../../gotemplate/index.ts';
import type { ActionSpec, BlueprintAction, BlueprintPhase } from './types.ts';
import { ValidationFailed } from './validation-failed.ts';

/** How a phase is to be run, beside what it does. Milliseconds. */
export interface PhaseOptions {
  /** For each attempt. */
  timeout: number | undefined;
  retry: {
    /** In all, the first one included. */
    attempts: number;
    /** Before the second attempt; doubled before each further one. */
    backoff: number;
    /** Reasons of failures; undefined: all that another attempt can mend. */
    on: readonly string[] | undefined;
  };
  onInterrupted: 'fail' | 'repeat';
}

/** Milliseconds before the second attempt, where the Blueprint does not say. */
const DEFAULT_BACKOFF = 10_000;

/** The options of a phase, which must be valid: see `validatePhaseOptions`. */
export function phaseOptions({ timeout, retry, onInterrupted }: BlueprintPhase): PhaseOptions {
  return {
    timeout: milliseconds(timeout),
    retry: {
      attempts: retry?.attempts ?? 1,
      backoff: milliseconds(retry?.backoff) ?? DEFAULT_BACKOFF,
      on: retry?.on ?? retry?.true,
    },
    onInterrupted: onInterrupted === 'repeat' ? 'repeat' : 'fail',
  };
}

/** Milliseconds for all phases of an action; undefined: no limit. Both must be valid. */
export function actionTimeout(spec: ActionSpec, action: BlueprintAction): number | undefined {
  return milliseconds(spec.timeout ?? action.timeout);
}

/** What is wrong with the options of an action of a Blueprint and of its phases; `field` is the path of the action. */
export function validateActionOptions(action: BlueprintAction, field: string): ValidationFailed[] {
  const { phases = [], deferPhase } = action;
  return [
    ...validateDuration(action.timeout, `${field}.timeout`),
    ...phases.flatMap((phase, index) => validatePhaseOptions(phase, `${field}.phases[${index}]`)),
    ...(deferPhase ? validatePhaseOptions(deferPhase, `${field}.deferPhase`) : []),
  ];
}

function validatePhaseOptions(phase: BlueprintPhase, field: string): ValidationFailed[] {
  const { timeout, retry, onInterrupted } = phase;
  const attempts = retry?.attempts;
  const problems = [
    ...validateDuration(timeout, `${field}.timeout`),
    ...validateDuration(retry?.backoff, `${field}.retry.backoff`),
  ];
  if (attempts !== undefined && !(Number.isInteger(attempts) && attempts >= 1)) {
    problems.push(
      new ValidationFailed(
        `retry.attempts of phase ${phase.name} is ${attempts}`,
        `${field}.retry.attempts`,
        'Give the number of attempts in all, the first one included: 1 or more.',
      ),
    );
  }
  if (onInterrupted !== undefined && onInterrupted !== 'fail' && onInterrupted !== 'repeat') {
    problems.push(
      new ValidationFailed(
        `onInterrupted of phase ${phase.name} is ${JSON.stringify(onInterrupted)}`,
        `${field}.onInterrupted`,
        'It is fail or repeat.',
      ),
    );
  }
  return problems;
}

export function validateDuration(text: string | undefined, field: string): ValidationFailed[] {
  if (text === undefined) return [];
  const problem = problemOfDuration(text);
  if (problem === undefined) return [];
  return [new ValidationFailed(problem, field, 'Give a time such as 90s, 30m or 1h30m.')];
}

function problemOfDuration(text: string): string | undefined {
  try {
    return parseDuration(text) > 0n ? undefined : `the duration ${JSON.stringify(text)} is not above zero`;
  } catch (error) {
    if (error instanceof InvalidDuration) return error.message;
    throw error;
  }
}

function milliseconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(parseDuration(text) / 1_000n) / 1_000;
}
