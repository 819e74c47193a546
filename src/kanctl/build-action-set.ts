import type { ActionSet, ActionSetSpec, ActionSpec, ObjectReference } from '../api/kanister/types.ts';
import { API_VERSION } from '../api/kanister/types.ts';
import type { ActionSetRequest } from './action-set-request.ts';

/**
 * The ActionSet that a request means, without a namespace. `objects` are those of the request and those that its selector
 * found; `parent` is the one that it follows up or goes on with; `suffix` makes a generated name unique.
 * @throws {Error} with the original's texts; {@link NothingToContinue}
 */
export function buildActionSet(
  request: ActionSetRequest,
  objects: ObjectReference[],
  parent: ActionSet | undefined,
  suffix: string,
): ActionSet {
  if (!parent && objects.length === 0) {
    throw new Error(
      'no objects found to perform action set. Please pass a valid parent action set and/or selector',
    );
  }
  const spec =
    parent && request.continueFrom !== ''
      ? continuedSpec(request, parent)
      : { actions: parent ? childActions(request, objects, parent) : newActions(request, objects) };
  return {
    apiVersion: API_VERSION,
    kind: 'ActionSet',
    metadata: {
      // The original writes it; `kubectl apply` ignores it.
      creationTimestamp: null,
      ...(Object.keys(request.labels).length > 0 && { labels: request.labels }),
      name: request.name || generatedName(request, suffix),
    },
    spec: { ...spec, ...runOptions(request) },
  };
}

/** What holds for the run as a whole; absent where it was not asked for, as older operators and schemas don't know it. */
function runOptions(request: ActionSetRequest): Omit<ActionSetSpec, 'actions'> {
  const { sequential, ttlSeconds, includeArtifacts, continueFrom } = request;
  return {
    ...(sequential && { executionMode: 'sequential' }),
    ...(ttlSeconds !== undefined && { ttlSecondsAfterFinished: ttlSeconds }),
    ...(includeArtifacts && { includeArtifacts }),
    ...(continueFrom !== '' && { continueFrom }),
  };
}

function newActions(request: ActionSetRequest, objects: ObjectReference[]): ActionSpec[] {
  const { action, blueprint } = request;
  if (action === '') throw new Error('action required to create new action set');
  if (blueprint === '') throw new Error('blueprint required to create new action set');
  return objects.map((object) => ({
    ...overrides(request),
    name: action,
    blueprint,
    object: complete(object),
    ...(Object.keys(request.options).length > 0 && { options: request.options }),
    podAnnotations: request.podAnnotations,
    podLabels: request.podLabels,
    preferredVersion: '',
  }));
}

/** One action for each one of the parent, times the given objects. */
function childActions(
  request: ActionSetRequest,
  objects: ObjectReference[],
  parent: ActionSet,
): ActionSpec[] {
  const { spec, status } = parent;
  if (!spec || status?.state !== 'complete') {
    throw new Error(`Request parent ActionSet ${parent.metadata.name} has not been executed`);
  }
  return status.actions.flatMap((done, index) => {
    const inherited = spec.actions?.[index];
    const options = { ...inherited?.options, ...request.options };
    const child: Omit<ActionSpec, 'object'> = {
      ...inheritedFields(inherited),
      name: inherited?.name ?? done.name,
      blueprint: done.blueprint,
      ...(done.artifacts && { artifacts: done.artifacts }),
      ...overrides(request),
      ...(Object.keys(options).length > 0 && { options }),
      podAnnotations: { ...inherited?.podAnnotations, ...request.podAnnotations },
      podLabels: { ...inherited?.podLabels, ...request.podLabels },
      preferredVersion: inherited?.preferredVersion ?? '',
    };
    return (objects.length > 0 ? objects : [done.object]).map((object) => ({
      ...child,
      object: complete(object),
    }));
  });
}

/** The failed one's, in everything that is not given. */
function continuedSpec(request: ActionSetRequest, failed: ActionSet): ActionSetSpec {
  const { spec, status } = failed;
  if (!spec || status?.state !== 'failed') throw new NothingToContinue(failed);
  const { options, podLabels, podAnnotations } = request;
  return {
    ...spec,
    actions: spec.actions?.map((action) => ({
      ...action,
      ...overrides(request),
      ...merged('options', action.options, options),
      ...merged('podLabels', action.podLabels, podLabels),
      ...merged('podAnnotations', action.podAnnotations, podAnnotations),
    })),
  };
}

function merged(
  field: 'options' | 'podLabels' | 'podAnnotations',
  inherited: Record<string, string> | null | undefined,
  given: Record<string, string>,
): Partial<ActionSpec> {
  return Object.keys(given).length > 0 ? { [field]: { ...inherited, ...given } } : {};
}

/** Only a run that failed has something left to do. */
export class NothingToContinue extends Error {
  readonly hint: string;

  constructor({ metadata: { name, namespace }, status }: ActionSet) {
    const isComplete = status?.state === 'complete';
    super(
      isComplete
        ? `ActionSet ${name} is complete: there is nothing to continue`
        : `ActionSet ${name} has not failed: it ${status?.state ? `is ${status.state}` : 'was not started yet'}`,
    );
    this.name = 'NothingToContinue';
    this.hint = isComplete
      ? `--from ${name} makes one that follows it up.`
      : `Wait for its end with \`kanctl watch actionset ${name} -n ${namespace}\`, or end it with \`kanctl cancel actionset ${name} -n ${namespace}\`.`;
  }
}

function inheritedFields(action: ActionSpec | undefined): Partial<ActionSpec> {
  if (!action) return {};
  const { secrets, configMaps, profile, repositoryServer, podOverride } = action;
  return {
    ...(secrets && { secrets }),
    ...(configMaps && { configMaps }),
    ...(profile && { profile }),
    ...(repositoryServer && { repositoryServer }),
    ...(podOverride && { podOverride }),
  };
}

/** What is given replaces what a parent has, whole maps included. */
function overrides(request: ActionSetRequest): Partial<ActionSpec> {
  const { action, blueprint, secrets, configMaps, profile, actionTimeout } = request;
  return {
    ...(action !== '' && { name: action }),
    ...(blueprint !== '' && { blueprint }),
    ...(Object.keys(secrets).length > 0 && { secrets: completeAll(secrets) }),
    ...(Object.keys(configMaps).length > 0 && { configMaps: completeAll(configMaps) }),
    ...(profile && { profile: complete(profile) }),
    ...(actionTimeout !== '' && { timeout: actionTimeout }),
  };
}

function completeAll(references: Record<string, ObjectReference>): Record<string, ObjectReference> {
  return Object.fromEntries(Object.entries(references).map(([key, reference]) => [key, complete(reference)]));
}

/** Go clients write every field of a reference but an empty namespace. */
function complete({
  apiVersion = '',
  group = '',
  resource = '',
  kind = '',
  name = '',
  namespace,
}: ObjectReference): ObjectReference {
  return { apiVersion, group, kind, name, ...(namespace && { namespace }), resource };
}

function generatedName({ action, parent: followed, continueFrom }: ActionSetRequest, suffix: string): string {
  const parent = followed || continueFrom;
  if (action === '' && parent === '') {
    throw new Error('missing action name. use the --action flag to specify the action name');
  }
  return [action, parent, suffix].filter((part) => part !== '').join('-');
}
