import type { ObjectReference } from '../api/kanister/types.ts';
import { Failure } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { patiently } from '../engine/retry.ts';
import { manifestDocuments } from '../kubernetes/manifest-documents.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import { patchAsSeen } from '../kubernetes/patch-as-seen.ts';
import { locate, namedReference, outputOf } from './referenced-object.ts';
import { readSpec } from './read-spec.ts';

export interface PatchArguments {
  spec: string | undefined;
  objectReference: ObjectReference | undefined;
  /** Of a reference that has none. */
  namespace: string | undefined;
}

/**
 * Changes the fields of an object that `spec` has, lists as kubectl merges them where the resource knows how. A step that is repeatable:
 * the fields have the same values the second time.
 * @throws {Failure} `InvalidArgument`, `NoSuchResource`; {ApiError}
 */
export async function patchObject(
  context: FunctionContext,
  { spec, objectReference, namespace }: PatchArguments,
): Promise<Record<string, string>> {
  const { kubernetes, clock, signal } = context;
  const body = fieldsOf(spec);
  const reference = namedReference('patch', objectReference);
  await context.step('patch', async () => {
    const { type, name } = await locate(context, reference, namespace);
    const patch = { type: 'strategic', body } as const;
    await patiently(() => patchAsSeen(kubernetes, type, name, patch, { clock, signal }), clock, signal);
    return undefined;
  });
  return outputOf(reference);
}

function fieldsOf(spec: string | undefined): JsonObject {
  const documents = readSpec('patch', spec, manifestDocuments);
  const [body] = documents;
  if (documents.length === 1 && typeof body === 'object' && body !== null && !Array.isArray(body))
    return body;
  const found = documents.length === 1 ? 'something else' : `${documents.length} documents`;
  throw new Failure('InvalidArgument', `error decoding patch: expected one mapping, found ${found}`, {
    argument: 'spec',
    hint: 'Write the fields to change, as they stand in the object.',
  });
}
