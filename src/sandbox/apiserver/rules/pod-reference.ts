import { textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { keyComplaints } from '../object-name-rules.ts';
import { invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

/** Fields of a pod that its variables can be taken from, as the server lists them. */
export const FIELDS_FOR_VARIABLES = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** Fields of a pod that its files can be taken from. */
export const FIELDS_FOR_FILES = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

/** Of a `fieldRef` to one of some fields, or to a single label or annotation. */
export function fieldReferenceErrors({ fieldPath }: Fields, fields: string[], at: string): FieldError[] {
  const path = textOf(fieldPath);
  const place = `${at}.fieldPath`;
  if (path === '') return [required(place)];
  const [, map, key] = /^metadata\.(annotations|labels)\['(.*)'\]$/.exec(path) ?? [];
  if (key !== undefined)
    return keyComplaints(map === 'annotations' ? key.toLowerCase() : key).map((text) =>
      invalidValue(at, key, text),
    );
  if (!KNOWN.has(path))
    return [invalidValue(place, path, `error converting fieldPath: field label not supported: ${path}`)];
  return fields.includes(path) ? [] : [unsupportedValue(place, path, fields)];
}

const KNOWN = new Set([
  ...FIELDS_FOR_VARIABLES,
  ...FIELDS_FOR_FILES,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);

const RESOURCES = ['limits', 'requests'].flatMap((kind) =>
  ['cpu', 'ephemeral-storage', 'memory'].map((name) => `${kind}.${name}`),
);

/** Of a `resourceFieldRef`; only a file has to say of which container. */
export function resourceReferenceErrors(
  { containerName, resource }: Fields,
  at: string,
  { isFile }: { isFile: boolean },
): FieldError[] {
  const name = textOf(resource);
  if (isFile && textOf(containerName) === '') return [required(`${at}.containerName`)];
  if (name === '') return [required(`${at}.resource`)];
  return RESOURCES.includes(name) || /^(limits|requests)\.hugepages-/.test(name)
    ? []
    : [unsupportedValue(`${at}.resource`, name, RESOURCES)];
}
