import { actionSetOf, type ActionRun } from './action-run.ts';
import type { Parameters } from './parameters.ts';
import { randomnessOf } from './randomness.ts';
import type { Renderer } from './render.ts';

/** Renders what belongs to the action itself, at its time; `what` is rendered with random values of its own. */
export function actionRenderer(
  { run, index, journal }: ActionRun,
  parameters: Parameters,
  what: string,
): Renderer {
  const identity = [actionSetOf(run).metadata.uid ?? '', String(index), what];
  return run.engine.renderer(parameters, {
    now: new Date(journal.pins.time),
    random: randomnessOf(run.engine.randomness, ...identity),
  });
}
