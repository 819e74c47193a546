import type { Pod } from './kinds.ts';

const FIRST_BACKOFF = 10_000;
const LONGEST_BACKOFF = 600_000;

/** Milliseconds before the next pod: each failure since the last success doubles the wait, counted from the end of the last one. */
export function backoffOf(pods: Pod[], now: Date): number {
  const ends = (phase: string): number[] =>
    pods.filter(({ status }) => status?.phase === phase).map((pod) => endOf(pod) ?? now.getTime());
  const lastSuccess = Math.max(-Infinity, ...ends('Succeeded'));
  const failures = ends('Failed').filter((end) => end > lastSuccess);
  return remaining(failures.length, Math.max(-Infinity, ...failures), now);
}

/** The same for the pods of one index. */
export const remaining = (failures: number, last: number, now: Date): number =>
  failures === 0
    ? 0
    : Math.max(last + Math.min(FIRST_BACKOFF * 2 ** (failures - 1), LONGEST_BACKOFF) - now.getTime(), 0);

/** When the last container of a pod ended; where nobody says, when the pod was last known not to be ready, or made. */
export function endOf({ status, metadata }: Pod): number | undefined {
  const ends = (status?.containerStatuses ?? []).map(({ state }) =>
    Date.parse(state?.terminated?.finishedAt ?? ''),
  );
  if (ends.length > 0 && ends.every((end) => !Number.isNaN(end))) return Math.max(...ends);
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  const fallback = Date.parse(metadata?.deletionTimestamp ?? ready ?? metadata?.creationTimestamp ?? '');
  return Number.isNaN(fallback) ? undefined : fallback;
}
