import { WORK_ENDED } from '../kubernetes/work-ended.ts';
import type { ActionRun } from './action-run.ts';
import { lastMomentOf, untilAborted } from './end-of-phase.ts';
import type { UndoContext } from './function.ts';
import { gatedClient } from './gate.ts';
import { patiently } from './retry.ts';

/**
 * What is left to do for a phase when its function runs no more: it is not cancelled itself, but bounded in time.
 * @param what it is, for people
 * @throws {Abandoned} when the process stops, and what `act` throws
 */
export async function actAfterwards(
  { run, place }: ActionRun,
  { phase, what }: { phase: string; what: string },
  act: (context: UndoContext) => Promise<void>,
): Promise<void> {
  const { engine, stop } = run;
  const { clock } = engine;
  const over = new AbortController();
  const end = lastMomentOf(run, over.signal, what);
  const gate = { open: () => !over.signal.aborted && engine.gate.open() };
  try {
    const context: UndoContext = {
      kubernetes: gatedClient(engine.client, gate, `the time for ${what} is over`),
      clock,
      signal: AbortSignal.any([stop, end]),
      log: run.log.child({ Phase: phase }),
      settings: engine.settings,
      idle: (wait) => place.idle(wait),
    };
    const work = patiently(() => act(context), clock, context.signal);
    await untilAborted(work, { stop, end, clock });
  } finally {
    over.abort(WORK_ENDED);
  }
}
