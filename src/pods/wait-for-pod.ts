import { formatDuration } from '../gotemplate/duration.ts';
import { Failure } from '../engine/failure.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { FollowedPod, PodContext } from './follow-pod.ts';
import { type Pod, containerStatus, mainContainer } from './pod.ts';
import { describePodFailure } from './describe-pod-failure.ts';
import {
  DEFAULT_PATIENCE,
  type Patience,
  type PodTrouble,
  pendingTrouble,
  surroundingTrouble,
} from './pod-troubles.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';

export interface ReadinessOptions {
  /** Milliseconds that the pod may stay pending. */
  timeout: number;
  patience?: Patience;
}

/** Milliseconds after which a pod counts as late, and its node and claims are looked at; and between two such looks. */
const LATE = 60_000;

/**
 * Waits until the pod has left `Pending`; it may have ended by then. A state that cannot pass by itself is not waited out.
 * @throws {Failure} `PodNotReady`; `OutcomeUnknown` when the pod goes away
 */
export async function waitForPodReady(
  context: PodContext,
  followed: FollowedPod,
  { timeout, patience = DEFAULT_PATIENCE }: ReadinessOptions,
): Promise<Pod> {
  const { clock } = context;
  const start = clock.monotonic();
  let trouble: PodTrouble | undefined;
  let since = start;
  let nextLook = start + LATE;
  for (;;) {
    const pod = followed.latest;
    if (!isPending(pod)) return pod;
    const now = clock.monotonic();
    let found = pendingTrouble(pod, patience);
    if (!found && now >= nextLook) {
      found = await surroundingTrouble(context, pod);
      nextLook = clock.monotonic() + LATE;
    }
    // ErrImagePull and ImagePullBackOff take turns: what counts is that the trouble lasts, not its word.
    if (found?.patience !== trouble?.patience) since = now;
    trouble = found;
    const end = Math.min(start + timeout, since + (trouble?.patience ?? Infinity));
    if (now >= end) throw notReady(pod, timeout, now - start, trouble);
    const wake = trouble ? end : Math.min(end, nextLook);
    await changeOrPause(followed, pod, clock, Math.max(0, wake - now), context.signal);
  }
}

/**
 * Waits until all containers have succeeded.
 * @throws {Failure} `PodFailed` with exit code and last lines of the container at fault; `OutcomeUnknown` when the pod goes away
 */
export async function waitForPodCompletion(context: PodContext, followed: FollowedPod): Promise<void> {
  const failed = await followed.until((pod) => {
    if (pod.status?.phase === 'Succeeded') return false;
    return pod.status?.phase === 'Failed' || hasMainContainerFailed(pod) ? true : undefined;
  });
  if (failed) throw await describePodFailure(context, followed.latest);
}

/** Resolves when the pod is no longer as `seen`, or the time is over. */
export async function changeOrPause(
  followed: FollowedPod,
  seen: Pod,
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const stop = AbortSignal.any([signal, done.signal]);
  try {
    await Promise.race([
      followed.until((pod) => (pod === seen ? undefined : true), stop),
      clock.sleep(milliseconds, stop),
    ]);
  } finally {
    done.abort(WORK_ENDED);
  }
}

function isPending(pod: Pod): boolean {
  const phase = pod.status?.phase ?? '';
  return phase === '' || phase === 'Pending';
}

/** An injected sidecar may keep a pod running for ever whose own work has failed for good. */
function hasMainContainerFailed(pod: Pod): boolean {
  const exitCode = containerStatus(pod, mainContainer(pod))?.state?.terminated?.exitCode;
  return pod.spec.restartPolicy === 'Never' && exitCode !== undefined && exitCode !== 0;
}

function notReady(pod: Pod, timeout: number, waited: number, trouble: PodTrouble | undefined): Failure {
  const { name = '', namespace = '' } = pod.metadata;
  const early = waited < timeout ? ` (given up after ${goDuration(waited)})` : '';
  const why = trouble?.message ?? 'Context done while polling: context deadline exceeded';
  return new Failure(
    'PodNotReady',
    'Pod failed to become ready in time: Pod did not transition into running state. ' +
      `Timeout:${goDuration(timeout)}  Namespace:${namespace}, Name:${name}: ${why}${early}`,
    {
      pod: { name, phase: pod.status?.phase ?? 'Pending', ...(trouble && { reason: trouble.reason }) },
      hint:
        trouble?.hint ??
        `Look at the events of pod ${name}, or raise the operator's time for pods to become ready.`,
    },
  );
}

function goDuration(milliseconds: number): string {
  return formatDuration(BigInt(Math.round(milliseconds)) * 1_000_000n);
}
