import type { Json } from '../kubernetes/objects.ts';
import { actAfterwards } from './act-afterwards.ts';
import type { ActionRun } from './action-run.ts';
import { enterRemark } from './enter-error.ts';
import { explain } from './explain.ts';
import { Failure, messageOf } from './failure.ts';
import { Abandoned } from './gate.ts';
import type { PhaseJournal, Undo } from './journal.ts';
import { postOnActionSet } from './report.ts';

/** Enters what a phase wants to be undone; what its first attempt entered stays, because that saw what was there before. */
export function enterUndo({ journal }: ActionRun, phase: PhaseJournal, data: Json): void {
  const { name, index, function: definition, revision } = phase;
  journal.undo ??= [];
  if (journal.undo.some((entry) => entry.index === index)) return;
  journal.undo.push({ phase: name, index, function: definition, revision, data });
}

/**
 * Undoes what the phases of a failed action asked for, the last one first. What can't be undone is told, and stands in the error; the rest
 * is undone all the same.
 * @throws {Abandoned} only
 */
export async function undoPhases(action: ActionRun): Promise<void> {
  const { run, journal } = action;
  for (let entry; (entry = journal.undo?.at(-1));) {
    try {
      await undo(action, entry);
      tell(action, entry, undefined);
    } catch (error) {
      if (error instanceof Abandoned || run.stop.aborted) throw new Abandoned(messageOf(error));
      tell(action, entry, explain(error));
    }
    journal.undo?.pop();
    await run.store.commit();
  }
  delete journal.undo;
}

async function undo(action: ActionRun, entry: Undo): Promise<void> {
  const { registry } = action.run.engine;
  const { undo: act, revision } = registry.select(entry.function, action.spec.preferredVersion);
  if (act === undefined || revision !== entry.revision) {
    throw new Failure(
      'NotResumable',
      `${entry.function} of revision ${entry.revision} did it, and cannot be undone by this version`,
      { hint: `Undo by hand what phase ${entry.phase} did.` },
    );
  }
  const { phase } = entry;
  await actAfterwards(action, { phase, what: `undoing phase ${phase}` }, (context) =>
    act(entry.data, context),
  );
}

function tell({ run, index, status }: ActionRun, entry: Undo, failure: Failure | undefined): void {
  const key = `${index}:${status.name}:${entry.index}:${entry.phase}:undone`;
  if (failure === undefined) {
    const message = `Undone phase ${entry.phase}, because the action did not succeed`;
    postOnActionSet(run, key, { type: 'Normal', reason: 'Undone Phase', message });
    return;
  }
  const message = run.mask.apply(`phase ${entry.phase} could not be undone: ${failure.message}`);
  run.log.error({ Phase: entry.phase, reason: failure.reason }, message);
  postOnActionSet(run, key, { type: 'Warning', reason: 'Undo Failed', message });
  if (run.store.status.error.message !== '') enterRemark(run, message);
}
