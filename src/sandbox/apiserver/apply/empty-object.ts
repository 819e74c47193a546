import { encodeObject } from '../decode-object.ts';
import { apiVersionOf } from '../resource-definition.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';

/**
 * An object of which nothing was set. Parts that Go's types always have (`spec`, the template of a workload) are
 * there all the same, empty, so that who creates an object does not own them; custom resources have none.
 */
export const emptyObject = (definition: ResourceDefinition): ApiObject =>
  encodeObject({ apiVersion: apiVersionOf(definition), kind: definition.kind, metadata: { name: '' } });
