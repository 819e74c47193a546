import type { Blueprint, BlueprintAction, BlueprintPhase } from '../api/kanister/types.ts';
import { checkSignature } from './check-arguments.ts';
import { Failure } from './failure.ts';
import type { FunctionRegistry } from './registry.ts';

/** One check: `validation of phase P in action A` or `validation of action A`; passed where it has no failure. */
export interface ValidationStage {
  name: string;
  failure?: Failure;
}

export interface BlueprintValidation {
  /** In the order of the actions' names; in an action the deferPhase first, then the phases. */
  stages: ValidationStage[];
  /** Every failure: those of `stages`, then what concerns the Blueprint as a whole. Empty when it is valid. */
  failures: Failure[];
}

/**
 * Checks that the functions of a Blueprint exist, that their arguments are the ones they take, and that no two of its
 * phases have the same name. Templates are not rendered. Texts are those of Kanister's webhook and `kanctl validate`.
 */
export function validateBlueprint(
  blueprint: Pick<Blueprint, 'actions'>,
  registry: FunctionRegistry,
  version?: string,
): BlueprintValidation {
  const actions = Object.entries(blueprint.actions ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const stages = actions.flatMap(([name, action]) => validateAction(name, action, registry, version));
  const failures = [
    ...stages.flatMap(({ failure }) => failure ?? []),
    ...duplicatePhases(actions.map(([, action]) => action)),
  ];
  return { stages, failures };
}

function validateAction(
  actionName: string,
  action: BlueprintAction,
  registry: FunctionRegistry,
  version: string | undefined,
): ValidationStage[] {
  const unresolved = phasesOf(action).flatMap(({ func }) => {
    const failure = failureOf(() => registry.select(func, version));
    return failure ? [Failure.wrap(`Failed to validate action ${actionName}`, failure)] : [];
  });
  if (unresolved.length > 0) {
    return unresolved.map((failure) => ({ name: `validation of action ${actionName}`, failure }));
  }
  return deferPhaseFirst(action).map((phase) => {
    const where = `phase ${phase.name} in action ${actionName}`;
    const failure = failureOf(() => validatePhase(phase, registry, version));
    return {
      name: `validation of ${where}`,
      ...(failure && { failure: Failure.wrap(`Failed to validate ${where}`, failure) }),
    };
  });
}

function validatePhase(phase: BlueprintPhase, registry: FunctionRegistry, version: string | undefined): void {
  const definition = registry.select(phase.func, version);
  const args = phase.args ?? {};
  definition.validate?.(args);
  checkSignature(definition, args);
}

/** Names must differ over the whole Blueprint, deferPhases included. */
function duplicatePhases(actions: BlueprintAction[]): Failure[] {
  const names = actions.flatMap(deferPhaseFirst).map(({ name }) => name);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) < index));
  return [...repeated].map(
    (name) =>
      new Failure(
        'DuplicatePhaseName',
        `Failed to validate: Duplicated phase name is not allowed. Violating phase '${name}'`,
        { hint: 'Give every phase of the Blueprint a name of its own, deferPhases included.' },
      ),
  );
}

function phasesOf({ phases, deferPhase }: BlueprintAction): BlueprintPhase[] {
  return [...(phases ?? []), ...(deferPhase ? [deferPhase] : [])];
}

function deferPhaseFirst({ phases, deferPhase }: BlueprintAction): BlueprintPhase[] {
  return [...(deferPhase ? [deferPhase] : []), ...(phases ?? [])];
}

function failureOf(check: () => unknown): Failure | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
