import { presented } from '../presented.ts';
import { apiVersionOf } from '../resource-definition.ts';
import type { ResourceDefinition } from '../resource-definition.ts';
import type { ServerContext } from '../server-context.ts';
import { NO_FIELDS, union } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { fieldPath } from './ownership-rules.ts';
import type { OwnershipRules } from './ownership-rules.ts';

/** The rules for writes to a resource's objects, or to a part of them. */
export function ownershipRules(
  context: Pick<ServerContext, 'registry' | 'mergeTypes'>,
  definition: ResourceDefinition,
  subresource: string | undefined,
): OwnershipRules {
  const { mergeTypes } = context;
  return {
    apiVersion: apiVersionOf(definition),
    ...(subresource !== undefined && { subresource }),
    type: mergeTypes(definition),
    untouched: untouchedFields(definition, subresource),
    untouchedInAllVersions: definition.schema === undefined,
    inVersion(object, apiVersion) {
      const target = definitionIn(context, definition, apiVersion);
      if (!target) return undefined;
      const stored = definitionIn(context, definition, object.apiVersion)?.toStorage?.(object) ?? object;
      return { object: presented(stored, target), type: mergeTypes(target) };
    },
  };
}

/** The same resource in another version; `undefined` when that is not served. */
export function definitionIn(
  { registry }: Pick<ServerContext, 'registry'>,
  definition: ResourceDefinition,
  apiVersion: string,
): ResourceDefinition | undefined {
  if (apiVersion === apiVersionOf(definition)) return definition;
  const found = registry.find(...splitVersion(apiVersion), definition.resource);
  return found?.storage === definition.storage ? found : undefined;
}

function splitVersion(apiVersion: string): [group: string, version: string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

const SPEC = fieldPath('spec');
const STATUS = fieldPath('status');

/** Status writes that leave more than the spec alone. */
const UNTOUCHED_BY_STATUS: Readonly<Record<string, FieldSet>> = {
  'customresourcedefinitions.apiextensions.k8s.io': union(SPEC, fieldPath('metadata')),
  'volumeattachments.storage.k8s.io': union(SPEC, fieldPath('metadata')),
  'deployments.apps': union(SPEC, fieldPath('metadata', 'labels')),
  pods: [fieldPath('metadata', 'deletionTimestamp'), fieldPath('metadata', 'ownerReferences')].reduce(
    union,
    SPEC,
  ),
};

/** What a write to an object, or to a part of it, leaves as it is. */
function untouchedFields(definition: ResourceDefinition, subresource: string | undefined): FieldSet {
  if (subresource === 'status') return UNTOUCHED_BY_STATUS[definition.storage] ?? SPEC;
  return definition.statusSubresource || subresource === 'finalize' ? STATUS : NO_FIELDS;
}
