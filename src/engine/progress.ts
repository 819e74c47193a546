import type { ActionSetStatus, PhaseProgress } from '../api/kanister/types.ts';

const SIZES = ['sizeDownloadedB', 'sizeUploadedB', 'estimatedDownloadSizeB', 'estimatedUploadSizeB'] as const;

/**
 * Sums up the progress of all phases: the percentage is the integer mean over the phases of all actions (deferPhases do not
 * count), sizes are sums. The time of transition moves only when one of them changes.
 */
export function summariseProgress(status: ActionSetStatus, now: Date): void {
  const phases = status.actions.flatMap((action) => action.phases);
  if (phases.length === 0) return;
  const before = JSON.stringify(pick(status));
  const total = phases.reduce((sum, { progress }) => sum + percentOf(progress), 0);
  if (phases.some((phase) => phase.progress.progressPercent !== undefined)) {
    status.progress.percentCompleted = String(Math.floor(total / phases.length));
  }
  for (const size of SIZES) {
    const sum = phases.reduce((bytes, phase) => bytes + (phase.progress[size] ?? 0), 0);
    if (sum > 0) status.progress[size] = sum;
  }
  if (JSON.stringify(pick(status)) !== before) status.progress.lastTransitionTime = timestamp(now);
}

/** All of it is done, also where there was no phase to count. */
export function completeProgress(status: ActionSetStatus, now: Date): void {
  if (status.progress.percentCompleted === '100') return;
  status.progress.percentCompleted = '100';
  status.progress.lastTransitionTime = timestamp(now);
}

/** RFC 3339 in UTC with whole seconds, as Kubernetes writes times. */
export function timestamp(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

function percentOf(progress: PhaseProgress): number {
  return Number.parseInt(progress.progressPercent ?? '0', 10);
}

function pick(status: ActionSetStatus): unknown[] {
  return [status.progress.percentCompleted, ...SIZES.map((size) => status.progress[size])];
}
