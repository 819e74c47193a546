import type { PhaseStatus } from '../api/kanister/types.ts';
import type { ActionRun } from './action-run.ts';
import { summariseProgress, timestamp } from './progress.ts';

/** Milliseconds between two writes of progress. */
const PROGRESS_INTERVAL = 1_000;

export interface PhaseProgressReport {
  /** 0 to 100. */
  report(percent: number): void;
  stop(): void;
}

/** Takes a function's progress to the status, written at most once per interval while `signal` lets it. */
export function startProgress(
  action: ActionRun,
  status: PhaseStatus,
  signal: AbortSignal,
): PhaseProgressReport {
  const { run } = action;
  const { clock } = run.engine;
  const ended = new AbortController();
  let writing: Promise<void> | undefined;
  const write = async () => {
    try {
      await clock.sleep(PROGRESS_INTERVAL, AbortSignal.any([signal, ended.signal]));
      summariseProgress(run.store.status, clock.now());
      await run.store.commit();
    } finally {
      writing = undefined;
    }
  };
  return {
    report(percent: number) {
      if (Number.isNaN(percent)) return;
      const progressPercent = String(Math.max(0, Math.min(100, Math.floor(percent))));
      if (ended.signal.aborted || progressPercent === status.progress.progressPercent) return;
      status.progress = { ...status.progress, progressPercent, lastTransitionTime: timestamp(clock.now()) };
      // Fails when the phase ends first, or when a write fails that the end of the phase will meet again.
      writing ??= write();
      writing.catch(() => undefined);
    },
    stop: () => ended.abort(),
  };
}
