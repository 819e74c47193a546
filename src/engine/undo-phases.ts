import type { Json } from '../kubernetes/objects.ts';
import { actAfterwards } from './act-afterwards.ts';
import type { ActionRun } from './action-run.ts';
import { enterRemark } from './enter-error.ts';
import { explain } from './explain.ts';
import { Failure } from './failure.ts';
import { Abandoned, abandonedBy } from './gate.ts';
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
  await undoBeforeLateChanges(action);
  for (let entries: Undos | undefined; (entries = toUndo(action)[0]);) {
    tell(action, entries, await problemOfUndoing(action, entries));
    const done = new Set(entries);
    journal.undo = journal.undo?.filter((entry) => !done.has(entry)) ?? [];
    await run.store.commit();
  }
  delete journal.undo;
}

/**
 * A change that the process before this one has asked for may be carried out after it was undone, which looked as if there was nothing
 * to undo. So all is undone at once, and once more when none can come any more.
 */
async function undoBeforeLateChanges(action: ActionRun): Promise<void> {
  const { run, journal, place } = action;
  const { clock } = run.engine;
  const wait = run.latestRequest - clock.monotonic();
  if (wait <= 0 || !journal.undo?.some(({ late }) => late)) return;
  for (const entries of toUndo(action)) {
    const problem = await problemOfUndoing(action, entries);
    if (problem)
      run.log.debug({ error: problem.message }, `undoing ${namesOf(entries)} failed, and is tried again`);
  }
  await place.idle(() =>
    clock.sleep(wait, run.stop).catch((error: unknown) => {
      throw abandonedBy(error);
    }),
  );
}

/** @throws {Abandoned} only */
async function problemOfUndoing(action: ActionRun, entries: Undos): Promise<Failure | undefined> {
  try {
    await undo(action, entries);
    return undefined;
  } catch (error) {
    if (error instanceof Abandoned || action.run.stop.aborted) throw abandonedBy(error);
    return explain(error);
  }
}

/** What is undone by one call, in the order of the phases. */
type Undos = [first: Undo, ...later: Undo[]];

/**
 * The last one first. What phases did to the same thing takes the turn of the first of them: what came in between is undone before.
 */
function toUndo(action: ActionRun): Undos[] {
  const byKey = new Map<string, Undos>();
  for (const entry of action.journal.undo ?? []) {
    const key = keyOf(action, entry);
    const entries = byKey.get(key);
    if (entries) entries.push(entry);
    else byKey.set(key, [entry]);
  }
  return [...byKey.values()].toReversed();
}

function keyOf({ run, spec }: ActionRun, { function: name, revision, index, data }: Undo): string {
  const alone = `${index}`;
  try {
    const definition = run.engine.registry.select(name, spec.preferredVersion);
    if (definition.undoKey === undefined || definition.revision !== revision) return alone;
    return JSON.stringify([name, definition.undoKey(data)]);
  } catch {
    // `undo` says why this version can't.
    return alone;
  }
}

async function undo(action: ActionRun, [entry, ...later]: Undos): Promise<void> {
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
  await actAfterwards(action, { phase, what: `undoing ${namesOf([entry, ...later])}` }, (context) =>
    act(
      entry.data,
      context,
      later.map(({ data }) => data),
    ),
  );
}

function tell({ run, index, status }: ActionRun, entries: Undos, failure: Failure | undefined): void {
  const [{ phase, index: place }] = entries;
  const key = `${index}:${status.name}:${place}:${phase}:undone`;
  const phases = namesOf(entries);
  if (failure === undefined) {
    const message = `Undone ${phases}, because the action did not succeed`;
    postOnActionSet(run, key, { type: 'Normal', reason: 'Undone Phase', message });
    return;
  }
  const message = run.mask.apply(`${phases} could not be undone: ${failure.message}`);
  run.log.error({ Phase: phase, reason: failure.reason }, message);
  postOnActionSet(run, key, { type: 'Warning', reason: 'Undo Failed', message });
  if (run.store.status.error.message !== '') enterRemark(run, message);
}

function namesOf(entries: Undos): string {
  return `phase${entries.length === 1 ? '' : 's'} ${entries.map(({ phase }) => phase).join(', ')}`;
}
