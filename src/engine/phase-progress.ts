import type { PhaseStatus } from '../api/kanister/types.ts';
import type { ActionRun } from './action-run.ts';
import type { Transfer } from './function.ts';
import { summariseProgress, timestamp } from './progress.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';

/** Milliseconds between two writes of progress. */
const PROGRESS_INTERVAL = 1_000;

/** 100 is the end of the phase, and that is for the engine to say. */
const HIGHEST_PERCENT = 99;

export interface PhaseProgressReport {
  report(percent: number, transfer?: Transfer): void;
  stop(): void;
}

/**
 * Takes a function's progress to the status, never backwards, written at most once per interval and within the operator's budget while
 * `signal` lets it.
 */
export function startProgress(
  action: ActionRun,
  status: PhaseStatus,
  signal: AbortSignal,
): PhaseProgressReport {
  const { run } = action;
  const { clock, progressBudget } = run.engine;
  const ended = new AbortController();
  const over = AbortSignal.any([signal, ended.signal]);
  let writing: Promise<void> | undefined;
  const write = async () => {
    try {
      await clock.sleep(PROGRESS_INTERVAL, over);
      await progressBudget.take(run.store.size, over);
      summariseProgress(run.store.status, clock.now());
      await run.store.commit();
    } finally {
      writing = undefined;
    }
  };
  return {
    report(percent, transfer = {}) {
      if (ended.signal.aborted) return;
      const next = { ...status.progress, ...higherOf(status.progress, transfer) };
      if (!Number.isNaN(percent)) {
        const before = Number(status.progress.progressPercent ?? 0);
        const shown = Math.max(before, Math.min(HIGHEST_PERCENT, Math.floor(percent)));
        next.progressPercent = String(shown);
      }
      if (JSON.stringify(next) === JSON.stringify(status.progress)) return;
      status.progress = { ...next, lastTransitionTime: timestamp(clock.now()) };
      // Fails when the phase ends first, or when a write fails that the end of the phase will meet again.
      writing ??= write();
      writing.catch(() => undefined);
    },
    stop: () => ended.abort(WORK_ENDED),
  };
}

const GROWING = ['sizeDownloadedB', 'sizeUploadedB'] as const;

/** Bytes that were moved do not become fewer; estimates may. */
function higherOf(before: Transfer, { ...transfer }: Transfer): Transfer {
  for (const size of GROWING) {
    const highest = Math.max(before[size] ?? 0, transfer[size] ?? 0);
    if (highest > 0) transfer[size] = highest;
  }
  return transfer;
}
