import { Failure } from '../engine/failure.ts';
import type { FunctionContext, Intent } from '../engine/function.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';
import { PODS } from '../kubernetes/resources.ts';
import { createPod } from './create-pod.ts';
import { describePodFailure } from './describe-pod-failure.ts';
import { type FollowedPod, followPod } from './follow-pod.ts';
import { containerStatus, mainContainer, type Pod } from './pod.ts';
import { type LogContext, readPodLog } from './read-pod-log.ts';
import { waitForPodCompletion, waitForPodReady } from './wait-for-pod.ts';

export type JobContext = LogContext &
  Pick<FunctionContext, 'owner' | 'settings' | 'createTemporary' | 'idle' | 'warn'>;

export interface JobPodRun {
  /** Names the pod in the journal. */
  step: string;
  /** Start of the pod's name. */
  prefix: string;
  /** Without a name. */
  pod: Pod;
  /**
   * What counts as success. `pod`, when absent: all of its own containers have succeeded. `command`: the main container has run its
   * command to its end, whatever the exit code.
   */
  success?: 'pod' | 'command';
  /** Its containers need each other: one that has failed leaves the main container a minute to end. */
  interdependent?: boolean;
}

/** Milliseconds that the main container may go on after a container that it needs has failed. */
const WITHOUT_PARTNER = 60_000;

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
  const own = run.pod.spec.containers.map(({ name }) => name);
  const end = () =>
    run.success === 'command' ? ranToItsEnd(context, followed) : succeeded(context, followed, own);
  try {
    await named(pod, 'Failed while waiting for Pod to be ready', () =>
      waitForPodReady(context, followed, { timeout: context.settings.podReadyTimeout }),
    );
    const finish = async (during: JobContext) => {
      const outputs = await readLog(during, followed, `${run.step}-log`, end);
      await end();
      return outputs;
    };
    return await (run.interdependent ? unlessPartnerFails(context, followed, own, finish) : finish(context));
  } finally {
    followed.close();
  }
}

async function readLog(
  context: JobContext,
  followed: FollowedPod,
  checkpoint: string,
  end: () => Promise<void>,
): Promise<Record<string, string>> {
  try {
    return await readPodLog(context, followed, mainContainer(followed.latest), checkpoint);
  } catch (error) {
    // That the pod failed says more than that its log is lost.
    const isFailed = followed.latest.status?.phase === 'Failed';
    if (error instanceof Failure && error.reason === 'LogGap' && isFailed) await end();
    throw error;
  }
}

function succeeded(context: JobContext, followed: FollowedPod, own: readonly string[]): Promise<void> {
  return named(followed.latest, 'Failed while waiting for Pod to complete', () =>
    waitForPodCompletion(context, followed, own),
  );
}

/** An exit code says that the command has come to its end, unless it never began or the pod was taken away from it. */
async function ranToItsEnd(context: JobContext, followed: FollowedPod): Promise<void> {
  const main = mainContainer(followed.latest);
  const ended = await followed.until((pod) => {
    const end = containerStatus(pod, main)?.state?.terminated;
    return end || pod.status?.phase === 'Failed' ? { pod, end } : undefined;
  });
  const { pod, end } = ended;
  if (!end || NEVER_RAN.includes(end.reason ?? '') || pod.status?.reason) {
    await named(pod, 'Failed while waiting for Pod to complete', async () => {
      throw await describePodFailure(context, pod);
    });
  } else if (end.exitCode !== 0) {
    context.warn(
      'ExitCodeIgnored',
      `The command of pod ${pod.metadata.name} exited with code ${end.exitCode}, which the phase ignores`,
    );
  }
}

const NEVER_RAN = ['StartError', 'ContainerCannotRun'];

/** Gives what `work` gives, unless a container fails, and the main one does not end by itself in the minute that follows. */
async function unlessPartnerFails<T>(
  context: JobContext,
  followed: FollowedPod,
  own: readonly string[],
  work: (context: JobContext) => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const during = { ...context, signal: AbortSignal.any([context.signal, done.signal]) };
  try {
    return await Promise.race([work(during), partnerFailure(during, followed, own)]);
  } finally {
    done.abort(WORK_ENDED);
  }
}

async function partnerFailure(
  context: JobContext,
  followed: FollowedPod,
  own: readonly string[],
): Promise<never> {
  const { clock, signal } = context;
  const hasFailed = (pod: Pod) =>
    pod.spec.restartPolicy === 'Never' &&
    own.some((name) => (containerStatus(pod, name)?.state?.terminated?.exitCode ?? 0) !== 0);
  await followed.until((pod) => hasFailed(pod) || undefined, signal);
  await clock.sleep(WITHOUT_PARTNER, signal);
  return named(followed.latest, 'Failed while waiting for Pod to complete', async () => {
    throw await describePodFailure(context, followed.latest);
  });
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
