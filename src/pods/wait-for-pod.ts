import { formatDuration } from '../gotemplate/duration.ts';
import { Failure } from '../engine/failure.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { FollowedPod, PodContext } from './follow-pod.ts';
import { type ContainerStatus, type Pod, containerStatus, mainContainer, nameOf } from './pod.ts';
import { describePodFailure } from './describe-pod-failure.ts';
import {
  DEFAULT_PATIENCE,
  type Patience,
  type PodTrouble,
  pendingTrouble,
  surroundingTrouble,
} from './pod-troubles.ts';
import { readLogTail } from './read-log-tail.ts';
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
  const { clock, log } = context;
  const start = clock.monotonic();
  let trouble: PodTrouble | undefined;
  let since = start;
  let nextLook = start + LATE;
  let around: { pod: Pod; trouble: PodTrouble | undefined } | undefined;
  for (;;) {
    const pod = followed.latest;
    if (!isPending(pod)) return pod;
    const now = clock.monotonic();
    let found = pendingTrouble(pod, patience);
    if (found?.patience === undefined) {
      if (now >= nextLook) {
        around = { pod, trouble: await surroundingTrouble(context, pod, patience) };
        nextLook = clock.monotonic() + LATE;
      }
      if (around?.pod === pod) found = around.trouble ?? found;
    }
    // ErrImagePull and ImagePullBackOff take turns: what counts is that the trouble lasts, not its word.
    if (found?.patience !== trouble?.patience) since = now;
    if (found && found.reason !== trouble?.reason) {
      log.warn({ Pod: pod.metadata.name, reason: found.reason }, `The pod does not start: ${found.message}`);
    }
    trouble = found;
    const end = Math.min(start + timeout, since + (trouble?.patience ?? Infinity));
    if (now >= end) throw await notReady(context, pod, { timeout, waited: now - start, trouble });
    const wake = trouble?.patience === undefined ? Math.min(end, nextLook) : end;
    await changeOrPause(followed, pod, clock, Math.max(0, wake - now), context.signal);
  }
}

/**
 * Waits until the pod has succeeded, or all of its `own` containers have: what others put into it, as a service mesh does, may run on.
 * @throws {Failure} `PodFailed` with exit code and last lines of the container at fault; `OutcomeUnknown` when the pod goes away
 */
export async function waitForPodCompletion(
  context: PodContext,
  followed: FollowedPod,
  own: readonly string[],
): Promise<void> {
  const failed = await followed.until((pod) => {
    const phase = pod.status?.phase;
    if (phase === 'Succeeded' || phase === 'Failed') return phase === 'Failed';
    return hasMainContainerFailed(pod) ? true : ownOutcome(pod, own);
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

/** Whether the pod's own containers have failed, once all of them have ended for good. */
function ownOutcome(pod: Pod, own: readonly string[]): boolean | undefined {
  const { restartPolicy } = pod.spec;
  if (own.length === 0 || (restartPolicy !== 'Never' && restartPolicy !== 'OnFailure')) return undefined;
  const codes = own.map((name) => containerStatus(pod, name)?.state?.terminated?.exitCode);
  if (codes.every((code) => code === 0)) return false;
  return restartPolicy === 'Never' && codes.every((code) => code !== undefined) ? true : undefined;
}

interface Lateness {
  timeout: number;
  waited: number;
  trouble: PodTrouble | undefined;
}

async function notReady(
  context: PodContext,
  pod: Pod,
  { timeout, waited, trouble }: Lateness,
): Promise<Failure> {
  const { name = '', namespace = '' } = pod.metadata;
  const early = waited < timeout ? ` (given up after ${goDuration(waited)})` : '';
  const why = trouble?.message ?? 'Context done while polling: context deadline exceeded';
  const container = startedContainer(pod);
  const tail = container === undefined ? '' : await readLogTail(context, nameOf(pod), container);
  return new Failure(
    'PodNotReady',
    'Pod failed to become ready in time: Pod did not transition into running state. ' +
      `Timeout:${goDuration(timeout)}  Namespace:${namespace}, Name:${name}${tail && `: ${tail}`}: ${why}${early}`,
    {
      pod: {
        name,
        phase: pod.status?.phase ?? 'Pending',
        ...(trouble && { reason: trouble.reason }),
        ...(tail !== '' && { logTail: tail }),
      },
      hint:
        trouble?.hint ??
        `Look at the events of pod ${name}, or raise the operator's time for pods to become ready.`,
    },
  );
}

/** Whose log may tell something: the main container where it has begun, else another one, or the init container that it waits for. */
function startedContainer(pod: Pod): string | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const hasBegun = ({ state, lastState }: ContainerStatus) =>
    (state?.running ?? state?.terminated ?? lastState?.terminated) !== undefined;
  const begun = [...containerStatuses, ...initContainerStatuses.toReversed()].filter(hasBegun);
  return (begun.find(({ name }) => name === mainContainer(pod)) ?? begun[0])?.name;
}

function goDuration(milliseconds: number): string {
  return formatDuration(BigInt(Math.round(milliseconds)) * 1_000_000n);
}
