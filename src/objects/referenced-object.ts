import type { ObjectReference } from '../api/kanister/types.ts';
import { Failure } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import type { ObjectName, ResourceType } from '../kubernetes/objects.ts';
import { createRestMapping } from '../kubernetes/rest-mapping.ts';
import { addressed } from './addressed.ts';
import { discovered } from './discovered.ts';

/** A reference that is complete but for the namespace. */
export type NamedReference = ObjectReference & { apiVersion: string; resource: string; name: string };

/**
 * `apiVersion` is the version alone in the original; with the group in front it is what everybody else calls apiVersion.
 * @throws {Failure} `InvalidArgument` which says what is missing
 */
export function namedReference(operation: string, given: ObjectReference | undefined): NamedReference {
  const { apiVersion: written = '', resource, name } = given ?? {};
  const [, named, apiVersion] = /^(?:([^/]*)\/)?([^/]*)$/.exec(written) ?? [];
  const group = given?.group || named;
  if (apiVersion && resource && name && (named === undefined || named === group))
    return { ...given, apiVersion, resource, name, ...(group !== undefined && { group }) };
  const missing = Object.entries({ apiVersion, resource, name }).filter(([, value]) => !value);
  const wrong = named === undefined || named === group ? [] : [`one group, not both ${named} and ${group}`];
  throw new Failure(
    'InvalidArgument',
    `missing one or more required fields name/namespace/group/apiVersion/resource in objectReference for ${operation} operation`,
    {
      argument: 'objectReference',
      hint: `Give ${[...missing.map(([field]) => field), ...wrong].join(', ')} in objectReference; the outputs of a phase that created the object have them.`,
    },
  );
}

/**
 * Where the object of a reference is.
 * @param namespace of a reference that has none
 * @throws {Failure} `NoSuchResource`, `InvalidArgument`
 */
export async function locate(
  context: FunctionContext,
  reference: NamedReference,
  namespace: string | undefined,
): Promise<{ type: ResourceType; name: ObjectName }> {
  const { kubernetes, signal } = context;
  const { group = '', apiVersion: version, resource, name } = reference;
  const argument = 'objectReference';
  const type = await discovered(
    context,
    {
      argument,
      stem: NOT_SERVED,
      hint: 'Correct group (empty for the core group only), apiVersion and resource (the plural, such as deployments) of objectReference, or install its CustomResourceDefinition.',
    },
    () => createRestMapping(kubernetes).byResource({ group, version, resource }, { signal }),
  );
  if (!type.namespaced) return { type, name: addressed({ name }, argument) };
  const place = reference.namespace || namespace;
  if (place) return { type, name: addressed({ name, namespace: place }, argument) };
  throw new Failure('InvalidArgument', `${NOT_SERVED}: ${resource} are in namespaces, and none is given`, {
    argument,
    hint: 'Give objectReference a namespace.',
  });
}

/** What the API server says to an address that it does not know. */
const NOT_SERVED = 'the server could not find the requested resource';

/** The outputs of what was done to the object. The namespace stands there only where the reference has it, as in the original. */
export function outputOf(reference: NamedReference): Record<string, string> {
  const { apiVersion, group = '', resource, kind = '', name, namespace } = reference;
  return { apiVersion, group, resource, kind, name, ...(namespace && { namespace }) };
}
