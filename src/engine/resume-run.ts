import type { ActionRun, Run } from './action-run.ts';
import { newActionRun } from './action-run.ts';
import { Failure } from './failure.ts';
import { bringPinsBack } from './journal-parts.ts';
import { patiently } from './retry.ts';
import { isSecret } from './target-object.ts';

/**
 * The actions of a run that another process began, as its journal has them.
 * @throws {Failure} `StatusRemoved`, `JournalPartLost`
 */
export async function resumeRun(run: Run): Promise<ActionRun[]> {
  const { store, engine, stop } = run;
  const { status, journal } = store;
  run.log.info('going on with an ActionSet that another process began');
  await patiently(() => bringPinsBack(journal, store.object, engine.client), engine.clock, stop);
  return journal.actions.map((action, index): ActionRun => {
    const own = status.actions[index];
    const { blueprint } = action.pins;
    if (own === undefined || own.phases.length !== (blueprint.phases ?? []).length) {
      throw new Failure('StatusRemoved', 'the status of the ActionSet was changed while it ran', {
        hint: 'Check what its actions have done, then create a new ActionSet.',
      });
    }
    // Version 1 of the journal has no outcomes: the object of this one could not be read when the run began.
    const { object, spec } = action.pins;
    const isUnpinned = object === undefined && !isSecret(spec.object) && !action.waiting;
    if (isUnpinned && own.phases[0]?.state === 'failed') action.outcome ??= 'failed';
    return newActionRun(run, index, own, action);
  });
}
