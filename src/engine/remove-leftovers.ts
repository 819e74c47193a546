import { ownerOfRun, type ActionRun } from './action-run.ts';
import { cleanUp, describeCreated, type Leftover } from './clean-up.ts';
import { enterRemark } from './enter-error.ts';
import { holdName } from './hold-name.ts';
import { postOnActionSet } from './report.ts';

/**
 * Removes what ended phases, or ended attempts of a phase, made. Called only after their outcome is stored.
 * @returns what may still be at work, or still there; told on the ActionSet
 * @throws {Abandoned}
 */
export async function removeLeftovers(action: ActionRun): Promise<Leftover[]> {
  const { run, journal } = action;
  if (journal.cleanup.length === 0) return [];
  const isAtWork = mayBeAtWork(action);
  // What still works is stopped at once; what has done its work keeps its name from being taken late.
  const leftovers = journal.cleanup.filter(({ late }) => isAtWork || !late);
  const options = {
    client: run.engine.client,
    clock: run.engine.clock,
    log: run.log,
    owner: ownerOfRun(run),
    signal: run.stop,
  };
  const undone = await action.place.idle(async () => {
    const left = await cleanUp(leftovers, !isAtWork, options);
    for (const object of leftovers) if (object.late) await holdName(object, options);
    return left;
  });
  journal.cleanup = journal.cleanup.filter((object) => object.late || !leftovers.includes(object));
  if (undone.length > 0) tell(action, undone);
  return undone;
}

/** What a failed phase made may still be at work, and gets the time to stop by itself; so does a failed attempt. */
function mayBeAtWork({ status, journal }: ActionRun): boolean {
  const failed = [...status.phases, status.deferPhase].some((phase) => phase.state === 'failed');
  return failed || journal.phase?.notBefore !== undefined;
}

/** For people. */
export function describeLeftovers(undone: Leftover[]): string {
  const parts = undone.map(({ object, outcome }) =>
    outcome === 'left'
      ? `${describeCreated(object)} could not be removed`
      : `${describeCreated(object)} did not stop in time and was removed by force: its processes may still run`,
  );
  return parts.join('; ');
}

function tell(action: ActionRun, undone: Leftover[]): void {
  const { run, index, status } = action;
  const message = describeLeftovers(undone);
  postOnActionSet(run, `${index}:${status.name}:${undone[0]?.object.name}:left`, {
    type: 'Warning',
    reason: 'Cleanup Incomplete',
    message,
  });
  run.log.warn({ left: undone.map(({ object }) => object.name) }, message);
  // A run that succeeded has nothing to be sorry for in its error.
  if (run.store.status.error.message !== '') enterRemark(run, message);
}
