import type { ActionSet } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import { setQueued } from './conditions.ts';
import type { Engine } from './engine.ts';
import { messageOf } from './failure.ts';
import { newStatus, planActions } from './initial-status.ts';
import { JOURNAL_ANNOTATION } from './journal.ts';
import type { RunStart } from './open-run.ts';
import type { Place } from './places.ts';

export interface Queued {
  /** As it is now: its status says that it waited. */
  actionSet: ActionSet;
  /** Absent when it is to be cancelled: ending it needs none. */
  place?: Place;
}

/** Milliseconds: in a burst the requests of showing what waits would make it wait longer. */
const SHOWN_AFTER = 5_000;

/**
 * Waits until the ActionSet may be worked on. One that has to wait for long is shown as pending, with its phases.
 * Rejects with the reason of `stop`.
 */
export async function queueUp(
  actionSet: ActionSet,
  engine: Engine,
  { since, stop, cancel }: RunStart,
): Promise<Queued> {
  const { namespace = '', uid = '' } = actionSet.metadata;
  const owner = { namespace, uid };
  const free = cancel.aborted ? undefined : engine.places.tryTake(owner);
  if (free || cancel.aborted) return { actionSet, ...(free && { place: free }) };
  const called = new AbortController();
  const noted = noteQueued(actionSet, engine, since, AbortSignal.any([called.signal, stop, cancel]));
  let place: Place | undefined;
  try {
    place = await engine.places.take(owner, AbortSignal.any([stop, cancel]));
  } catch (error) {
    if (stop.aborted) throw error;
  } finally {
    called.abort(new Error('its turn has come'));
  }
  return { actionSet: await noted, ...(place && { place }) };
}

/** Best effort: what goes wrong here is met again when its turn comes. */
async function noteQueued(
  actionSet: ActionSet,
  engine: Engine,
  since: number,
  called: AbortSignal,
): Promise<ActionSet> {
  const { namespace = '', uid = '', name, annotations } = actionSet.metadata;
  if (actionSet.status || annotations?.[JOURNAL_ANNOTATION] !== undefined) return actionSet;
  const { client, clock, log, queueNotes, blueprints } = engine;
  try {
    await clock.sleep(SHOWN_AFTER, called);
    const turn = await queueNotes.take({ namespace, uid }, called);
    try {
      const planned = await planActions(blueprints, actionSet, since);
      if (called.aborted) return actionSet;
      const status = newStatus(planned.map((plan) => plan.status));
      setQueued(status, clock.now());
      return await client.replace<ActionSet>(ACTION_SETS, { ...actionSet, status });
    } finally {
      turn.release();
    }
  } catch (error) {
    if (!called.aborted) log.debug({ ActionSet: name, error: messageOf(error) }, 'not shown as pending');
    return actionSet;
  }
}
