import type { ActionSetStatus, Condition, ConditionType } from '../api/kanister/types.ts';
import { timestamp } from './progress.ts';

/** Bytes of a condition's message: details stand in `error` and in the failures of the phases. */
const LONGEST_MESSAGE = 1_024;

type ConditionText = Pick<Condition, 'reason'> & { message?: string };

/** Sets a condition; the time of its transition moves only when its status does. */
export function setCondition(
  status: ActionSetStatus,
  type: ConditionType,
  holds: boolean,
  { reason, message = '' }: ConditionText,
  now: Date,
): void {
  const value = holds ? 'True' : 'False';
  const conditions = status.conditions ?? [];
  const before = conditions.find((condition) => condition.type === type);
  const next: Condition = {
    type,
    status: value,
    reason,
    message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message,
    lastTransitionTime: before?.status === value ? before.lastTransitionTime : timestamp(now),
  };
  status.conditions = before
    ? conditions.map((condition) => (condition === before ? next : condition))
    : [...conditions, next];
}

/** It waits for other ActionSets. */
export function setQueued(status: ActionSetStatus, now: Date): void {
  setCondition(status, 'Accepted', true, { reason: 'Planned' }, now);
  setCondition(status, 'Running', false, { reason: 'Queued', message: 'other actions run first' }, now);
}

export function setRunning(status: ActionSetStatus, now: Date): void {
  setCondition(status, 'Accepted', true, { reason: 'Planned' }, now);
  setCondition(status, 'Running', true, { reason: 'Started' }, now);
}

/** Its spec or its Blueprint can't be run. */
export function setRefused(status: ActionSetStatus, text: Required<ConditionText>, now: Date): void {
  setCondition(status, 'Accepted', false, text, now);
}

/** The end, in the same write as the terminal state; `cancelled` is why, where somebody wanted it to end. */
export function setEnded(
  status: ActionSetStatus,
  { reason, cancelled }: { reason: string; cancelled?: string | undefined },
  now: Date,
): void {
  const complete = status.state === 'complete';
  const { message } = status.error;
  setCondition(status, 'Running', false, { reason: 'Ended' }, now);
  if (complete) return setCondition(status, 'Complete', true, { reason: 'Succeeded' }, now);
  setCondition(status, 'Failed', true, { reason, message }, now);
  if (cancelled !== undefined) {
    setCondition(status, 'Cancelled', true, { reason: 'Cancelled', message: cancelled }, now);
  }
}
