import { createHash } from 'node:crypto';
import type { FunctionContext } from '../engine/function.ts';
import { derivedName } from '../engine/names.ts';
import { patiently } from '../engine/retry.ts';
import { isAlreadyExists } from '../kubernetes/api-error.ts';
import { createMarked } from '../kubernetes/create-marked.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import type { Manifest } from '../kubernetes/parse-manifests.ts';
import { refused } from './refused.ts';
import type { PlacedManifest } from './write-manifests.ts';

/** Kanister's, so that what both create has one manager. */
const FIELD_MANAGER = 'kanister-create';

/**
 * Creates an object, or finds the one that this step of the run has created before.
 * @throws {Failure} `AlreadyExists` when it was made by anybody else; {ApiError}
 */
export async function createManifest(
  { identity, owner, phase, kubernetes, clock, signal }: FunctionContext,
  { manifest, type, step }: PlacedManifest,
): Promise<KubernetesObject> {
  // adopting: by its mark, and where the server was to give it a name, by a derived one.
  const place = [identity, step];
  const content = digest([...place, JSON.stringify(manifest)]);
  const mark = `${owner.uid}/${phase}/${step.replace(' ', '-')}/${content}`;
  const object = named(manifest, place);
  try {
    return await patiently(
      () => createMarked(kubernetes, type, object, mark, { fieldManager: FIELD_MANAGER, signal }),
      clock,
      signal,
    );
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    throw refused(
      error,
      'Somebody else made it: delete it first, choose another name, or use operation apply, which changes what is there.',
    );
  }
}

/** Letters of a hash that nobody takes for a name. */
function digest(parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Characters: those that are derived, and the most that the API server itself gives a generated name. */
const DERIVED = 10;
const LONGEST_GENERATED = 63;

function named(manifest: Manifest, place: string[]): Manifest {
  const { name, generateName } = manifest.metadata ?? {};
  if (name || !generateName) return manifest;
  const prefix = generateName.slice(0, LONGEST_GENERATED - DERIVED);
  return { ...manifest, metadata: { ...manifest.metadata, name: derivedName(prefix, ...place) } };
}
