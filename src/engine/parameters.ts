import type { ActionSpec, ObjectReference, ResolvedProfile } from '../api/kanister/types.ts';
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

/** The part that is read again after a restart, because it may hold secrets. The first that can't be read fails the action. */
export async function readCredentials(
  client: KubernetesClient,
  action: ActionSpec,
): Promise<Pick<Parameters, 'secrets' | 'configMaps' | 'profile'>> {
  const secrets = await readEach<Secret>(action.secrets, (reference) =>
    client.get<Secret>(SECRETS, nameOf(reference)),
  );
  const configMaps = await readEach<ConfigMap>(action.configMaps, (reference) =>
    client.get<ConfigMap>(CONFIG_MAPS, nameOf(reference)),
  );
  const profile = action.profile ? await resolveProfile(client, action.profile) : undefined;
  return { secrets, configMaps, profile };
}

export function emptyPhase(): PhaseParameters {
  return { secrets: {}, configMaps: {}, output: undefined };
}

/** Fetches the Secrets and ConfigMaps among a phase's objects; other kinds are ignored, as in the original. */
export async function readPhaseObjects(
  client: KubernetesClient,
  objects: Record<string, ObjectReference>,
): Promise<PhaseParameters> {
  const phase = emptyPhase();
  for (const [key, reference] of Object.entries(objects)) {
    const kind = reference.kind?.toLowerCase();
    if (kind === 'secret') phase.secrets[key] = await client.get<Secret>(SECRETS, nameOf(reference));
    if (kind === 'configmap')
      phase.configMaps[key] = await client.get<ConfigMap>(CONFIG_MAPS, nameOf(reference));
  }
  return phase;
}

async function readEach<T>(
  references: Record<string, ObjectReference> | undefined,
  read: (reference: ObjectReference) => Promise<T>,
): Promise<Record<string, T>> {
  const found: Record<string, T> = {};
  for (const [key, reference] of Object.entries(references ?? {})) found[key] = await read(reference);
  return found;
}

function nameOf(reference: ObjectReference): { name: string; namespace: string } {
  return { name: reference.name ?? '', namespace: reference.namespace ?? '' };
}
