import { isFields, listOf, textOf, fieldsOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { nameComplaints } from '../object-name-rules.ts';
import { duplicateValue, forbiddenField, invalidValue, required } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { FIELDS_FOR_FILES, fieldReferenceErrors, resourceReferenceErrors } from './pod-reference.ts';

/** What names each kind of volume's source, where it has to be named. */
const NAMES: Record<string, string> = {
  hostPath: 'path',
  secret: 'secretName',
  configMap: 'name',
  persistentVolumeClaim: 'claimName',
};

export function volumeErrors(volume: Fields, earlier: Fields[], at: string): FieldError[] {
  const name = textOf(volume.name);
  const sources = Object.keys(volume).filter((key) => key !== 'name');
  return [
    ...sources
      .slice(1)
      .map((source) => forbiddenField(`${at}.${source}`, 'may not specify more than 1 volume type')),
    ...(sources.length === 0 ? [required(at, 'must specify a volume type')] : []),
    ...sources
      .slice(0, 1)
      .flatMap((source) => sourceErrors(fieldsOf(volume[source]), source, `${at}.${source}`)),
    ...(name === ''
      ? [required(`${at}.name`)]
      : nameComplaints(name, 'label').map((text) => invalidValue(`${at}.name`, name, text))),
    ...(name !== '' && earlier.some((other) => other.name === name)
      ? [duplicateValue(`${at}.name`, name)]
      : []),
  ];
}

function sourceErrors(source: Fields, kind: string, at: string): FieldError[] {
  const naming = NAMES[kind];
  const mode = source.defaultMode;
  return [
    ...(naming !== undefined && textOf(source[naming]) === '' ? [required(`${at}.${naming}`)] : []),
    ...(typeof mode === 'number' && (mode < 0 || mode > 0o777)
      ? [invalidValue(`${at}.defaultMode`, mode, FILE_MODE)]
      : []),
    ...listOf(source.items).flatMap((item, index) =>
      // The server says of no file of a downward API which one it is.
      itemErrors(fieldsOf(item), kind, kind === 'downwardAPI' ? at : `${at}.items[${index}]`),
    ),
    ...(kind === 'hostPath' && textOf(source.path).split('/').includes('..')
      ? [invalidValue(`${at}.path`, source.path, "must not contain '..'")]
      : []),
  ];
}

const FILE_MODE = 'must be a number between 0 and 0777 (octal), both inclusive';

function itemErrors(item: Fields, kind: string, at: string): FieldError[] {
  const path = textOf(item.path);
  const keyed = kind === 'secret' || kind === 'configMap';
  return [
    ...(keyed && textOf(item.key) === '' ? [required(`${at}.key`)] : []),
    ...(path === '' ? [required(`${at}.path`)] : []),
    ...(path.startsWith('/') ? [invalidValue(`${at}.path`, path, 'must be a relative path')] : []),
    ...(path.split('/').includes('..') ? [invalidValue(`${at}.path`, path, "must not contain '..'")] : []),
    ...(kind === 'downwardAPI' ? referenceErrors(item, at) : []),
  ];
}

function referenceErrors({ fieldRef, resourceFieldRef }: Fields, at: string): FieldError[] {
  if (isFields(fieldRef))
    return [
      ...fieldReferenceErrors(fieldRef, FIELDS_FOR_FILES, `${at}.fieldRef`),
      ...(isFields(resourceFieldRef)
        ? [invalidValue(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously')]
        : []),
    ];
  return isFields(resourceFieldRef)
    ? resourceReferenceErrors(resourceFieldRef, `${at}.resourceFieldRef`, { isFile: true })
    : [required(at, 'one of fieldRef and resourceFieldRef is required')];
}
