import type { JsonObject } from '../kubernetes/objects.ts';
import type { ActionRun } from './action-run.ts';
import type { Mask } from './mask.ts';
import { isDeferred, type PhasePlan } from './phase-plan.ts';
import { postOnActionSet } from './report.ts';

/** Names of outputs that show something of a Secret, with what it comes from. */
export function outputsWithSecrets(mask: Mask, output: JsonObject): { name: string; sources: string[] }[] {
  return Object.entries(output)
    .map(([name, value]) => ({ name, sources: mask.sourcesIn(JSON.stringify({ [name]: value })) }))
    .filter(({ sources }) => sources.length > 0);
}

/**
 * Tells, once for a phase, that its outputs hold secrets. They stay as they are, because templates need them; but whoever may read the
 * ActionSet can read them there.
 */
export function tellSecretOutputs(action: ActionRun, plan: PhasePlan, output: JsonObject): void {
  const { run, index, status } = action;
  const found = outputsWithSecrets(run.mask, output);
  if (found.length === 0) return;
  const what = isDeferred(plan) ? 'deferPhase' : 'phase';
  const names = found.map(({ name }) => `"${name}"`).join(', ');
  const sources = [...new Set(found.flatMap((one) => one.sources))].join(', ');
  const message = run.mask.apply(
    `Output ${names} of ${what} ${plan.phase.name} holds a value of ${sources}: whoever may read the ActionSet can read it`,
  );
  run.log.warn({ Phase: plan.phase.name }, message);
  postOnActionSet(run, `${index}:${status.name}:${plan.index}:${plan.phase.name}:secret-output`, {
    type: 'Warning',
    reason: 'SecretInOutput',
    message,
  });
}
