import { messageOf } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { PATIENCE } from '../engine/retry.ts';
import { isTransient } from '../engine/transient.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { ExecLost, type ExecOptions } from '../kubernetes/client.ts';
import type { ObjectName } from '../kubernetes/objects.ts';

export interface RepeatableExec {
  pod: ObjectName;
  /** Absent or empty: the pod's only one. */
  container?: string | undefined;
  /** What is to be run, anew for each time: it may depend on what was read before. */
  options: () => Pick<ExecOptions, 'command' | 'stdout' | 'stderr' | 'timeout'>;
  /** Grows as long as there is progress: patience begins anew then. */
  progress?: () => number;
}

/** Milliseconds between two tries. */
const SHORTEST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;

/** Words of a node that was reached, and did not begin the command: to ask again would only get them again. */
const NOT_BEGUN = /OCI runtime exec failed|failed to exec in container|container not found|container is not/i;

/**
 * Runs a command that may be run any number of times until one run tells its exit code: connections break, API servers and nodes
 * go away for a while.
 * @throws {ApiError} what was refused; {ExecLost} and others when the patience is at its end; the signal's reason
 */
export async function execUntilAnswered(
  { kubernetes, clock, signal, log }: Pick<FunctionContext, 'kubernetes' | 'clock' | 'signal' | 'log'>,
  { pod, container, options, progress = () => 0 }: RepeatableExec,
): Promise<number> {
  let deadline = clock.monotonic() + PATIENCE;
  let reached = progress();
  for (let pause = SHORTEST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      const { exitCode } = await kubernetes.exec(pod, {
        ...(container && { container }),
        ...options(),
        signal,
      });
      return exitCode;
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      if (progress() > reached) {
        reached = progress();
        deadline = clock.monotonic() + PATIENCE;
        pause = SHORTEST_PAUSE;
      }
      if (clock.monotonic() > deadline) throw error;
      log.debug({ error: messageOf(error) }, `A command in pod ${pod.name} did not answer, it is run again`);
    }
    await clock.sleep(pause, signal);
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof ExecLost) return true;
  return isTransient(error) && !(error instanceof ApiError && NOT_BEGUN.test(error.message));
}
