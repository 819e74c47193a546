import { isAlreadyExists, isNotFound } from '../../kubernetes/api-error.ts';
import { JOBS } from '../../kubernetes/resources.ts';
import type { CronJob, Job, JobReference } from './batch-kinds.ts';
import { controllerKeys, ownKey } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { parseCronSchedule } from './cron-schedule.ts';
import type { CronSchedule } from './cron-schedule.ts';
import { isJobFinished } from './job.ts';
import { conditionHolds, controllerReference, nameOf } from './kinds.ts';
import { deleteThis, find, ownedBy, writeStatus } from './pod-set.ts';
import { CRON_JOBS } from './resource-types.ts';
import { timestamp } from './timestamp.ts';

const MANY = 100;
const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** Starts a Job each time its schedule says so. */
export const cronJobController: Controller = {
  name: 'cronjobs',
  triggers: [
    { type: CRON_JOBS, keys: ownKey },
    { type: JOBS, keys: controllerKeys('CronJob') },
  ],
  async reconcile(subject, context) {
    const cronJob = await find<CronJob>(context, CRON_JOBS, subject);
    if (!cronJob || cronJob.metadata?.deletionTimestamp) return undefined;
    const jobs = await ownedBy<Job>(context, JOBS, cronJob);
    const status = await followJobs(context, cronJob, jobs);
    const again = await startWhenDue(context, cronJob, status, jobs);
    await removeHistory(context, cronJob, jobs);
    await writeStatus(context.client, CRON_JOBS, cronJob, status);
    return again;
  },
};

type Status = NonNullable<CronJob['status']>;

/** Which of its Jobs run, and when the last one succeeded. */
async function followJobs(context: ControllerContext, cronJob: CronJob, jobs: Job[]): Promise<Status> {
  const before = cronJob.status ?? {};
  const active: JobReference[] = [];
  for (const reference of before.active ?? []) {
    const job = jobs.find(({ metadata }) => metadata?.uid === reference.uid);
    if (!job)
      await tell(context, cronJob, 'Normal', 'MissingJob', `Active job went missing: ${reference.name}`);
    else if (isJobFinished(job)) {
      const condition = conditionHolds(job.status?.conditions, 'Complete') ? 'Complete' : 'Failed';
      const message = `Saw completed job: ${reference.name}, condition: ${condition}`;
      await tell(context, cronJob, 'Normal', 'SawCompletedJob', message);
    } else active.push(reference);
  }
  let { lastSuccessfulTime } = before;
  for (const job of jobs) {
    const { completionTime, conditions } = job.status ?? {};
    if (!completionTime || !conditionHolds(conditions, 'Complete')) continue;
    if (!lastSuccessfulTime || completionTime > lastSuccessfulTime) lastSuccessfulTime = completionTime;
  }
  return {
    ...(active.length > 0 && { active }),
    ...(before.lastScheduleTime && { lastScheduleTime: before.lastScheduleTime }),
    ...(lastSuccessfulTime && { lastSuccessfulTime }),
  };
}

async function startWhenDue(
  context: ControllerContext,
  cronJob: CronJob,
  status: Status,
  jobs: Job[],
): Promise<number | undefined> {
  const { schedule, timeZone, suspend, startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
  if (suspend) return undefined;
  const now = context.clock.now();
  let times: CronSchedule;
  try {
    times = parseCronSchedule(schedule, timeZone);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await tell(
      context,
      cronJob,
      'Warning',
      'UnparseableSchedule',
      `unparseable schedule: "${schedule}" : ${why}`,
    );
    return undefined;
  }
  const next = times.next(now);
  const wait = next ? next.getTime() - now.getTime() : undefined;
  const due = await lastMissed(context, cronJob, times, now);
  if (!due) return wait;
  if (
    startingDeadlineSeconds !== undefined &&
    due.getTime() + startingDeadlineSeconds * 1000 < now.getTime()
  ) {
    const message = `Missed scheduled time to start a job: ${due.toUTCString().replace('GMT', 'UTC')}`;
    await tell(context, cronJob, 'Warning', 'MissSchedule', message);
    return wait;
  }
  const name = `${nameOf(cronJob).name}-${Math.floor(due.getTime() / 60_000)}`;
  if (jobs.some((job) => nameOf(job).name === name) || status.lastScheduleTime === timestamp(due))
    return wait;
  if (concurrencyPolicy === 'Forbid' && (status.active ?? []).length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    await tell(context, cronJob, 'Normal', 'JobAlreadyActive', message);
    return wait;
  }
  if (concurrencyPolicy === 'Replace') {
    for (const { uid } of status.active ?? []) {
      const job = jobs.find(({ metadata }) => metadata?.uid === uid);
      if (job) await removeJob(context, cronJob, job);
    }
    delete status.active;
  }
  await start(context, cronJob, status, name, due);
  return wait;
}

/** The latest time that has passed since a Job was last started. */
async function lastMissed(
  context: ControllerContext,
  cronJob: CronJob,
  times: CronSchedule,
  now: Date,
): Promise<Date | undefined> {
  const { lastScheduleTime } = cronJob.status ?? {};
  const { startingDeadlineSeconds } = cronJob.spec;
  let from = new Date(lastScheduleTime ?? cronJob.metadata?.creationTimestamp ?? now);
  if (startingDeadlineSeconds !== undefined) {
    const earliest = new Date(now.getTime() - startingDeadlineSeconds * 1000);
    if (earliest > from) from = earliest;
  }
  let missed: Date | undefined;
  let count = 0;
  for (let time = times.next(from); time && time <= now; time = times.next(time)) {
    missed = time;
    count += 1;
    if (count > MANY) {
      const message =
        'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
      await tell(context, cronJob, 'Warning', 'TooManyMissedTimes', message);
      // The latest is found from the other end.
      const near = times.next(new Date(now.getTime() - (now.getTime() - from.getTime()) / count));
      for (let later = near; later && later <= now; later = times.next(later)) missed = later;
      break;
    }
  }
  return missed;
}

async function start(
  context: ControllerContext,
  cronJob: CronJob,
  status: Status,
  name: string,
  due: Date,
): Promise<void> {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const { namespace } = nameOf(cronJob);
  let created: Job;
  try {
    created = await context.client.create<Job>(JOBS, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name,
        namespace,
        labels: metadata?.labels,
        annotations: { ...metadata?.annotations, [SCHEDULED_AT]: localTime(due, cronJob.spec.timeZone) },
        ownerReferences: [controllerReference(cronJob, CRON_JOBS)],
      },
      spec,
    });
  } catch (error) {
    // The Job of this time was started before.
    if (isAlreadyExists(error)) return;
    const why = error instanceof Error ? error.message : String(error);
    await tell(context, cronJob, 'Warning', 'FailedCreate', `Error creating job: ${why}`);
    throw error;
  }
  await tell(context, cronJob, 'Normal', 'SuccessfulCreate', `Created job ${name}`);
  const reference: JobReference = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    namespace,
    name,
    uid: created.metadata?.uid ?? '',
    resourceVersion: created.metadata?.resourceVersion,
  };
  status.active = [...(status.active ?? []), reference];
  status.lastScheduleTime = timestamp(due);
}

/** In the schedule's own zone, with its distance from UTC. */
function localTime(time: Date, timeZone: string | undefined): string {
  if (timeZone === undefined || timeZone === 'UTC') return timestamp(time);
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    timeZoneName: 'longOffset',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]));
  const offset = (parts.get('timeZoneName') ?? 'GMT').replace('GMT', '') || 'Z';
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}${offset}`;
}

async function removeHistory(context: ControllerContext, cronJob: CronJob, jobs: Job[]): Promise<void> {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob.spec;
  const age = ({ status, metadata }: Job): string => status?.startTime ?? metadata?.creationTimestamp ?? '';
  const prune = async (type: string, limit: number): Promise<void> => {
    const finished = jobs
      .filter(({ status }) => conditionHolds(status?.conditions, type))
      .toSorted((a, b) => (age(a) < age(b) ? -1 : 1));
    for (const job of finished.slice(0, Math.max(finished.length - limit, 0)))
      await removeJob(context, cronJob, job);
  };
  await prune('Complete', successfulJobsHistoryLimit);
  await prune('Failed', failedJobsHistoryLimit);
}

async function removeJob(context: ControllerContext, cronJob: CronJob, job: Job): Promise<void> {
  try {
    await deleteThis(context.client, JOBS, job);
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  await tell(context, cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${nameOf(job).name}`);
}

const tell = (
  { events }: ControllerContext,
  cronJob: CronJob,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Promise<void> => events(CRON_JOBS, cronJob, { type, reason, message, component: 'cronjob-controller' });
