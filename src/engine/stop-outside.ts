import { concurrently } from '../kubernetes/concurrently.ts';
import type { Json } from '../kubernetes/objects.ts';
import { actAfterwards } from './act-afterwards.ts';
import type { ActionRun } from './action-run.ts';
import { explain } from './explain.ts';
import { Failure } from './failure.ts';
import { Abandoned, abandonedBy } from './gate.ts';
import type { PhaseJournal } from './journal.ts';

/** Each may be a connection through the API server. */
const AT_ONCE = 16;

/**
 * Ends what the steps of a phase have going on outside of this process, before the phase fails: nobody comes to go on with it.
 * @returns the phase's failure, which says what may still be going on
 * @throws {Abandoned} only
 */
export async function stopOutside(
  action: ActionRun,
  journal: PhaseJournal,
  failure: Failure,
): Promise<Failure> {
  const problems = await concurrently(
    Object.entries(journal.outside ?? {}),
    AT_ONCE,
    async ([step, outside]) => {
      try {
        await stop(action, journal, outside);
        return undefined;
      } catch (error) {
        if (error instanceof Abandoned || action.run.stop.aborted) throw abandonedBy(error);
        const { message } = explain(error);
        return `step "${step}" of ${journal.function} may still be going on: ${message}`;
      }
    },
  );
  const told = problems.filter((problem) => problem !== undefined);
  if (told.length === 0) return failure;
  action.run.log.warn({ Phase: journal.name, left: told }, 'Something of a phase may still be going on');
  return new Failure(failure.reason, [failure.message, ...told].join('; '), failure.details);
}

async function stop(action: ActionRun, journal: PhaseJournal, outside: Json): Promise<void> {
  const { name: phase, function: name, revision } = journal;
  const definition = action.run.engine.registry.select(name, action.spec.preferredVersion);
  if (definition.stop === undefined || definition.revision !== revision) {
    throw new Failure(
      'NotResumable',
      `${name} of revision ${revision} began it, and this version cannot end it`,
    );
  }
  const { stop: act } = definition;
  await actAfterwards(action, { phase, what: `stopping phase ${phase}` }, (context) => act(outside, context));
}
