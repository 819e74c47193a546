import { neededActions } from '../api/kanister/action-order.ts';
import type { ActionSpec, BlueprintAction } from '../api/kanister/types.ts';
import { actionSetOf, type Run } from './action-run.ts';
import type { PlannedAction } from './initial-status.ts';
import { postOnActionSet } from './report.ts';
import { resourceOf } from './target-object.ts';

/**
 * Tells, before the first phase, what an action's Blueprint asks for and the ActionSet does not give. The original stores these fields
 * and never looks at them, so that Blueprints run whose lists are out of date: it is a warning, and no failure.
 */
export function tellMissingInputs(run: Run, planned: readonly PlannedAction[]): void {
  const needed = neededActions(actionSetOf(run).spec ?? {});
  for (const [index, { spec, blueprint, action }] of planned.entries()) {
    // Actions before it may make its artifacts.
    const isFirst = (needed[index] ?? []).length === 0;
    const missing = missingInputs(isFirst ? action : { ...action, inputArtifactNames: [] }, spec);
    if (missing.length === 0) continue;
    const message = `Blueprint ${blueprint.metadata.name} asks for ${missing.join(', ')} in action ${spec.name}, which the ActionSet does not give: a template that needs it will fail`;
    run.log.warn({ Action: spec.name }, message);
    postOnActionSet(run, `${index}:${spec.name}:inputs`, {
      type: 'Warning',
      reason: 'InputMissing',
      message,
    });
  }
}

function missingInputs(action: BlueprintAction, spec: ActionSpec): string[] {
  const absent = (what: string, names: readonly string[] = [], given: object = {}) =>
    names.filter((name) => !Object.hasOwn(given, name)).map((name) => `${what} ${name}`);
  return [
    ...(isOfKind(spec, action.kind) ? [] : [`an object of kind ${action.kind}`]),
    ...absent('artifact', action.inputArtifactNames, spec.artifacts),
    ...absent('Secret', action.secretNames, spec.secrets),
    ...absent('ConfigMap', action.configMapNames, spec.configMaps),
  ];
}

/** A PVC may go by either of its names; an object that is given by its resource need not say its kind. */
function isOfKind({ object }: ActionSpec, wanted = ''): boolean {
  const kind = object.kind?.toLowerCase() ?? '';
  if (wanted === '' || kind === '' || kind === 'unstructured') return true;
  return kind === wanted.toLowerCase() || resourceOf(object) === resourceOf({ kind: wanted });
}
