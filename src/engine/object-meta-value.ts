import {
  bool,
  fromJson,
  int64,
  list,
  map,
  nilPointer,
  pointer,
  string,
  strings,
  struct,
  timeFromDate,
  utc,
  type StructField,
  type Value,
} from '../gotemplate/index.ts';
import type { Json, ObjectMeta, OwnerReference } from '../kubernetes/objects.ts';

/** The metadata of an object as Go's `v1.ObjectMeta`: its fields in their order, embedded in the object. */
export function objectMetaValue(metadata: ObjectMeta = {}): StructField {
  const { deletionGracePeriodSeconds: grace, ownerReferences = [], managedFields = [] } = metadata;
  return {
    name: 'ObjectMeta',
    json: 'metadata',
    embedded: true,
    value: struct('v1.ObjectMeta', [
      field('Name', text(metadata.name)),
      field('GenerateName', text(metadata.generateName)),
      field('Namespace', text(metadata.namespace)),
      field('SelfLink', text('')),
      field('UID', text(metadata.uid, 'types.UID'), 'uid'),
      field('ResourceVersion', text(metadata.resourceVersion)),
      field('Generation', int64(metadata.generation ?? 0)),
      created(metadata.creationTimestamp),
      field('DeletionTimestamp', moment(metadata.deletionTimestamp)),
      field('DeletionGracePeriodSeconds', grace === undefined ? nilPointer('int64') : pointer(int64(grace))),
      field('Labels', texts(metadata.labels)),
      field('Annotations', texts(metadata.annotations)),
      field('OwnerReferences', list(ownerReferences.map(ownerReference), 'v1.OwnerReference')),
      field('Finalizers', strings(metadata.finalizers ?? [])),
      field('ManagedFields', list(managedFields.map(managedFieldsEntry), 'v1.ManagedFieldsEntry')),
    ]),
  };
}

/** Left out of JSON where it is empty; its name there begins with a small letter. */
function field(
  name: string,
  value: Value,
  json: string = name.charAt(0).toLowerCase() + name.slice(1),
): StructField {
  return { name, json, omitEmpty: true, value };
}

/** The time that Go has for none is printed as the year 1, and is no part of JSON. */
function created(timestamp: string | null | undefined): StructField {
  if (timestamp) return field('CreationTimestamp', moment(timestamp));
  return { name: 'CreationTimestamp', json: '-', value: timeFromDate(new Date('0001-01-01T00:00:00Z'), utc) };
}

/** In Go a pointer to a time, which prints as the time. */
function moment(timestamp: string | undefined): Value {
  return timestamp === undefined ? nilPointer('v1.Time') : timeFromDate(new Date(timestamp), utc);
}

function ownerReference(reference: OwnerReference): Value {
  const flag = (value: boolean | undefined) =>
    value === undefined ? nilPointer('bool') : pointer(bool(value));
  return struct('v1.OwnerReference', [
    { name: 'APIVersion', json: 'apiVersion', value: string(reference.apiVersion) },
    { name: 'Kind', json: 'kind', value: string(reference.kind) },
    { name: 'Name', json: 'name', value: string(reference.name) },
    { name: 'UID', json: 'uid', value: string(reference.uid, 'types.UID') },
    field('Controller', flag(reference.controller)),
    field('BlockOwnerDeletion', flag(reference.blockOwnerDeletion)),
  ]);
}

function managedFieldsEntry(json: Json): Value {
  const entry = (json ?? {}) as Record<string, string | undefined> & { fieldsV1?: Json };
  return struct('v1.ManagedFieldsEntry', [
    field('Manager', text(entry['manager'])),
    field('Operation', text(entry['operation'], 'v1.ManagedFieldsOperationType')),
    field('APIVersion', text(entry['apiVersion']), 'apiVersion'),
    field('Time', moment(entry['time'])),
    field('FieldsType', text(entry['fieldsType'])),
    field(
      'FieldsV1',
      entry.fieldsV1 === undefined
        ? nilPointer('v1.FieldsV1')
        : fromJson(entry.fieldsV1, { integers: 'int64' }),
    ),
    field('Subresource', text(entry['subresource'])),
  ]);
}

function text(value: string | undefined, type?: string): Value {
  return string(value ?? '', type);
}

function texts(entries: Record<string, string> | undefined): Value {
  const converted = entries && Object.entries(entries).map(([key, item]) => [key, string(item)] as const);
  return map(converted ?? null, { element: 'string' });
}
