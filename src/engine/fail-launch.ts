import { actionSetOf, type ActionRun } from './action-run.ts';
import { enterError } from './enter-error.ts';
import type { Failure } from './failure.ts';
import { endAction } from './observed.ts';
import { failureStatus, failureText, postFailure } from './report.ts';

/**
 * Ends an action that could not be begun, or gone on with. The first phase that has not ended carries the failure, as in the original; the
 * text is the bare one, because the event names the ActionSet.
 */
export function failLaunch(action: ActionRun, failure: Failure): void {
  const { run, status, spec, index, journal } = action;
  const text = failureText(run, failure, `action ${spec.name}`);
  const isDeferPhase = journal.phase?.index === -1;
  const first = isDeferPhase ? status.deferPhase : status.phases.find((phase) => phase.state !== 'complete');
  // What an earlier process began, and this one can't go on with.
  journal.cleanup.push(...(journal.phase?.created ?? []));
  delete journal.phase;
  if (first) {
    first.state = 'failed';
    first.failure = failureStatus(run, failure);
  }
  enterError(run, failure, text);
  const name = actionSetOf(run).metadata.name;
  run.log.error({ Action: spec.name, error: text, reason: failure.reason }, 'Failed to launch Action');
  postFailure(action, `${index}:${status.name}:launch`, `Failed to launch Action ${name}:`, text);
  endAction(action, { outcome: 'failed', reason: failure.reason });
}
