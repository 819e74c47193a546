import type { HandlerContext } from './handler.ts';
import { runHandler } from './handler.ts';
import type { Probe } from './pod.ts';

export interface ProbeOptions {
  probe: Probe;
  context: Omit<HandlerContext, 'timeout'>;
  /** Called when the outcome has been the same often enough to count: after each such probe. */
  onResult(success: boolean, message: string): void;
  /** Called for every failed probe. */
  onFailure(message: string): void;
}

/** Probes until the context's signal aborts, which is its ordinary end. */
export async function keepProbing(options: ProbeOptions): Promise<void> {
  try {
    await probeRepeatedly(options);
  } catch (error) {
    if (!options.context.signal.aborted) throw error;
  }
}

async function probeRepeatedly({ probe, context, onResult, onFailure }: ProbeOptions): Promise<void> {
  const { clock, signal } = context;
  const timeout = (probe.timeoutSeconds ?? 1) * 1000;
  const thresholds = { success: probe.successThreshold ?? 1, failure: probe.failureThreshold ?? 3 };
  let run = 0;
  let last: boolean | undefined;
  await clock.sleep((probe.initialDelaySeconds ?? 0) * 1000, signal);
  while (!signal.aborted) {
    const message = await outcome(probe, { ...context, timeout });
    if (signal.aborted) return;
    const success = message === undefined;
    run = success === last ? run + 1 : 1;
    last = success;
    if (message !== undefined) onFailure(message);
    if (run >= (success ? thresholds.success : thresholds.failure)) onResult(success, message ?? '');
    await clock.sleep((probe.periodSeconds ?? 10) * 1000, signal);
  }
}

/** Why the probe failed; absent when it did not. */
async function outcome(probe: Probe, context: HandlerContext): Promise<string | undefined> {
  try {
    await runHandler(probe, context);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
