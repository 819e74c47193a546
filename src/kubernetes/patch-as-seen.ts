import { ApiError, isConflict, isForbidden } from './api-error.ts';
import type { KubernetesClient, Patch, WriteOptions } from './client.ts';
import type { Clock } from './clock.ts';
import { getIfThere } from './get-if-there.ts';
import type { KubernetesObject, ObjectName, ResourceType } from './objects.ts';

/** A patch of the fields of an object; `strategic` becomes `merge` where the resource knows no other, as custom resources. */
export type FieldsPatch = { type: 'strategic' | 'merge' | 'apply'; body: object };

export interface PatchAsSeenOptions extends WriteOptions {
  clock: Clock;
  force?: boolean;
}

/** Milliseconds between two attempts at an object that others change at the same time. */
const SHORTEST_PAUSE = 50;
const LONGEST_PAUSE = 2_000;

/**
 * Patches an object in the version that it has now. So a patch that somebody sent before and that arrives late, when its sender is gone and
 * this one has been made, is refused rather than made once more over what came after it. Whatever changes the object at the same
 * time is kept. Where the object may not be read, and where the patch names a version itself, it is sent as it is.
 * @throws {ApiError} also a conflict that reading the object again does not resolve: of managers of fields, or of a version or UID in the patch
 */
export async function patchAsSeen<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  name: ObjectName,
  patch: FieldsPatch,
  { clock, ...options }: PatchAsSeenOptions,
): Promise<T> {
  const metadata = metadataOf(patch.body);
  const given = metadata?.['resourceVersion'];
  // What is no mapping is left to the server to refuse.
  const versionToName = async () =>
    metadata && given === undefined ? versionOf(client, type, name, options.signal) : undefined;
  let refused: { version: string | undefined; conflict: ApiError } | undefined;
  for (let pause = SHORTEST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const version = await versionToName();
    if (refused && refused.version === version) throw refused.conflict;
    try {
      return await patchVersion<T>(client, type, name, patch, version, options);
    } catch (error) {
      if (!isConflict(error)) throw error;
      refused = { version, conflict: error };
    }
    await clock.sleep(pause, options.signal);
  }
}

function metadataOf(body: object): Record<string, unknown> | undefined {
  const { metadata = null }: { metadata?: unknown } = body;
  if (metadata === null) return {};
  return typeof metadata === 'object' && !Array.isArray(metadata) ? { ...metadata } : undefined;
}

/** Nothing where the object is not there, which the patch itself is to be told, and where the role does not grant reading it. */
async function versionOf(
  client: KubernetesClient,
  type: ResourceType,
  name: ObjectName,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return (await getIfThere(client, type, name, signal))?.metadata?.resourceVersion;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

async function patchVersion<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  name: ObjectName,
  patch: FieldsPatch,
  version: string | undefined,
  options: WriteOptions & { force?: boolean },
): Promise<T> {
  const body =
    version === undefined
      ? patch.body
      : { ...patch.body, metadata: { ...metadataOf(patch.body), resourceVersion: version } };
  const send = (how: Patch['type'] & FieldsPatch['type']) =>
    client.patch<T>(type, name, { type: how, body }, options);
  try {
    return await send(patch.type);
  } catch (error) {
    if (patch.type !== 'strategic' || !(error instanceof ApiError) || error.code !== 415) throw error;
    return send('merge');
  }
}
