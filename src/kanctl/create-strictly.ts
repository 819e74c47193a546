import { ApiError } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../kubernetes/objects.ts';

/**
 * Creates an object none of whose fields the API server drops: what was asked for and is not stored would be ignored without a
 * word.
 * @throws {UnknownFields} when the CRD in the cluster lacks some of them; {ApiError}
 */
export async function createStrictly<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  object: T,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await client.create<T>(type, object, { fieldValidation: 'Strict', signal });
  } catch (error) {
    const unknown = error instanceof ApiError && error.code === 400 ? unknownFields(error.message) : [];
    throw unknown.length > 0 ? new UnknownFields(type, unknown, error) : error;
  }
}

/** From the API server's text: `strict decoding error: unknown field "spec.ttl", unknown field "spec.x"`. */
function unknownFields(message: string): string[] {
  return [...message.matchAll(/unknown field "([^"]+)"/g)].map(([, field = '']) => field);
}

/** The cluster has the CRDs of the original, or of an older version. */
export class UnknownFields extends Error {
  readonly hint =
    'Update the CRDs: an operator of this version does so when it starts, unless CREATEORUPDATE_CRDS is false or its role ' +
    'does not let it update customresourcedefinitions. Nothing was created.';

  constructor({ resource, group }: ResourceType, fields: string[], cause: unknown) {
    super(
      `the CustomResourceDefinition ${resource}.${group} in the cluster does not know ${fields.join(', ')}`,
      { cause },
    );
    this.name = 'UnknownFields';
  }
}
