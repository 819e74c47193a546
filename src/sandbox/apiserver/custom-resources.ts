import { fieldsOf, isFields, listOf, textOf, valueAt } from './json-value.ts';
import type { Fields } from './json-value.ts';
import { goJson } from './apply/go-json.ts';
import { elapsed } from './elapsed.ts';
import { readJsonPath } from './simple-json-path.ts';
import { ALL_VERBS } from './resource-definition.ts';
import type { ApiObject, PrinterColumn, ResourceDefinition, ScalePaths } from './resource-definition.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** The resources, one for each served version, that a CustomResourceDefinition declares. */
export function resourcesOf(crd: ApiObject, options: { selectableFields: boolean }): ResourceDefinition[] {
  const spec = fieldsOf(crd.spec);
  const names = fieldsOf(spec.names);
  const group = textOf(spec.group);
  const resource = textOf(names.plural);
  const kind = textOf(names.kind);
  const stored = listOf(spec.versions)
    .map(fieldsOf)
    .find(({ storage }) => storage === true);
  return listOf(spec.versions)
    .map(fieldsOf)
    .filter(({ served }) => served === true)
    .map((version): ResourceDefinition => {
      const subresources = fieldsOf(version.subresources);
      const hasStatus = isFields(subresources.status);
      const scale = isFields(subresources.scale) ? scalePaths(subresources.scale) : undefined;
      return {
        group,
        version: textOf(version.name),
        resource,
        singular: textOf(names.singular),
        kind,
        listKind: textOf(names.listKind),
        namespaced: spec.scope === 'Namespaced',
        shortNames: listOf(names.shortNames).map(textOf),
        categories: listOf(names.categories).map(textOf),
        verbs: ALL_VERBS,
        storage: `${resource}.${group}`,
        storedVersion: textOf(stored?.name),
        generation: hasStatus ? 'all-but-metadata-and-status' : 'all-but-metadata',
        statusSubresource: hasStatus,
        ...(scale && { scale }),
        subresources: [],
        nameRule: 'subdomain',
        requiresResourceVersion: true,
        returnsDeleted: false,
        selectableFields: options.selectableFields ? selectableFields(version) : {},
        columns: columnsOf(version),
        schema: schemaOf(version),
      };
    });
}

function schemaOf(version: Fields): StructuralSchema {
  const schema = fieldsOf(version.schema).openAPIV3Schema as StructuralSchema;
  return schema;
}

function selectableFields(version: Fields): ResourceDefinition['selectableFields'] {
  return Object.fromEntries(
    listOf(version.selectableFields).map((item) => {
      const path = textOf(fieldsOf(item).jsonPath).replace(/^\./, '');
      const keys = path.split('.');
      return [path, (object: ApiObject) => printable(valueAt(object, ...keys))];
    }),
  );
}

const printable = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);

function columnsOf(version: Fields): PrinterColumn[] {
  const declared = listOf(version.additionalPrinterColumns).map(fieldsOf);
  if (declared.length === 0) return [ageColumn('.metadata.creationTimestamp', { name: 'Age' })];
  return declared.map((column) => {
    const path = textOf(column.jsonPath);
    if (column.type === 'date') return ageColumn(path, column);
    return { ...describe(column), cell: (object) => cellOf(readJsonPath(object, path), column.type) };
  });
}

/** What does not have the column's type is not shown. */
function cellOf(value: unknown, type: unknown): unknown {
  switch (type) {
    case 'integer':
      return Number.isInteger(value) ? value : undefined;
    case 'number':
    case 'boolean':
      return typeof value === type ? value : undefined;
    default:
      return typeof value === 'object' && value !== null ? goJson(value) : value;
  }
}

const ageColumn = (path: string, column: Fields): PrinterColumn => ({
  ...describe({ ...column, type: 'date' }),
  cell: (object, now) => {
    const value = readJsonPath(object, path);
    if (typeof value !== 'string') return undefined;
    return Number.isNaN(Date.parse(value)) ? '<invalid>' : elapsed(value, now);
  },
});

const describe = (column: Fields): Omit<PrinterColumn, 'cell'> => ({
  name: textOf(column.name),
  type: (textOf(column.type) || 'string') as PrinterColumn['type'],
  ...(column.format !== undefined && { format: textOf(column.format) }),
  ...(column.description !== undefined && { description: textOf(column.description) }),
  priority: Number(column.priority ?? 0),
});

const scalePaths = (scale: Fields): ScalePaths => {
  const keys = (path: unknown) => textOf(path).replace(/^\./, '').split('.');
  return {
    specReplicas: keys(scale.specReplicasPath),
    statusReplicas: keys(scale.statusReplicasPath),
    ...(scale.labelSelectorPath !== undefined && { labelSelector: keys(scale.labelSelectorPath) }),
  };
};
