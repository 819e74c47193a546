import { Failure } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { patiently } from '../engine/retry.ts';
import { isConflict } from '../kubernetes/api-error.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { patchAsSeen } from '../kubernetes/patch-as-seen.ts';
import { addressed } from './addressed.ts';
import { refused } from './refused.ts';
import type { PlacedManifest } from './write-manifests.ts';

/** The same for all runs: what the next one leaves out is taken away. */
const FIELD_MANAGER = 'kanister-apply';

/**
 * Applies an object on the server: creates it, or changes the fields that it names and takes away those that an earlier one named.
 * @param options.force takes over fields that others manage
 * @throws {Failure} `InvalidArgument` without a name, `Conflict` over fields that others manage; {ApiError}
 */
export async function applyManifest(
  { kubernetes, clock, signal }: FunctionContext,
  { manifest, type }: PlacedManifest,
  { force }: { force: boolean },
): Promise<KubernetesObject> {
  // Of an object that was read and kept; they refer to what may be no more.
  const { uid: _uid, managedFields: _managed, ...metadata } = manifest.metadata ?? {};
  const { name, namespace } = metadata;
  if (!name) {
    throw new Failure(
      'InvalidArgument',
      'metadata.name is missing, and apply is about the object of a name',
      {
        argument: 'spec',
        hint: 'Give the object a name, or use operation create for names that are to be generated.',
      },
    );
  }
  const object = addressed({ name, ...(namespace !== undefined && { namespace }) }, 'spec');
  const patch = { type: 'apply', body: { ...manifest, metadata } } as const;
  const options = { fieldManager: FIELD_MANAGER, force, clock, signal };
  try {
    return await patiently(() => patchAsSeen(kubernetes, type, object, patch, options), clock, signal);
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw refused(
      error,
      'Leave these fields to who manages them, or take them over with forceConflicts: true.',
    );
  }
}
