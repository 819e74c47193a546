import { fieldsOf, textOf } from '../json-value.ts';
import { nameComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { forbiddenField, invalidValue, required } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

export function volumeAttachmentErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const attacher = textOf(spec.attacher);
  const nodeName = textOf(spec.nodeName);
  const { persistentVolumeName: volume } = fieldsOf(spec.source);
  const named = (field: string, name: string) =>
    nameComplaints(name, 'subdomain').map((text) => invalidValue(`spec.${field}`, name, text));
  // Looked at once: a spec does not change.
  const isNew = object.metadata.resourceVersion === undefined;
  return [
    ...(attacher === '' ? [required('spec.attacher')] : []),
    ...sourceErrors(fieldsOf(spec.source)),
    ...named('nodeName', nodeName),
    ...(isNew && attacher === '' ? [required('spec.attacher')] : []),
    ...(isNew ? named('attacher', attacher) : []),
    ...(isNew && volume !== undefined ? named('source.persistentVolumeName', textOf(volume)) : []),
  ];
}

function sourceErrors({
  persistentVolumeName: volume,
  inlineVolumeSpec: inline,
}: Record<string, unknown>): FieldError[] {
  const rule = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (volume === undefined && inline === undefined) return [required('spec.source', rule)];
  if (volume !== undefined && inline !== undefined) return [forbiddenField('spec.source', rule)];
  return volume === ''
    ? [required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName')]
    : [];
}
