import { ownerOfRun, type Run } from './action-run.ts';
import { cleanUp } from './clean-up.ts';
import { Abandoned } from './gate.ts';
import type { CreatedObject } from './journal.ts';

/** Removes, at the end of the run, what was kept for that reason, and what came late all the same. @throws {Abandoned} */
export async function removeLateCreates(run: Run): Promise<void> {
  const { engine, store, stop } = run;
  const { actions } = store.journal;
  const kept = actions.flatMap(({ cleanup }) => cleanup);
  if (kept.length === 0) return;
  // What the actions have come to is to be seen meanwhile.
  await store.commit();
  const { client, clock } = engine;
  const wait = kept.some(({ late }) => late) ? run.latestRequest - clock.monotonic() : 0;
  if (wait > 0) {
    const seconds = Math.ceil(wait / 1_000);
    run.log.info(
      `all is done; what the operator before this one may have asked for is waited for, ${seconds} s at most`,
    );
    await clock.sleep(wait, stop).catch(() => {
      throw new Abandoned('the run was stopped');
    });
  }
  const owner = ownerOfRun(run);
  await cleanUp(kept.map(asFound), false, { client, clock, log: run.log, owner, signal: stop });
  for (const action of actions) action.cleanup = [];
}

/** Under its name may be another object of the run than the one whose UID is known. Whatever it is, none comes after it. */
function asFound({ uid, late, ...object }: CreatedObject): CreatedObject {
  return late || uid === undefined ? object : { ...object, uid };
}
