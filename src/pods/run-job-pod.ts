import { Failure } from '../engine/failure.ts';
import type { FunctionContext, Intent } from '../engine/function.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { PODS } from '../kubernetes/resources.ts';
import { buildJobPod, type JobPod } from './build-job-pod.ts';
import { type FollowedPod, followPod } from './follow-pod.ts';
import { mainContainer, type Pod } from './pod.ts';
import { type LogContext, readPodLog } from './read-pod-log.ts';
import { waitForPodCompletion, waitForPodReady } from './wait-for-pod.ts';

export type JobContext = LogContext &
  Pick<FunctionContext, 'owner' | 'settings' | 'createTemporary' | 'idle'>;

export interface JobPodRun {
  /** Names the pod in the journal. */
  step: string;
  /** Start of the pod's name. */
  prefix: string;
  job: JobPod;
}

/**
 * Runs a command in a pod of its own, or goes on with the pod that an earlier process started, and gives the phase outputs that it printed.
 * The pod stays until the phase's result is stored: removing it is the engine's.
 * @throws {Failure} when the pod can't be made, does not start, fails, or its log is lost
 */
export async function runJobPod(context: JobContext, run: JobPodRun): Promise<Record<string, string>> {
  const pod = await createPod(context, run);
  return context.idle(() => awaitPod(context, run, pod));
}

/** What a phase that runs this pod is going to create. */
export function jobPodIntent(
  { step, prefix, namespace }: Pick<JobPodRun, 'step' | 'prefix'> & { namespace: string | undefined },
  { settings }: Pick<FunctionContext, 'settings'>,
): Intent {
  return { step, creates: PODS, namespace: namespace || settings.namespace, prefix };
}

async function awaitPod(context: JobContext, run: JobPodRun, pod: Pod): Promise<Record<string, string>> {
  const followed = followPod(context, pod);
  try {
    await named(pod, 'Failed while waiting for Pod to be ready', () =>
      waitForPodReady(context, followed, { timeout: context.settings.podReadyTimeout }),
    );
    const outputs = await readLog(context, followed, `${run.step}-log`);
    await complete(context, followed);
    return outputs;
  } finally {
    followed.close();
  }
}

async function readLog(
  context: JobContext,
  followed: FollowedPod,
  checkpoint: string,
): Promise<Record<string, string>> {
  try {
    return await readPodLog(context, followed, mainContainer(followed.latest), checkpoint);
  } catch (error) {
    // That the pod failed says more than that its log is lost.
    const isFailed = followed.latest.status?.phase === 'Failed';
    if (error instanceof Failure && error.reason === 'LogGap' && isFailed) await complete(context, followed);
    throw error;
  }
}

function complete(context: JobContext, followed: FollowedPod): Promise<void> {
  return named(followed.latest, 'Failed while waiting for Pod to complete', () =>
    waitForPodCompletion(context, followed),
  );
}

async function createPod(context: JobContext, { step, prefix, job }: JobPodRun): Promise<Pod> {
  const object = buildJobPod(job, context);
  try {
    return await context.createTemporary<Pod>(step, {
      type: PODS,
      namespace: object.metadata.namespace ?? context.settings.namespace,
      prefix,
      object,
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw Failure.wrap(
      'Failed to create pod: Failed to create pod: Failed to create pod',
      error,
      error.reason || 'PodNotCreated',
    );
  }
}

async function named<T>(pod: Pod, outer: string, wait: () => Promise<T>): Promise<T> {
  try {
    return await wait();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw Failure.wrap(outer, error, error.reason, {
      pod: { name: pod.metadata.name ?? '', ...error.details.pod },
    });
  }
}
