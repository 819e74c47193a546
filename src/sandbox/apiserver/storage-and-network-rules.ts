import { compareQuantities, parseQuantity } from '../../kubernetes/quantity.ts';
import { equalJson, fieldsOf, isFields, listOf, setDefault, textOf, valueAt } from './json-value.ts';
import { nameComplaints } from './object-name-rules.ts';
import { ACCESS_MODES } from './rules/persistent-volume.ts';
import type { ApiObject } from './resource-definition.ts';
import { forbiddenField, invalidValue, required, tooLong, unsupportedValue } from './status-error.ts';
import type { FieldError } from './status-error.ts';

/** Defaults and rules of Secrets, ConfigMaps and claims. */

/** `stringData` is for writing only: it ends up, encoded, in `data`. */
export function mergeStringData(object: ApiObject): void {
  if (isFields(object.stringData)) {
    const encoded = Object.entries(object.stringData).map(([key, value]) => [
      key,
      Buffer.from(textOf(value)).toString('base64'),
    ]);
    object.data = { ...fieldsOf(object.data), ...Object.fromEntries(encoded) };
  }
  delete object.stringData;
  setDefault(object, 'type', 'Opaque');
}

/** All values of a Secret or ConfigMap together may not be larger. */
const MAXIMUM_DATA = 1_048_576;

const sizeOf = (values: unknown, encoding: 'utf8' | 'base64'): number =>
  Object.values(fieldsOf(values)).reduce<number>(
    (size, value) => size + Buffer.byteLength(textOf(value), encoding),
    0,
  );

/** Keys that secrets of a type have to have. */
const REQUIRED_KEYS: Record<string, string[]> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
};

function typeErrors({ type, data, metadata }: ApiObject): FieldError[] {
  const keys = fieldsOf(data);
  const missing = (REQUIRED_KEYS[textOf(type)] ?? [])
    .filter((key) => keys[key] === undefined)
    .map((key) => required(`data[${key}]`));
  switch (type) {
    case 'kubernetes.io/service-account-token':
      return textOf(metadata.annotations?.['kubernetes.io/service-account.name']) === ''
        ? [required('metadata.annotations[kubernetes.io/service-account.name]')]
        : [];
    case 'kubernetes.io/basic-auth':
      return keys.username === undefined && keys.password === undefined
        ? [required('data[username]'), required('data[password]')]
        : [];
    case 'kubernetes.io/dockercfg':
    case 'kubernetes.io/dockerconfigjson':
      return [
        ...missing,
        ...(REQUIRED_KEYS[type] ?? [])
          .filter((key) => keys[key] !== undefined && !isJson(textOf(keys[key])))
          .map((key) => invalidValue(`data[${key}]`, '<secret contents redacted>', 'invalid character')),
      ];
    default:
      return missing;
  }
}

function isJson(base64: string): boolean {
  try {
    JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

export function secretErrors(object: ApiObject): FieldError[] {
  return [
    ...typeErrors(object),
    ...dataKeyErrors(object, 'data'),
    ...Object.entries(fieldsOf(object.data))
      .filter(([, value]) => !/^[A-Za-z0-9+/\s]*={0,2}$/.test(textOf(value)))
      .map(([key]) => invalidValue(`data[${key}]`, '<secret>', 'must be base64')),
    ...(sizeOf(object.data, 'base64') > MAXIMUM_DATA ? [tooLong('data', MAXIMUM_DATA)] : []),
  ];
}

export const configMapErrors = (object: ApiObject): FieldError[] => [
  ...dataKeyErrors(object, 'data'),
  ...dataKeyErrors(object, 'binaryData'),
  ...Object.keys(fieldsOf(object.binaryData))
    .filter((key) => Object.hasOwn(fieldsOf(object.data), key))
    .map((key) => invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData')),
  // The real server names no field.
  ...(sizeOf(object.data, 'utf8') + sizeOf(object.binaryData, 'base64') > MAXIMUM_DATA
    ? [tooLong('[]', MAXIMUM_DATA)]
    : []),
];

/** An immutable ConfigMap or Secret stays as it is, and immutable. */
export function immutableDataErrors(object: ApiObject, old: ApiObject): FieldError[] {
  const errors: FieldError[] = [];
  if (object.kind === 'Secret' && object.type !== old.type) {
    errors.push(invalidValue('type', object.type, 'field is immutable'));
  }
  if (old.immutable !== true) return errors;
  if (object.immutable !== true)
    errors.push(forbiddenField('immutable', 'field is immutable when `immutable` is set'));
  for (const field of ['data', 'binaryData']) {
    if (!equalJson(object[field], old[field])) {
      errors.push(forbiddenField(field, 'field is immutable when `immutable` is set'));
    }
  }
  return errors;
}

function dataKeyErrors(object: ApiObject, field: string): FieldError[] {
  return Object.keys(fieldsOf(object[field]))
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === '.' || key.startsWith('..'))
    .map((key) =>
      invalidValue(
        `${field}[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    );
}

const VOLUME_MODES = ['Block', 'Filesystem'];

export function claimErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const modes = listOf(spec.accessModes).map(textOf);
  const size = textOf(fieldsOf(fieldsOf(spec.resources).requests).storage);
  const storageClass = textOf(spec.storageClassName);
  return [
    ...modes
      .filter((mode) => !ACCESS_MODES.includes(mode))
      .map((mode) => unsupportedValue('spec.accessModes', mode, ACCESS_MODES)),
    ...(modes.length > 1 && modes.includes('ReadWriteOncePod')
      ? [forbiddenField('spec.accessModes', 'may not use ReadWriteOncePod with other access modes')]
      : []),
    ...(size !== '' && parseQuantity(size).digits <= 0n
      ? [invalidValue('spec.resources[storage]', size, 'must be greater than zero')]
      : []),
    ...(storageClass === ''
      ? []
      : nameComplaints(storageClass, 'subdomain').map((text) =>
          invalidValue('spec.storageClassName', storageClass, text),
        )),
    ...(VOLUME_MODES.includes(textOf(spec.volumeMode))
      ? []
      : [unsupportedValue('spec.volumeMode', spec.volumeMode, VOLUME_MODES)]),
    ...(listOf(spec.accessModes).length === 0
      ? [required('spec.accessModes', 'at least 1 access mode is required')]
      : []),
    ...(textOf(fieldsOf(fieldsOf(spec.resources).requests).storage) === ''
      ? [required('spec.resources[storage]')]
      : []),
  ];
}

/** Of a claim's spec only the requested size may change, and the volume once. */
export function claimUpdateErrors(object: ApiObject, old: ApiObject): FieldError[] {
  const fixed = (claim: ApiObject, volumeKnown: boolean) => ({
    ...fieldsOf(withoutNulls(claim.spec)),
    resources: undefined,
    volumeAttributesClassName: undefined,
    ...(!volumeKnown && { volumeName: undefined }),
    ...(fieldsOf(old.spec).storageClassName === undefined && { storageClassName: undefined }),
  });
  const volumeKnown = textOf(fieldsOf(old.spec).volumeName) !== '';
  if (equalJson(fixed(object, volumeKnown), fixed(old, volumeKnown))) return shrinkErrors(object, old);
  return [
    forbiddenField(
      'spec',
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    ),
  ];
}

/** A request may be taken back only as far as the volume has not grown yet. */
function shrinkErrors(object: ApiObject, old: ApiObject): FieldError[] {
  const requested = (claim: ApiObject) =>
    parseQuantity(textOf(valueAt(claim, 'spec', 'resources', 'requests', 'storage')) || '0');
  const capacity = parseQuantity(textOf(valueAt(old, 'status', 'capacity', 'storage')) || '0');
  const [now, before] = [requested(object), requested(old)];
  if (compareQuantities(now, before) >= 0 || compareQuantities(now, capacity) > 0) return [];
  return [forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity')];
}

/** A null that somebody wrote is what nobody wrote. */
const withoutNulls = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? {}, (_key, item: unknown) => (item === null ? undefined : item)));
