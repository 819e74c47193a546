import { messageOf } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { PATIENCE } from '../engine/retry.ts';
import { isTransient } from '../engine/transient.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { ExecFailed, type ExecOptions } from '../kubernetes/client.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import { ConnectionFailed } from '../kubernetes/transport.ts';

/** Milliseconds between two tries, unless the API server asks for more. */
const SHORTEST_PAUSE = 200;
const LONGEST_PAUSE = 10_000;

/**
 * Runs a command at most once, to its exit code. While the API server can't be reached, or has no time for it, the command has not begun,
 * and is asked for again as patiently as whatever else a run needs.
 * @param mayBegin called before each try; what it throws ends them
 */
export async function execOnce(
  { kubernetes, clock, signal, log }: Pick<FunctionContext, 'kubernetes' | 'clock' | 'signal' | 'log'>,
  pod: ObjectName,
  options: Omit<ExecOptions, 'signal'>,
  mayBegin?: () => void,
): Promise<number> {
  const deadline = clock.monotonic() + PATIENCE;
  for (let shortest = SHORTEST_PAUSE; ; shortest = Math.min(shortest * 2, LONGEST_PAUSE)) {
    mayBegin?.();
    let pause: number;
    try {
      const { exitCode } = await kubernetes.exec(pod, { ...options, signal });
      return exitCode;
    } catch (error) {
      pause = Math.max(shortest, secondsAsked(error) * 1000);
      if (!isWaitedFor(error) || signal.aborted || clock.monotonic() + pause > deadline) throw error;
      log.debug({ error: messageOf(error) }, `A command in pod ${pod.name} has not begun, it is tried again`);
    }
    await clock.sleep(pause, signal);
  }
}

/** What kept the command from its beginning, and may pass. A node's answer is left to people: nodes stay away for longer. */
function isWaitedFor(error: unknown): boolean {
  if (error instanceof ConnectionFailed) return !error.sent && error.transient;
  return error instanceof ApiError && !(error instanceof ExecFailed) && isTransient(error);
}

function secondsAsked(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfter ?? 0) : 0;
}
