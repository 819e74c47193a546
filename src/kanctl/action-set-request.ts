import type { ObjectReference } from '../api/kanister/types.ts';
import { podAnnotationsProblem, podLabelsProblem } from '../api/label-syntax.ts';
import { parseDuration } from '../gotemplate/duration.ts';
import type { FlagValues } from './flag.ts';
import type { createActionSetFlags } from './create-actionset-flags.ts';
import { parseLabelSelector } from './label-selector.ts';
import { UsageError } from './usage-error.ts';

/** What a `create actionset` command line asks for, checked as far as that goes without a cluster. */
export interface ActionSetRequest {
  name: string;
  action: string;
  blueprint: string;
  /** A complete ActionSet to follow up, or empty. */
  parent: string;
  /** A failed ActionSet to go on with, or empty. */
  continueFrom: string;
  configMaps: Record<string, ObjectReference>;
  secrets: Record<string, ObjectReference>;
  /** In the order of kinds in the help, without repetitions. */
  objects: ObjectReference[];
  selection: Selection | undefined;
  options: Record<string, string>;
  labels: Record<string, string>;
  podLabels: Record<string, string>;
  podAnnotations: Record<string, string>;
  profile: ObjectReference | undefined;
  sequential: boolean;
  /** Of each action: a Go duration, or empty. */
  actionTimeout: string;
  ttlSeconds: number | undefined;
  includeArtifacts: boolean;
}

/** Objects to be found by their labels; an empty namespace means all. */
export interface Selection {
  selector: string;
  kind: string;
  namespace: string;
}

/** @throws {UsageError} with the original's texts. `namespace` is where a Profile is that is given without one. */
export function parseActionSetRequest(
  flags: FlagValues<typeof createActionSetFlags>,
  namespace: string,
): ActionSetRequest {
  refuseForeignFlags(flags);
  return {
    name: flags.name,
    action: flags.action,
    blueprint: flags.blueprint,
    parent: flags.from,
    continueFrom: flags['continue-from'],
    configMaps: parseReferences('config maps', flags['config-maps']),
    secrets: parseReferences('secrets', flags.secrets),
    objects: withoutRepetitions([
      ...parseObjects('deployment', flags.deployment),
      ...parseObjects('statefulset', flags.statefulset),
      ...parseObjects('deploymentconfig', flags.deploymentconfig),
      ...parseObjects('pvc', flags.pvc),
      ...flags.namespacetargets.map((name) => ({ kind: 'namespace', name, namespace: name })),
      ...flags.objects.map(parseGenericObject),
    ]),
    selection: parseSelection(flags),
    options: parseOptions(flags.options),
    labels: parseLabels(flags.labels),
    podLabels: checked(flags.podlabels, podLabelsProblem),
    podAnnotations: checked(flags.podannotations, podAnnotationsProblem),
    profile: parseProfile(flags.profile, namespace),
    sequential: flags.sequential,
    actionTimeout: flags['action-timeout'],
    ttlSeconds: flags.ttl === '' ? undefined : wholeSeconds(flags.ttl),
    includeArtifacts: flags['include-artifacts'],
  };
}

/** What says which actions there are, and on what; a continued ActionSet has those of the failed one. */
const SELECTING = [
  'from',
  'action',
  'deployment',
  'statefulset',
  'deploymentconfig',
  'pvc',
  'namespacetargets',
  'objects',
  'selector',
] as const;

function refuseForeignFlags(flags: FlagValues<typeof createActionSetFlags>): void {
  if (flags['continue-from'] === '') return;
  const given = SELECTING.filter((name) => flags[name].length > 0);
  if (given.length === 0) return;
  throw new UsageError(
    `--continue-from takes over the actions of the failed ActionSet and their objects: remove ${given.map((name) => `--${name}`).join(', ')}`,
  );
}

/** Rounded up: a part of a second is kept, not lost. */
const wholeSeconds = (duration: string): number =>
  Number((parseDuration(duration) + 999_999_999n) / 1_000_000_000n);

export function withoutRepetitions(objects: ObjectReference[]): ObjectReference[] {
  const keys = objects.map((object) => JSON.stringify(canonical(object)));
  return objects.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
}

/** The same for references that say the same. */
function canonical({
  apiVersion = '',
  group = '',
  resource = '',
  kind = '',
  namespace = '',
  name = '',
}: ObjectReference) {
  return [apiVersion, group, resource, kind, namespace, name];
}

const NAME = '[A-Za-z0-9_.-]+';

function parseReferences(what: string, values: string[]): Record<string, ObjectReference> {
  const references = values.map((value): [string, ObjectReference] => {
    const [, key, namespace, name] = new RegExp(`^\\s*(${NAME})=(${NAME})/(${NAME})\\s*$`).exec(value) ?? [];
    if (key === undefined || namespace === undefined || name === undefined) {
      throw new UsageError(`failed to parse ${what}: Expected ref=namespace/name. Got ${value}`);
    }
    return [key, { name, namespace }];
  });
  return Object.fromEntries(references);
}

function parseObjects(kind: string, values: string[]): ObjectReference[] {
  return values.map((value) => {
    const [, namespace, name] = new RegExp(`^\\s*(${NAME})/(${NAME})\\s*$`).exec(value) ?? [];
    if (namespace === undefined || name === undefined) {
      throw new UsageError(`failed to parse ${kind}: Expected namespace/name. Got ${value}`);
    }
    return { kind, name, namespace };
  });
}

function parseGenericObject(value: string): ObjectReference {
  const parts = value.trim().split('/');
  if (
    parts.some((part) => !new RegExp(`^${NAME}$`).test(part)) ||
    (parts.length !== 4 && parts.length !== 5)
  ) {
    throw new UsageError(
      "Expected group/version/resource/namespace/name or in the case of core group's resources " +
        // The number is part of the original's text.
        `version/resource/namespace/name . Got ${value} 0`,
    );
  }
  const [group = '', apiVersion = '', resource = '', namespace = '', name = ''] =
    parts.length === 4 ? ['', ...parts] : parts;
  return { apiVersion, group, resource, name, namespace };
}

function parseSelection(flags: FlagValues<typeof createActionSetFlags>): Selection | undefined {
  if (flags.selector === '') return undefined;
  try {
    parseLabelSelector(flags.selector);
  } catch (error) {
    throw new UsageError(
      `failed to parse selector: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return { selector: flags.selector, kind: flags.kind, namespace: flags['selector-namespace'] };
}

/** A value may hold further equals signs, which the original refuses. */
function parseOptions(pairs: string[]): Record<string, string> {
  const options = pairs.map((pair): [string, string] => {
    const separator = pair.indexOf('=');
    if (separator < 0) throw new UsageError(`Expected options as key=value pairs. Got ${pair}`);
    return [pair.slice(0, separator), pair.slice(separator + 1)];
  });
  return Object.fromEntries(options);
}

function parseLabels(labels: string): Record<string, string> {
  if (labels === '') return {};
  const pairs = labels.split(',').map((pair): [string, string] => {
    const parts = pair.split('=').map((part) => part.trim());
    const [key, value] = parts;
    if (parts.length !== 2 || key === undefined || value === undefined) {
      throw new UsageError('invalid --labels value. make sure the value for field --labels is correct');
    }
    return [key, value];
  });
  return Object.fromEntries(pairs);
}

function checked(
  pairs: Record<string, string>,
  problemOf: (pairs: Record<string, string>) => string | undefined,
): Record<string, string> {
  const problem = problemOf(pairs);
  if (problem !== undefined) throw new UsageError(problem);
  return pairs;
}

function parseProfile(profile: string, defaultNamespace: string): ObjectReference | undefined {
  if (profile === '') return undefined;
  const parts = profile.split('/');
  const [namespace, name] = parts.length === 1 ? [defaultNamespace, profile] : parts;
  if (parts.length > 2 || !namespace || !name) {
    throw new UsageError(
      `Invalid profile name ${profile}, should be of the form ( --profile namespace/name OR --profile name)`,
    );
  }
  return { name, namespace };
}
