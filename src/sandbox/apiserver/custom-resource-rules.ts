import { equalJson, fieldsOf, isFields, listOf, textOf } from './json-value.ts';
import type { Fields } from './json-value.ts';
import { nameComplaints } from './object-name-rules.ts';
import type { ApiObject } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import { schemaDeclarationErrors } from './schema-declaration.ts';
import { duplicateValue, invalidValue, notSupported, required, unsupportedValue } from './status-error.ts';
import type { FieldError } from './status-error.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** Fills in what a CustomResourceDefinition leaves out. Changes the object. */
export function defaultCrd(object: ApiObject): void {
  const spec = fieldsOf(object.spec);
  const names = fieldsOf(spec.names);
  if (textOf(names.kind) !== '') {
    names.listKind ??= `${textOf(names.kind)}List`;
    names.singular ??= textOf(names.kind).toLowerCase();
  }
  spec.conversion ??= { strategy: 'None' };
}

/** The status with which a definition begins: its names are looked at next. Changes the object. */
export function prepareCrd(object: ApiObject): void {
  const storedVersions = storageVersions(object);
  object.status = {
    acceptedNames: { kind: '', plural: '' },
    conditions: null,
    storedVersions: storedVersions.slice(0, 1),
  };
}

/** Keeps the status, to which a new storage version is added. Changes the object. */
export function prepareCrdUpdate(object: ApiObject, old: ApiObject): void {
  const status = fieldsOf(old.status);
  const stored = listOf(status.storedVersions);
  const added = storageVersions(object).filter((name) => !stored.includes(name));
  object.status = { ...status, storedVersions: [...stored, ...added] };
}

const storageVersions = (object: ApiObject): string[] =>
  versionsOf(object)
    .filter(({ storage }) => storage === true)
    .map(({ name }) => textOf(name));

const versionsOf = (object: ApiObject): Fields[] => listOf(fieldsOf(object.spec).versions).map(fieldsOf);

const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

/** A definition waits for its objects, which go first. */
export function prepareCrdDelete(object: ApiObject, { store }: ServerContext): ApiObject {
  const { finalizers = [], deletionTimestamp, name } = object.metadata;
  const isEmpty = store.list(name).length === 0;
  if (isEmpty || deletionTimestamp !== undefined || finalizers.includes(CLEANUP_FINALIZER)) return object;
  return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, CLEANUP_FINALIZER] } };
}

/**
 * What is wrong with a CustomResourceDefinition, in the words of apiextensions.
 * @throws {StatusError} 501 for conversion webhooks, which a real server would take
 */
export function crdErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const names = fieldsOf(spec.names);
  const { strategy } = fieldsOf(spec.conversion);
  if (strategy === 'Webhook') {
    throw notSupported(
      `conversion webhooks (spec.conversion of the CustomResourceDefinition ${object.metadata.name})`,
    );
  }
  return [
    // Looked at once: later changes of what the name is made of are refused by themselves.
    ...(object.metadata.resourceVersion !== undefined ||
    object.metadata.name === `${textOf(names.plural)}.${textOf(spec.group)}`
      ? []
      : [invalidValue('metadata.name', object.metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...groupErrors(textOf(spec.group)),
    ...oneOf('spec.scope', textOf(spec.scope), ['Cluster', 'Namespaced']),
    ...versionErrors(object),
    ...missing(names, 'spec.names', ['plural', 'singular', 'kind', 'listKind']),
    ...namesErrors(names),
    ...(spec.preserveUnknownFields === true
      ? [
          invalidValue(
            'spec.preserveUnknownFields',
            true,
            'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
          ),
        ]
      : []),
    ...(spec.conversion === undefined
      ? []
      : oneOf('spec.conversion.strategy', textOf(strategy), ['None', 'Webhook'])),
    ...storedVersionErrors(object),
  ];
}

/** What an update may not do to a definition. */
export function crdUpdateErrors(object: ApiObject, old: ApiObject): FieldError[] {
  const established = listOf(fieldsOf(old.status).conditions)
    .map(fieldsOf)
    .some(({ type, status }) => type === 'Established' && status === 'True');
  if (!established) return [];
  const [spec, before] = [fieldsOf(object.spec), fieldsOf(old.spec)];
  const [names, namesBefore] = [fieldsOf(spec.names), fieldsOf(before.names)];
  const pairs: [string, unknown, unknown][] = [
    ['spec.group', spec.group, before.group],
    ['spec.scope', spec.scope, before.scope],
    ['spec.names.kind', names.kind, namesBefore.kind],
    ['spec.names.plural', names.plural, namesBefore.plural],
  ];
  return pairs.flatMap(([field, value, earlier]) =>
    value === earlier ? [] : [invalidValue(field, value, 'field is immutable')],
  );
}

function groupErrors(group: string): FieldError[] {
  if (group === '') return [required('spec.group')];
  const complaints = nameComplaints(group, 'subdomain');
  if (complaints.length > 0) return [invalidValue('spec.group', group, complaints.join(','))];
  return group.includes('.')
    ? []
    : [invalidValue('spec.group', group, 'should be a domain with at least one dot')];
}

function oneOf(field: string, value: string, accepted: string[]): FieldError[] {
  if (value === '') return [required(field)];
  return accepted.includes(value) ? [] : [unsupportedValue(field, value, accepted)];
}

const missing = (target: Fields, at: string, fields: string[]): FieldError[] =>
  fields.filter((name) => textOf(target[name]) === '').map((name) => required(`${at}.${name}`));

function namesErrors(names: Fields): FieldError[] {
  const label = (field: string, value: unknown): FieldError[] => {
    const complaints = textOf(value) === '' ? [] : nameComplaints(textOf(value), 'label1035');
    return complaints.length > 0 ? [invalidValue(`spec.names.${field}`, value, complaints.join(','))] : [];
  };
  const kind = (field: string, value: unknown): FieldError[] => {
    const complaints = textOf(value) === '' ? [] : nameComplaints(textOf(value).toLowerCase(), 'label1035');
    if (complaints.length === 0) return [];
    const text = `may have mixed case, but should otherwise match: ${complaints.join(',')}`;
    return [invalidValue(`spec.names.${field}`, value, text)];
  };
  const lists = ['shortNames', 'categories'].flatMap((field) =>
    listOf(names[field]).flatMap((value, index) => label(`${field}[${index}]`, value)),
  );
  return [
    ...label('plural', names.plural),
    ...label('singular', names.singular),
    ...kind('kind', names.kind),
    ...kind('listKind', names.listKind),
    ...(textOf(names.kind) !== '' && names.kind === names.listKind
      ? [invalidValue('spec.names.listKind', names.listKind, 'kind and listKind may not be the same')]
      : []),
    ...lists,
  ];
}

function versionErrors(object: ApiObject): FieldError[] {
  const versions = versionsOf(object);
  const names = versions.map(({ name }) => textOf(name));
  const shown = fieldsOf(object.spec).versions === undefined ? null : versions.map(internalVersion);
  const whole = (detail: string) => invalidValue('spec.versions', shown, detail);
  const parts = versions.flatMap((version, index) => {
    const at = `spec.versions[${index}]`;
    const complaints = nameComplaints(textOf(version.name), 'label1035');
    return [
      ...(complaints.length > 0 ? [invalidValue(`${at}.name`, version.name, complaints.join(','))] : []),
      ...(isFields(fieldsOf(version.schema).openAPIV3Schema)
        ? []
        : [required(`${at}.schema.openAPIV3Schema`)]),
      // A single definition for all versions is told of at the top, where older ones had it.
      ...PARTS.flatMap(({ field, at: shared, errors }) => {
        const isShared = versions.every((other) => equalJson(other[field], version[field]));
        if (isShared && index > 0) return [];
        return version[field] === undefined
          ? []
          : errors(version, isShared ? `spec.${shared}` : `${at}.${field}`);
      }),
    ];
  });
  return [
    ...parts,
    ...(new Set(names).size === names.length ? [] : [whole('must contain unique version names')]),
    ...(versions.filter(({ storage }) => storage === true).length === 1
      ? []
      : [whole('must have exactly one version marked as storage version')]),
    ...(nameComplaints(names[0] ?? 'v1', 'label1035').length > 0
      ? [invalidValue('spec.version', names[0], nameComplaints(names[0] ?? '', 'label1035').join(','))]
      : []),
  ];
}

/** As the server's internal type shows it once what all versions have in common was moved to the top. */
const internalVersion = ({ name, served, storage }: Fields) => ({
  Name: name,
  Served: served ?? false,
  Storage: storage ?? false,
  Deprecated: false,
  DeprecationWarning: null,
  Schema: null,
  Subresources: null,
  AdditionalPrinterColumns: null,
  SelectableFields: null,
});

const PARTS: readonly { field: string; at: string; errors(version: Fields, at: string): FieldError[] }[] = [
  { field: 'schema', at: 'validation', errors: (version, at) => schemaPartErrors(version, at) },
  { field: 'subresources', at: 'subresources', errors: (version, at) => scaleErrors(version, at) },
  {
    field: 'additionalPrinterColumns',
    at: 'additionalPrinterColumns',
    errors: (version, at) => columnErrors(version, at),
  },
  {
    field: 'selectableFields',
    at: 'selectableFields',
    errors: (version, at) => selectableErrors(version, at),
  },
];

function schemaPartErrors(version: Fields, at: string): FieldError[] {
  const schema = fieldsOf(version.schema).openAPIV3Schema;
  return isFields(schema) ? schemaDeclarationErrors(schema, `${at}.openAPIV3Schema`) : [];
}

function scaleErrors(version: Fields, at: string): FieldError[] {
  const { scale } = fieldsOf(version.subresources);
  if (!isFields(scale)) return [];
  const path = (field: string, below: string, needed = true): FieldError[] => {
    const value = textOf(scale[field]);
    const place = `${at}.scale.${field}`;
    if (value === '') return needed ? [required(place)] : [];
    return value.startsWith(`${below}.`)
      ? []
      : [invalidValue(place, value, `should be a json path under ${below}`)];
  };
  const selector = textOf(scale.labelSelectorPath);
  return [
    ...path('specReplicasPath', '.spec'),
    ...path('statusReplicasPath', '.status'),
    ...(selector === '' || selector.startsWith('.spec.') || selector.startsWith('.status.')
      ? []
      : [
          invalidValue(
            `${at}.scale.labelSelectorPath`,
            selector,
            'should be a json path under either .spec or .status',
          ),
        ]),
  ];
}

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = 'byte,date,date-time,double,float,int32,int64,password';

function columnErrors(version: Fields, at: string): FieldError[] {
  const detail = `must be one of ${COLUMN_TYPES.join(',')}`;
  return listOf(version.additionalPrinterColumns)
    .map(fieldsOf)
    .flatMap((column, index) => {
      const place = `${at}[${index}]`;
      const [type, path, format] = [textOf(column.type), textOf(column.jsonPath), textOf(column.format)];
      return [
        ...missing(column, place, ['name']),
        ...(type === '' ? [required(`${place}.type`, detail)] : []),
        ...(type === '' || COLUMN_TYPES.includes(type) ? [] : [invalidValue(`${place}.type`, type, detail)]),
        ...(format === '' || COLUMN_FORMATS.split(',').includes(format)
          ? []
          : [invalidValue(`${place}.format`, format, `must be one of ${COLUMN_FORMATS}`)]),
        ...(path === '' ? [required(`${place}.JSONPath`)] : []),
        ...(path === '' || path.startsWith('.')
          ? []
          : [invalidValue(`${place}.JSONPath`, path, 'must be a simple json path starting with .')]),
      ];
    });
}

const SELECTABLE_TYPES = new Set(['string', 'boolean', 'integer']);

function selectableErrors(version: Fields, at: string): FieldError[] {
  const schema = fieldsOf(version.schema).openAPIV3Schema as StructuralSchema | undefined;
  const seen = new Set<string>();
  return listOf(version.selectableFields)
    .map(fieldsOf)
    .flatMap(({ jsonPath }, index): FieldError[] => {
      const place = `${at}[${index}].jsonPath`;
      const path = textOf(jsonPath);
      if (path === '') return [required(place)];
      if (!path.startsWith('.')) {
        return [
          invalidValue(
            place,
            path,
            `is an invalid path: expected [ or . but got: ${path.split('.')[0] ?? ''}`,
          ),
        ];
      }
      const keys = path.slice(1).split('.');
      const found = keys.reduce<StructuralSchema | undefined>(
        (inner, key) => inner?.properties?.[key],
        schema,
      );
      if (!found || keys[0] === 'metadata') {
        return [invalidValue(place, path, 'is an invalid path: does not refer to a valid field')];
      }
      if (!SELECTABLE_TYPES.has(found.type ?? '')) {
        return [
          invalidValue(
            place,
            path,
            'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
          ),
        ];
      }
      if (seen.has(path)) return [duplicateValue(place, path)];
      seen.add(path);
      return [];
    });
}

function storedVersionErrors(object: ApiObject): FieldError[] {
  const at = 'status.storedVersions';
  const stored = listOf(fieldsOf(object.status).storedVersions).map(textOf);
  if (stored.length === 0) return [invalidValue(at, null, 'must have at least one stored version')];
  const names = versionsOf(object).map(({ name }) => textOf(name));
  return [
    ...storageVersions(object)
      .filter((name) => !stored.includes(name))
      .map((name) => invalidValue(at, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((name, index) =>
      names.includes(name)
        ? []
        : [
            invalidValue(
              `${at}[${index}]`,
              name,
              `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
            ),
          ],
    ),
  ];
}
