import { JOBS, PODS } from '../../kubernetes/resources.ts';
import { controllerKeys, keyOf } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { conditionHolds, controllerReference, nameOf } from './kinds.ts';
import type { Condition, Job, JobStatus, Pod } from './kinds.ts';
import { deletePod, deleteThis, find, isActive, isReady, ownedBy, writeStatus } from './pod-set.ts';

const FIRST_BACKOFF = 10_000;
const LONGEST_BACKOFF = 600_000;

/** Runs a Job's pods until enough have succeeded, or too many have failed. */
export const jobController: Controller = {
  name: 'jobs',
  triggers: [
    { type: JOBS, keys: (object) => [keyOf(object)] },
    { type: PODS, keys: controllerKeys('Job') },
  ],
  async reconcile(subject, context) {
    const job = await find<Job>(context.client, JOBS, subject);
    if (!job || job.metadata?.deletionTimestamp) return undefined;
    if (isFinished(job)) return removeWhenDue(context, job);
    return advance(context, job);
  },
};

const isFinished = ({ status }: Job): boolean =>
  conditionHolds(status?.conditions, 'Complete') || conditionHolds(status?.conditions, 'Failed');

async function removeWhenDue({ client, clock }: ControllerContext, job: Job): Promise<number | undefined> {
  const { ttlSecondsAfterFinished } = job.spec;
  if (ttlSecondsAfterFinished === undefined) return undefined;
  const finished = job.status?.conditions?.find(
    ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
  );
  const due = Date.parse(finished?.lastTransitionTime ?? '') + ttlSecondsAfterFinished * 1000;
  const wait = due - clock.now().getTime();
  if (wait > 0) return wait;
  await deleteThis(client, JOBS, job);
  return undefined;
}

async function advance(context: ControllerContext, job: Job): Promise<number | undefined> {
  const { client, clock } = context;
  const now = clock.now();
  const pods = await ownedBy<Pod>(client, PODS, job);
  const active = pods.filter(isActive);
  const succeeded = pods.filter(({ status }) => status?.phase === 'Succeeded').length;
  const failed = pods.filter(({ status }) => status?.phase === 'Failed');
  const startTime = job.status?.startTime ?? text(now);
  const counts: JobStatus = {
    ...(job.spec.suspend ? {} : { startTime }),
    ...(active.length > 0 && { active: active.length }),
    ready: active.filter(isReady).length,
    terminating: pods.filter(({ metadata }) => metadata?.deletionTimestamp).length,
    ...(succeeded > 0 && { succeeded }),
    ...(failed.length > 0 && { failed: failed.length }),
    uncountedTerminatedPods: {},
  };

  const failure = failureOf(context, job, pods, startTime);
  if (failure) {
    for (const pod of active) await deletePod(client, pod);
    const { active: _active, ...ended } = counts;
    await finish(context, job, { ...ended, ready: 0 }, 'FailureTarget', 'Failed', failure);
    return job.spec.ttlSecondsAfterFinished === undefined ? undefined : 0;
  }
  // Without a number of completions, one success means that the work is done.
  const enough =
    job.spec.completions === undefined
      ? succeeded > 0 && active.length === 0
      : succeeded >= job.spec.completions;
  if (enough) {
    for (const pod of active) await deletePod(client, pod);
    const done = { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
    await finish(
      context,
      job,
      { ...counts, completionTime: text(now) },
      'SuccessCriteriaMet',
      'Complete',
      done,
    );
    return job.spec.ttlSecondsAfterFinished === undefined ? undefined : 0;
  }
  await writeStatus(client, JOBS, job, {
    ...counts,
    ...(job.status?.conditions && { conditions: job.status.conditions }),
  });
  if (job.spec.suspend) {
    for (const pod of active) await deletePod(client, pod);
    return undefined;
  }
  const wait = backoff(failed, now);
  if (wait > 0) return wait;
  await createPods(context, job, active.length, succeeded);
  return untilDeadline(context, job, startTime);
}

interface Outcome {
  reason: string;
  message: string;
}

function failureOf(
  { clock }: ControllerContext,
  job: Job,
  pods: Pod[],
  startTime: string,
): Outcome | undefined {
  const { backoffLimit, activeDeadlineSeconds, template, suspend } = job.spec;
  const restarts =
    template.spec.restartPolicy === 'OnFailure' ? pods.reduce((sum, pod) => sum + restartsOf(pod), 0) : 0;
  const failures = pods.filter(({ status }) => status?.phase === 'Failed').length + restarts;
  if (failures > backoffLimit) {
    return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  if (activeDeadlineSeconds === undefined || suspend) return undefined;
  if (clock.now().getTime() < Date.parse(startTime) + activeDeadlineSeconds * 1000) return undefined;
  return { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
}

const restartsOf = ({ status }: Pod): number =>
  (status?.containerStatuses ?? []).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);

/** Each failure doubles the wait before the next pod, counted from the end of the last one. */
function backoff(failed: Pod[], now: Date): number {
  if (failed.length === 0) return 0;
  const ends = failed.flatMap(({ status, metadata }) => {
    const finished = (status?.containerStatuses ?? []).map(({ state }) =>
      Date.parse(state?.terminated?.finishedAt ?? ''),
    );
    const known = finished.filter((end) => !Number.isNaN(end));
    return known.length > 0 ? known : [Date.parse(metadata?.creationTimestamp ?? '')];
  });
  const delay = Math.min(FIRST_BACKOFF * 2 ** (failed.length - 1), LONGEST_BACKOFF);
  return Math.max(...ends) + delay - now.getTime();
}

async function createPods(
  context: ControllerContext,
  job: Job,
  active: number,
  succeeded: number,
): Promise<void> {
  const { parallelism, completions, template } = job.spec;
  // Once one has succeeded, a Job without completions starts no more.
  const left = completions === undefined ? (succeeded > 0 ? active : parallelism) : completions - succeeded;
  for (let count = active; count < Math.min(parallelism, left); count += 1) {
    await context.client.create<Pod>(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName: `${nameOf(job).name}-`,
        namespace: nameOf(job).namespace,
        ...(template.metadata?.labels && { labels: template.metadata.labels }),
        ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
        ownerReferences: [controllerReference(job, 'batch/v1', 'Job')],
      },
      spec: template.spec,
    });
  }
}

function untilDeadline({ clock }: ControllerContext, job: Job, startTime: string): number | undefined {
  const { activeDeadlineSeconds } = job.spec;
  if (activeDeadlineSeconds === undefined) return undefined;
  return Math.max(Date.parse(startTime) + activeDeadlineSeconds * 1000 - clock.now().getTime(), 0);
}

async function finish(
  { client, clock }: ControllerContext,
  job: Job,
  status: JobStatus,
  before: string,
  type: string,
  outcome: Outcome,
): Promise<void> {
  const now = text(clock.now());
  const condition = (name: string): Condition => ({
    type: name,
    status: 'True',
    lastProbeTime: now,
    lastTransitionTime: now,
    ...outcome,
  });
  const conditions = [...(job.status?.conditions ?? []), condition(before), condition(type)];
  await writeStatus(client, JOBS, job, { ...status, conditions });
}

const text = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');
