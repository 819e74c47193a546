import type { ActionRun } from './action-run.ts';
import { decodeArguments, type ArgumentSchemas, type DecodedArguments } from './arguments.ts';
import { checkArguments } from './check-arguments.ts';
import { Failure } from './failure.ts';
import type { PhaseJournal } from './journal.ts';
import type { Parameters } from './parameters.ts';
import { identityOf, type PhasePlan } from './phase-plan.ts';
import { randomnessOf, type RandomnessKey } from './randomness.ts';
import type { Renderer } from './render.ts';

export interface PhaseArguments {
  /** Rendered, checked and decoded. */
  args: DecodedArguments<ArgumentSchemas>;
  /** Renders what the function takes unrendered. */
  render: Renderer['text'];
}

/**
 * The arguments of a phase; the same ones again when the phase is resumed.
 * @throws {Failure}
 */
export function phaseArguments(
  action: ActionRun,
  { phase, definition }: PhasePlan,
  parameters: Parameters,
  journal: PhaseJournal,
  resumed: boolean,
): PhaseArguments {
  const { engine, store } = action.run;
  const { owner, action: name, phase: phaseName, attempt } = identityOf(action, journal);
  const renderer = engine.renderer(parameters, {
    now: new Date(journal.startedAt),
    random: phaseRandomness(engine.randomness, store.journal.randomness, resumed, [
      owner.uid,
      name,
      phaseName,
      String(attempt),
    ]),
  });
  const rendered = renderer.arguments(phase.args ?? {}, definition.rendered);
  checkArguments(definition, rendered);
  return { args: decodeArguments(definition.args, rendered), render: renderer.text };
}

/** A resumed phase must render what it rendered before; with another key that can't be had. */
function phaseRandomness(
  key: RandomnessKey,
  pinned: string,
  resumed: boolean,
  identity: string[],
): (length: number) => Uint8Array {
  if (!resumed || key.id === pinned) return randomnessOf(key, ...identity);
  return () => {
    throw new Failure(
      'OutcomeUnknown',
      'the phase uses random values in its templates, and the key that they came from is gone with the operator that began it',
      { hint: 'Let the operator create Secrets in its own namespace: it keeps the key there.' },
    );
  };
}
