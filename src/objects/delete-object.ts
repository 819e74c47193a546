import type { ObjectReference } from '../api/kanister/types.ts';
import type { FunctionContext } from '../engine/function.ts';
import { patiently } from '../engine/retry.ts';
import { isNotFound } from '../kubernetes/api-error.ts';
import { deleteSeen, whyStillThere } from '../kubernetes/delete-seen.ts';
import type { ObjectName, ResourceType } from '../kubernetes/objects.ts';
import { waitUntil } from '../pods/wait-until.ts';
import { locate, namedReference, outputOf, type NamedReference } from './referenced-object.ts';
import { refused } from './refused.ts';

export interface DeleteArguments {
  objectReference: ObjectReference | undefined;
  /** Of a reference that has none; `default` when absent. */
  namespace: string | undefined;
}

/**
 * Deletes an object, and waits until it is gone, however long its finalizers take. An object that is not there to begin with is an error.
 * @throws {Failure} `InvalidArgument`, `NoSuchResource`, `NotFound`; {ApiError}
 */
export async function deleteObject(
  context: FunctionContext,
  { objectReference, namespace = 'default' }: DeleteArguments,
): Promise<Record<string, string>> {
  const { kubernetes, clock, signal, step } = context;
  const reference = namedReference('delete', objectReference);
  // observation: which object is meant, so that neither a repetition nor a late request takes a later one of its name.
  const seen = await step('find', () => find(context, reference, namespace), { lasting: true });
  await step('delete', async () => {
    await patiently(() => deleteSeen(kubernetes, seen, signal), clock, signal);
    return undefined;
  });
  const look = () => patiently(() => whyStillThere(kubernetes, seen, signal), clock, signal);
  if ((await look()) !== undefined) {
    const { type, name } = seen;
    const watched = { type, namespace: name.namespace ?? '', fieldSelector: `metadata.name=${name.name}` };
    await context.idle(() => waitUntil(context, [watched], look));
  }
  return outputOf(reference);
}

/** What an interface has, as a type that is known to be JSON. */
type Plain<T> = { [K in keyof T]: T[K] };

async function find(
  context: FunctionContext,
  reference: NamedReference,
  namespace: string,
): Promise<{ type: Plain<ResourceType>; name: Plain<ObjectName>; uid: string }> {
  const { kubernetes, clock, signal } = context;
  const { type, name } = await locate(context, reference, namespace);
  try {
    const found = await patiently(() => kubernetes.get(type, name, { signal }), clock, signal);
    return { type: { ...type }, name: { ...name }, uid: found.metadata?.uid ?? '' };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw refused(
      error,
      'There is nothing to delete: correct objectReference, or let the phase run only when there is (if).',
    );
  }
}
