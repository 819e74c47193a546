import { JOBS, PODS } from '../../kubernetes/resources.ts';
import { controllerKeys, ownKey } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { backoffOf } from './job-backoff.ts';
import { conditionHolds } from './kinds.ts';
import type { Condition, Pod } from './kinds.ts';
import type { Job, JobStatus } from './batch-kinds.ts';
import { formatIndexes, indexOf, parseIndexes } from './job-indexes.ts';
import { createJobPods, isTracked, removeSurplus, stopTracking, surplusOf } from './job-pods.ts';
import { failureOf, successOf } from './job-outcome.ts';
import type { Outcome } from './job-outcome.ts';
import { countsAsFailed, matchFailurePolicy } from './pod-failure-policy.ts';
import { claimOwned, deletePod, find, isActive, isFinished, isReady, writeStatus } from './pod-set.ts';
import { timestamp } from './timestamp.ts';

/** Runs a Job's pods until enough have succeeded, or too many have failed. */
export const jobController: Controller = {
  name: 'jobs',
  triggers: [
    { type: JOBS, keys: ownKey },
    { type: PODS, keys: controllerKeys('Job') },
  ],
  async reconcile(subject, context) {
    const job = await find<Job>(context, JOBS, subject);
    if (!job || (job.spec.managedBy ?? OURS) !== OURS) return undefined;
    const pods = await claimOwned<Pod>(context, PODS, job, JOBS);
    if (isJobFinished(job)) {
      await stopTracking(context, pods.filter(isTracked));
      return undefined;
    }
    return advance(context, job, pods);
  },
};

const OURS = 'kubernetes.io/job-controller';

export const isJobFinished = ({ status }: Job): boolean =>
  conditionHolds(status?.conditions, 'Complete') || conditionHolds(status?.conditions, 'Failed');

async function advance(context: ControllerContext, job: Job, pods: Pod[]): Promise<number | undefined> {
  const now = context.clock.now();
  const status: JobStatus = { ...job.status };
  if (!job.spec.suspend) status.startTime ??= timestamp(now);
  const counted = countPods(job, pods);
  const active = pods.filter(isActive);
  let terminating = pods.filter(isTerminating).length;
  let running = active;
  let again: number | undefined;
  let outcome: Outcome | undefined =
    knownOutcome(job) ?? failureOf(job, pods, counted, status.startTime, now);
  outcome ??= successOf(job, counted);

  if (outcome) {
    for (const pod of active) await deletePod(context.client, pod);
    terminating += active.length;
    running = [];
  } else if (!job.metadata?.deletionTimestamp) {
    const step = await matchParallelism(context, job, { active, pods, counted, terminating, now });
    running = step.active;
    terminating += step.removed;
    again = step.again;
    const { completions } = job.spec;
    const enough =
      completions === undefined
        ? counted.succeeded > 0 && running.length === 0
        : counted.succeeded >= completions && running.length === 0;
    if (enough) {
      outcome = { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message: REACHED };
    } else await showSuspension(context, job, status, now);
  }
  status.active = running.length || undefined;
  status.ready = running.filter(isReady).length;
  status.terminating = terminating;
  await track(context, job, status, { pods, counted, outcome });
  return earliest(again, untilDeadline(job, status, now));
}

const REACHED = 'Reached expected number of succeeded pods';

const isTerminating = (pod: Pod): boolean =>
  pod.metadata?.deletionTimestamp !== undefined && !isFinished(pod);

/** What has become of the pods so far, those that the status has counted included. */
export interface Counted {
  succeeded: number;
  failed: number;
  succeededIndexes: Set<number>;
  failedIndexes: Set<number>;
}

function countPods(job: Job, pods: Pod[]): Counted {
  const uncounted = job.status?.uncountedTerminatedPods;
  const fresh = pods.filter(
    (pod) =>
      isTracked(pod) &&
      !uncounted?.succeeded?.includes(pod.metadata?.uid ?? '') &&
      !uncounted?.failed?.includes(pod.metadata?.uid ?? ''),
  );
  const succeededIndexes = parseIndexes(job.status?.completedIndexes);
  const failedIndexes = parseIndexes(job.status?.failedIndexes);
  const indexed = job.spec.completionMode === 'Indexed';
  for (const pod of fresh) {
    const index = indexOf(pod);
    if (!indexed || index === undefined || index >= (job.spec.completions ?? 0)) continue;
    if (pod.status?.phase === 'Succeeded') succeededIndexes.add(index);
    else if (isIndexLost(job, pod)) failedIndexes.add(index);
  }
  const succeeded = fresh.filter(({ status }) => status?.phase === 'Succeeded').length;
  const failed = fresh.filter((pod) => isFailed(job, pod) && countsAsFailed(job, pod)).length;
  return {
    succeeded: indexed
      ? succeededIndexes.size
      : (job.status?.succeeded ?? 0) + (uncounted?.succeeded?.length ?? 0) + succeeded,
    failed: (job.status?.failed ?? 0) + (uncounted?.failed?.length ?? 0) + failed,
    succeededIndexes,
    failedIndexes,
  };
}

/** A pod that was deleted before it ended never gets to the phase Failed. */
const isFailed = (job: Job, pod: Pod): boolean =>
  pod.status?.phase === 'Failed' || (job.spec.podReplacementPolicy !== 'Failed' && isTerminating(pod));

function isIndexLost(job: Job, pod: Pod): boolean {
  const limit = job.spec.backoffLimitPerIndex;
  if (limit === undefined || !isFailed(job, pod)) return false;
  if (matchFailurePolicy(job, pod)?.action === 'FailIndex') return true;
  return Number(pod.metadata?.annotations?.['batch.kubernetes.io/job-index-failure-count'] ?? 0) >= limit;
}

/** An outcome that was written before the pods were all accounted for. */
function knownOutcome({ status }: Job): Outcome | undefined {
  const known = status?.conditions?.find(
    ({ type, status: holds }) =>
      holds === 'True' && (type === 'SuccessCriteriaMet' || type === 'FailureTarget'),
  );
  if (!known) return undefined;
  const type = known.type === 'FailureTarget' ? 'FailureTarget' : 'SuccessCriteriaMet';
  return { type, reason: known.reason ?? '', message: known.message ?? '' };
}

interface Situation {
  active: Pod[];
  pods: Pod[];
  counted: Counted;
  terminating: number;
  now: Date;
}

async function matchParallelism(
  context: ControllerContext,
  job: Job,
  { active, pods, counted, terminating, now }: Situation,
): Promise<{ active: Pod[]; removed: number; again?: number }> {
  const { suspend, parallelism, completions, podReplacementPolicy } = job.spec;
  const left =
    completions === undefined ? parallelism : completions - counted.succeeded - lostIndexes(job, counted);
  // Without a number of completions, one success means that no more are started.
  const wanted =
    completions === undefined && counted.succeeded > 0
      ? active.length
      : Math.max(Math.min(parallelism, left), 0);
  const surplus = surplusOf(job, active, suspend ? 0 : wanted);
  if (surplus.length > 0) {
    await removeSurplus(context, job, surplus);
    return { active: active.filter((pod) => !surplus.includes(pod)), removed: surplus.length };
  }
  const replaced = podReplacementPolicy === 'Failed' ? terminating : 0;
  const missing = suspend ? 0 : wanted - active.length - replaced;
  if (missing <= 0) return { active, removed: 0 };
  const wait = job.spec.backoffLimitPerIndex === undefined ? backoffOf(pods, now) : 0;
  if (wait > 0) return { active, removed: 0, again: wait };
  const created = await createJobPods(context, job, { pods, active, counted, missing, now });
  return { active: [...active, ...created.pods], removed: 0, again: created.again };
}

const lostIndexes = (job: Job, { failedIndexes }: Counted): number =>
  job.spec.backoffLimitPerIndex === undefined ? 0 : failedIndexes.size;

async function showSuspension(
  { events }: ControllerContext,
  job: Job,
  status: JobStatus,
  now: Date,
): Promise<void> {
  const known = status.conditions?.find(({ type }) => type === 'Suspended');
  const suspended = job.spec.suspend === true;
  if (known ? (known.status === 'True') === suspended : !suspended) return;
  const [reason, message] = suspended ? ['JobSuspended', 'Job suspended'] : ['JobResumed', 'Job resumed'];
  status.conditions = [
    ...(status.conditions ?? []).filter(({ type }) => type !== 'Suspended'),
    conditionAt('Suspended', { reason, message }, now, suspended ? 'True' : 'False'),
  ];
  if (!suspended) status.startTime = timestamp(now);
  await events(JOBS, job, {
    type: 'Normal',
    reason: suspended ? 'Suspended' : 'Resumed',
    message,
    component: 'job-controller',
  });
}

const conditionAt = (
  type: string,
  { reason, message }: { reason: string; message: string },
  now: Date,
  status: Condition['status'] = 'True',
): Condition => ({
  type,
  status,
  reason,
  message,
  lastProbeTime: timestamp(now),
  lastTransitionTime: timestamp(now),
});

/**
 * Counts every pod exactly once, whenever the controller ends: first its uid is written into the status, then its finalizer is
 * removed, then the uid becomes a number.
 */
async function track(
  context: ControllerContext,
  job: Job,
  status: JobStatus,
  { pods, counted, outcome }: { pods: Pod[]; counted: Counted; outcome: Outcome | undefined },
): Promise<void> {
  const { client, clock } = context;
  const indexed = job.spec.completionMode === 'Indexed';
  const uncounted = job.status?.uncountedTerminatedPods ?? {};
  const succeeded = new Set(uncounted.succeeded);
  const failed = new Set(uncounted.failed);
  const ended = pods.filter(
    (pod) =>
      isTracked(pod) &&
      (job.metadata?.deletionTimestamp !== undefined ||
        outcome !== undefined ||
        pod.status?.phase === 'Succeeded' ||
        isFailed(job, pod)),
  );
  for (const pod of ended) {
    const uid = pod.metadata?.uid ?? '';
    if (succeeded.has(uid) || failed.has(uid)) continue;
    if (pod.status?.phase === 'Succeeded') {
      if (!indexed) succeeded.add(uid);
    } else if ((isFailed(job, pod) || outcome?.type === 'FailureTarget') && countsAsFailed(job, pod))
      failed.add(uid);
  }
  if (indexed) {
    status.succeeded = counted.succeededIndexes.size || undefined;
    status.completedIndexes = formatIndexes(counted.succeededIndexes) || undefined;
    if (job.spec.backoffLimitPerIndex !== undefined)
      status.failedIndexes = formatIndexes(counted.failedIndexes);
  }
  const target = outcome?.type;
  if (outcome && target && !conditionHolds(status.conditions, target)) {
    status.conditions = [...(status.conditions ?? []), conditionAt(target, outcome, clock.now())];
  }
  const flushed = await writeStatus<Job>(client, JOBS, job, {
    ...status,
    uncountedTerminatedPods: lists(succeeded, failed),
  });
  if (ended.length > 0) await stopTracking(context, ended);
  status.succeeded = indexed ? status.succeeded : (status.succeeded ?? 0) + succeeded.size || undefined;
  status.failed = (status.failed ?? 0) + failed.size || undefined;
  status.uncountedTerminatedPods = {};
  const finished = outcome !== undefined && status.terminating === 0;
  if (outcome && finished) finish(status, outcome, clock.now());
  await writeStatus<Job>(client, JOBS, flushed, status);
  if (outcome && finished) await tellEnd(context, job, status, outcome);
}

const lists = (succeeded: Set<string>, failed: Set<string>): JobStatus['uncountedTerminatedPods'] => ({
  ...(succeeded.size > 0 && { succeeded: [...succeeded] }),
  ...(failed.size > 0 && { failed: [...failed] }),
});

function finish(status: JobStatus, outcome: Outcome, now: Date): void {
  const type = outcome.type === 'FailureTarget' ? 'Failed' : 'Complete';
  status.conditions = [...(status.conditions ?? []), conditionAt(type, outcome, now)];
  if (type === 'Complete') status.completionTime = timestamp(now);
}

async function tellEnd(
  { events }: ControllerContext,
  job: Job,
  status: JobStatus,
  { type, reason, message }: Outcome,
): Promise<void> {
  const component = 'job-controller';
  if (type === 'FailureTarget') {
    await events(JOBS, job, { type: 'Warning', reason, message, component });
    return;
  }
  if (job.spec.completions !== undefined && (status.succeeded ?? 0) > job.spec.completions) {
    await events(JOBS, job, {
      type: 'Warning',
      reason: 'TooManySucceededPods',
      message: 'Too many succeeded pods running after completion count reached',
      component,
    });
  }
  await events(JOBS, job, { type: 'Normal', reason: 'Completed', message: 'Job completed', component });
}

function untilDeadline(job: Job, { startTime }: JobStatus, now: Date): number | undefined {
  const { activeDeadlineSeconds, suspend } = job.spec;
  if (activeDeadlineSeconds === undefined || suspend || startTime === undefined) return undefined;
  return Math.max(Date.parse(startTime) + activeDeadlineSeconds * 1000 - now.getTime(), 0);
}

const earliest = (...waits: (number | undefined)[]): number | undefined => {
  const known = waits.filter((wait) => wait !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
};
