import { validateActionOptions } from '../api/kanister/phase-options.ts';
import { withoutNulls } from '../api/kanister/without-nulls.ts';
import type { Blueprint, BlueprintAction, BlueprintPhase } from '../api/kanister/types.ts';
import { compileTemplate, sprigFunctions, TemplateError } from '../gotemplate/index.ts';
import { checkSignature } from './check-arguments.ts';
import { Failure } from './failure.ts';
import type { FunctionRegistry } from './registry.ts';

/**
 * One check: `validation of phase P in action A`, `validation of action A`, or, only where it fails, `validation of FIELD`; passed
 * where it has no failure.
 */
export interface ValidationStage {
  name: string;
  failure?: Failure;
}

export interface BlueprintValidation {
  /** In the order of the actions' names; in an action the deferPhase first, then the phases. */
  stages: ValidationStage[];
  /** Every failure, in the order of the original's checks, which ours follow. Empty when it is valid. */
  failures: Failure[];
  /** What is allowed, and probably not meant. */
  warnings: string[];
}

/**
 * Checks that the functions of a Blueprint exist, that their arguments are the ones they take, and that no two of its
 * phases have the same name, with the texts of Kanister's webhook and `kanctl validate`; then the options that phases and actions
 * have here. Templates are not rendered, but the conditions of phases must parse.
 */
export function validateBlueprint(
  blueprint: Pick<Blueprint, 'actions'>,
  registry: FunctionRegistry,
  version?: string,
): BlueprintValidation {
  const actions = Object.entries(blueprint.actions ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  // Functions judge their arguments as they are given; in all else null is nothing.
  const plain = actions.map(([name, action]) => ({ action: withoutNulls(action), field: `actions.${name}` }));
  const originals = actions.flatMap(([name, action]) => validateAction(name, action, registry, version));
  const options = plain.flatMap(({ action, field }) => validateOptions(action, field));
  const failures = [
    ...failuresOf(originals),
    ...duplicatePhases(actions.map(([, action]) => action)),
    ...failuresOf(options),
  ];
  const warnings = plain
    .flatMap(({ action, field }) => located(action, field))
    .flatMap(({ phase, field }) => retryWarnings(phase, field));
  return { stages: [...originals, ...options], failures, warnings };
}

const failuresOf = (stages: ValidationStage[]): Failure[] => stages.flatMap(({ failure }) => failure ?? []);

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

/** Failed stages alone: a Blueprint without such options is told nothing of them. */
function validateOptions(action: BlueprintAction, field: string): ValidationStage[] {
  const invalid = validateActionOptions(action, field).map((problem) => ({
    name: `validation of ${problem.field}`,
    failure: new Failure('InvalidOption', `Failed to validate ${problem.field}: ${problem.message}`, {
      hint: problem.hint,
    }),
  }));
  return [
    ...invalid,
    ...located(action, field).flatMap(({ phase, field: at }) => validateCondition(phase, at)),
  ];
}

interface LocatedPhase {
  phase: BlueprintPhase;
  /** Its path in the Blueprint. */
  field: string;
}

function located({ phases = [], deferPhase }: BlueprintAction, field: string): LocatedPhase[] {
  return [
    ...phases.map((phase, index) => ({ phase, field: `${field}.phases[${index}]` })),
    ...(deferPhase ? [{ phase: deferPhase, field: `${field}.deferPhase` }] : []),
  ];
}

function validateCondition({ if: condition }: BlueprintPhase, field: string): ValidationStage[] {
  if (condition === undefined) return [];
  try {
    compileTemplate(condition, { functions: sprigFunctions({ now: unused, random: unused }) });
    return [];
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const { line, column = 0, hint } = error;
    const failure = new Failure('TemplateError', `Failed to validate ${field}.if: ${error.message}`, {
      template: { line, column },
      cause: error,
      ...(hint !== undefined && { hint }),
    });
    return [{ name: `validation of ${field}.if`, failure }];
  }
}

function retryWarnings({ name, retry }: BlueprintPhase, field: string): string[] {
  if (!retry) return [];
  const { attempts, on = retry.true ?? [] } = retry;
  return [
    ...(attempts === undefined || attempts === 1
      ? [`${field}.retry has no effect: give attempts, the number in all, to run phase ${name} again`]
      : []),
    ...on
      .filter((reason) => !/^[A-Z][A-Za-z0-9]*$/.test(reason))
      .map(
        (reason) =>
          `${field}.retry.on: ${JSON.stringify(reason)} is no reason of a failure, which is one word such as PodFailed`,
      ),
  ];
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

/** For templates that are parsed, and never executed. */
function unused(): never {
  throw new Error('a template was executed where it was only to be parsed');
}
