import { actionSetOf, type Run } from './action-run.ts';
import { cleanUp } from './clean-up.ts';
import { Abandoned } from './gate.ts';
import type { CreatedObject, Journal } from './journal.ts';

/** Milliseconds: an API server gives up what takes longer, whatever has become of its sender. */
const REQUEST_LIFE = 60_000;

/**
 * Marks what the process before this one was about to create, and may have asked for: such a request may be carried out when that process
 * has long been followed. As long as an object is there, its name can't be taken by a late one; so it stays until none can come any
 * more.
 */
export function markLateCreates(journal: Journal): void {
  for (const { phase, cleanup } of journal.actions) {
    for (const object of [...cleanup, ...(phase?.created ?? [])])
      if (object.uid === undefined) object.late = true;
  }
}

/** Until when, by the monotonic clock, what an earlier process asked for may be carried out, for one that takes over now. */
export function latestCreate(now: number): number {
  return now + REQUEST_LIFE;
}

/** Removes, at the end of the run, what was kept for that reason, and what came late all the same. @throws {Abandoned} */
export async function removeLateCreates(run: Run): Promise<void> {
  const { engine, store, stop } = run;
  const { actions } = store.journal;
  const kept = actions.flatMap(({ cleanup }) => cleanup);
  if (kept.length === 0) return;
  // What the actions have come to is to be seen meanwhile.
  await store.commit();
  const { client, clock } = engine;
  const wait = kept.some(({ late }) => late) ? run.latestCreate - clock.monotonic() : 0;
  await clock.sleep(Math.max(0, wait), stop).catch(() => {
    throw new Abandoned('the run was stopped');
  });
  const uid = actionSetOf(run).metadata.uid ?? '';
  await cleanUp(kept.map(byName), true, { client, clock, log: run.log, uid, signal: stop });
  for (const action of actions) action.cleanup = [];
}

/** Under the name of a late one may be another object of the run than the one whose UID is known. */
function byName({ uid, ...object }: CreatedObject): CreatedObject {
  return object.late || uid === undefined ? object : { ...object, uid };
}
