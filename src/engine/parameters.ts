import type { ActionSpec, ObjectReference, ResolvedProfile } from '../api/kanister/types.ts';
import { isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { JsonObject, KubernetesObject } from '../kubernetes/objects.ts';
import { CONFIG_MAPS, SECRETS } from '../kubernetes/resources.ts';
import type { Workload } from './function.ts';
import { resolveProfile, type Secret } from './resolve-profile.ts';

export interface ConfigMap extends KubernetesObject {
  immutable?: boolean;
  data?: Record<string, string>;
  /** base64 */
  binaryData?: Record<string, string>;
}

/** What templates see of one phase. */
export interface PhaseParameters {
  secrets: Record<string, Secret>;
  configMaps: Record<string, ConfigMap>;
  output: JsonObject | undefined;
  /** Its condition did not hold, so that it has no output. */
  skipped?: true;
}

/** All that the templates of an action can refer to. */
export interface Parameters {
  action: ActionSpec;
  /** RFC 3339 with nanoseconds. */
  time: string;
  object: JsonObject;
  subject: Workload | undefined;
  secrets: Record<string, Secret>;
  configMaps: Record<string, ConfigMap>;
  profile: ResolvedProfile | undefined;
  phases: Record<string, PhaseParameters>;
  deferPhase: PhaseParameters;
}

/**
 * The part that is read again after a restart, because it may hold secrets. The first that can't be read fails the action.
 * @param hasBegun what is gone since is left out then: what needs it fails in its own phase, and the deferPhase still puts things right
 */
export async function readCredentials(
  client: KubernetesClient,
  action: ActionSpec,
  hasBegun: boolean,
): Promise<Pick<Parameters, 'secrets' | 'configMaps' | 'profile'>> {
  const read = <T>(what: Promise<T>) => (hasBegun ? unlessGone(what) : what);
  const secrets = await readEach(action.secrets, (reference) =>
    read(client.get<Secret>(SECRETS, nameOf(reference))),
  );
  const configMaps = await readEach(action.configMaps, (reference) =>
    read(client.get<ConfigMap>(CONFIG_MAPS, nameOf(reference))),
  );
  const profile = action.profile ? await read(resolveProfile(client, action.profile)) : undefined;
  return { secrets, configMaps, profile };
}

export function emptyPhase(): PhaseParameters {
  return { secrets: {}, configMaps: {}, output: undefined };
}

/**
 * Fetches the Secrets and ConfigMaps among a phase's objects; other kinds are ignored, as in the original.
 * @param hasEnded the phase has: what is gone since is left out
 */
export async function readPhaseObjects(
  client: KubernetesClient,
  objects: Record<string, ObjectReference>,
  hasEnded = false,
): Promise<PhaseParameters> {
  const read = <T>(what: Promise<T>) => (hasEnded ? unlessGone(what) : what);
  const ofKind = (wanted: string) =>
    Object.fromEntries(Object.entries(objects).filter(([, { kind }]) => kind?.toLowerCase() === wanted));
  const secrets = await readEach(ofKind('secret'), (reference) =>
    read(client.get<Secret>(SECRETS, nameOf(reference))),
  );
  const configMaps = await readEach(ofKind('configmap'), (reference) =>
    read(client.get<ConfigMap>(CONFIG_MAPS, nameOf(reference))),
  );
  return { ...emptyPhase(), secrets, configMaps };
}

async function readEach<T>(
  references: Record<string, ObjectReference> | undefined,
  read: (reference: ObjectReference) => Promise<T | undefined>,
): Promise<Record<string, T>> {
  const found: Record<string, T> = {};
  for (const [key, reference] of Object.entries(references ?? {})) {
    const one = await read(reference);
    if (one !== undefined) found[key] = one;
  }
  return found;
}

async function unlessGone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function nameOf(reference: ObjectReference): { name: string; namespace: string } {
  return { name: reference.name ?? '', namespace: reference.namespace ?? '' };
}
