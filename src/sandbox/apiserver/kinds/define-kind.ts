import { ownFields, printable, valueAt } from '../json-value.ts';
import { DEFAULT_COLUMNS, PRINTER_COLUMNS } from '../printer-columns.ts';
import { ALL_VERBS } from '../resource-definition.ts';
import type { ApiObject, ResourceDefinition, ScalePaths } from '../resource-definition.ts';
import { qualifiedResource } from '../status-error.ts';

/** A kind's definition: what is most common, and where the kind differs. Version v1 unless `variation` says otherwise. */
export function defineKind(
  group: string,
  resource: string,
  kind: string,
  variation: Partial<ResourceDefinition> = {},
): ResourceDefinition {
  const qualified = qualifiedResource({ group, resource });
  return {
    group,
    version: 'v1',
    resource,
    singular: kind.toLowerCase(),
    kind,
    listKind: `${kind}List`,
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs: ALL_VERBS,
    storage: qualified,
    generation: 'never',
    statusSubresource: false,
    subresources: [],
    nameRule: 'subdomain',
    requiresResourceVersion: false,
    returnsDeleted: false,
    selectableFields: {},
    columns: PRINTER_COLUMNS[qualified] ?? DEFAULT_COLUMNS,
    ...variation,
  };
}

/** Selectable fields that are read as they stand. */
export function selectable(paths: Record<string, string[]>): ResourceDefinition['selectableFields'] {
  return Object.fromEntries(
    Object.entries(paths).map(([name, path]) => [
      name,
      (object: ApiObject) => printable(valueAt(object, ...path)),
    ]),
  );
}

/** Where the workloads that have a Scale keep what it shows. */
export const WORKLOAD_SCALE: ScalePaths = {
  specReplicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  labelSelector: ['spec', 'selector'],
};

/** A new object begins with this status, whatever the client sent. */
export function startingStatus(status: object): (object: ApiObject) => void {
  return (object) => {
    object.status = { ...status };
    ownFields(object, 'spec');
  };
}
