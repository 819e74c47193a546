import type {
  ActionSet,
  ActionSetStatus,
  ActionSpec,
  ActionStatus,
  Blueprint,
  BlueprintAction,
  ObjectReference,
  PhaseStatus,
} from '../api/kanister/types.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import type { BlueprintReads } from './blueprint-reads.ts';
import { Failure, messageOf } from './failure.ts';
import { isTransient } from './transient.ts';

/** What initialisation found for one action. */
export interface PlannedAction {
  spec: ActionSpec;
  blueprint: Blueprint;
  action: BlueprintAction;
  status: ActionStatus;
}

/** Why an ActionSet could not be initialised, and the Blueprint that an event should be about, where there is one. */
export class NotInitialised extends Error {
  readonly failure: Failure;
  readonly action: string;
  readonly event: { reason: string; prefix: string };
  readonly blueprint: Blueprint | undefined;

  constructor(
    failure: Failure,
    action: string,
    event: { reason: string; prefix: string },
    blueprint?: Blueprint,
  ) {
    super(failure.message);
    this.failure = failure;
    this.action = action;
    this.event = event;
    this.blueprint = blueprint;
  }
}

/**
 * Looks up the Blueprint's action of every action of the ActionSet, in order, and builds their first status.
 * @param since when the ActionSet was known, on the monotonic clock
 * @throws {NotInitialised} with the original's texts, on the first that has none.
 */
export async function planActions(
  reads: BlueprintReads,
  actionSet: ActionSet,
  since: number,
): Promise<PlannedAction[]> {
  const blueprints = new Map<string, Blueprint>();
  const planned: PlannedAction[] = [];
  for (const spec of actionSet.spec?.actions ?? []) {
    const { namespace = '' } = actionSet.metadata;
    const blueprint = await findBlueprint(spec, blueprints, { reads, namespace, since });
    const action = blueprint.actions?.[spec.name];
    if (!action) throw noSuchAction(spec, blueprint);
    planned.push({ spec, blueprint, action, status: initialActionStatus(spec, action) });
  }
  return planned;
}

export function newStatus(actions: ActionStatus[]): ActionSetStatus {
  return { state: 'pending', actions, error: { message: '' }, progress: {} };
}

function initialActionStatus(spec: ActionSpec, action: BlueprintAction): ActionStatus {
  return {
    name: spec.name,
    object: completeReference(spec.object),
    blueprint: spec.blueprint ?? '',
    phases: (action.phases ?? []).map((phase) => pendingPhase(phase.name)),
    ...(action.outputArtifacts ? { artifacts: structuredClone(action.outputArtifacts) } : {}),
    deferPhase: action.deferPhase
      ? pendingPhase(action.deferPhase.name)
      : { name: '', state: '', progress: {} },
  };
}

function pendingPhase(name: string): PhaseStatus {
  return { name, state: 'pending', progress: {} };
}

/** Go clients write every field of a reference but an empty namespace; what reads our status may count on that. */
export function completeReference(reference: ObjectReference): ObjectReference {
  const { apiVersion = '', group = '', resource = '', kind = '', name = '', namespace } = reference;
  return { apiVersion, group, resource, kind, name, ...(namespace ? { namespace } : {}) };
}

async function findBlueprint(
  spec: ActionSpec,
  known: Map<string, Blueprint>,
  { reads, namespace, since }: { reads: BlueprintReads; namespace: string; since: number },
): Promise<Blueprint> {
  const name = spec.blueprint ?? '';
  if (name === '') {
    throw new NotInitialised(
      new Failure('BlueprintMissing', 'Blueprint is not specified for action', {
        hint: 'Name a Blueprint in spec.actions[].blueprint.',
      }),
      spec.name,
      { reason: 'Blueprint not specified', prefix: 'Could not get blueprint:' },
    );
  }
  const found = known.get(name);
  if (found) return found;
  try {
    const blueprint = await reads.read({ name, namespace }, since);
    known.set(name, blueprint);
    return blueprint;
  } catch (error) {
    // A server in trouble is not the ActionSet's fault: the caller tries again.
    if (!(error instanceof ApiError) || isTransient(error)) throw error;
    throw new NotInitialised(
      new Failure('BlueprintMissing', `Failed to query blueprint: ${messageOf(error)}`, {
        cause: error,
        hint: `Create the Blueprint in the ActionSet's namespace (${namespace}), or name one that is there.`,
      }),
      spec.name,
      { reason: 'Error', prefix: 'Could not get blueprint:' },
    );
  }
}

function noSuchAction(spec: ActionSpec, blueprint: Blueprint): NotInitialised {
  const known = Object.keys(blueprint.actions ?? {}).toSorted();
  const message = `Action ${spec.name} for object kind ${spec.object?.kind ?? ''} not found in blueprint ${spec.blueprint}`;
  return new NotInitialised(
    new Failure('ActionMissing', message, {
      hint: known.length > 0 ? `The Blueprint has: ${known.join(', ')}.` : 'The Blueprint has no actions.',
    }),
    spec.name,
    { reason: `ActionSetFailed Action: ${spec.name}`, prefix: 'Could not get initial action:' },
    blueprint,
  );
}
