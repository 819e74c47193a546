import { equalJson, fieldsOf, isFields, listOf, setDefault, textOf } from './json-value.ts';
import type { ApiObject, DefaultingContext } from './resource-definition.ts';
import { duplicateValue, forbiddenField, invalidValue, required } from './status-error.ts';
import type { FieldError } from './status-error.ts';
import { ownSpec } from './workload-rules.ts';

/** Defaults and rules of Services, Secrets, ConfigMaps, volumes and claims. */

export function applyServiceDefaults(object: ApiObject, context: DefaultingContext): void {
  const spec = ownSpec(object);
  setDefault(spec, 'type', 'ClusterIP');
  setDefault(spec, 'sessionAffinity', 'None');
  for (const port of listOf(spec.ports)) {
    if (!isFields(port)) continue;
    setDefault(port, 'protocol', 'TCP');
    setDefault(port, 'targetPort', port.port);
  }
  if (spec.type === 'ExternalName') return;
  if (textOf(spec.clusterIP) === '') spec.clusterIP = context.allocateAddress();
  spec.clusterIPs = [spec.clusterIP];
  setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  setDefault(spec, 'ipFamilies', ['IPv4']);
  setDefault(spec, 'ipFamilyPolicy', 'SingleStack');
}

export function keepClusterAddress(object: ApiObject, old: ApiObject): void {
  const spec = ownSpec(object);
  const before = fieldsOf(old.spec);
  if (textOf(spec.clusterIP) === '' && spec.type !== 'ExternalName') spec.clusterIP = before.clusterIP;
}

export function serviceErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const ports = listOf(spec.ports).map(fieldsOf);
  const headless = spec.clusterIP === 'None' || spec.type === 'ExternalName';
  return [
    ...(ports.length === 0 && !headless ? [required('spec.ports')] : []),
    ...ports.flatMap((port, index): FieldError[] => {
      const at = `spec.ports[${index}]`;
      const number = Number(port.port);
      const name = textOf(port.name);
      return [
        ...(ports.length > 1 && name === '' ? [required(`${at}.name`)] : []),
        ...(name !== '' && ports.slice(0, index).some((other) => other.name === name)
          ? [duplicateValue(`${at}.name`, name)]
          : []),
        ...(Number.isInteger(number) && number >= 1 && number <= 65535
          ? []
          : [invalidValue(`${at}.port`, port.port ?? 0, 'must be between 1 and 65535, inclusive')]),
      ];
    }),
  ];
}

export function serviceUpdateErrors(object: ApiObject, old: ApiObject): FieldError[] {
  const before = textOf(fieldsOf(old.spec).clusterIP);
  const after = textOf(fieldsOf(object.spec).clusterIP);
  if (before === '' || before === after || fieldsOf(object.spec).type === 'ExternalName') return [];
  return [invalidValue('spec.clusterIPs[0]', [after], 'may not change once set')];
}

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

export function secretErrors(object: ApiObject): FieldError[] {
  return [
    ...dataKeyErrors(object, 'data'),
    ...Object.entries(fieldsOf(object.data))
      .filter(([, value]) => !/^[A-Za-z0-9+/\s]*={0,2}$/.test(textOf(value)))
      .map(([key]) => invalidValue(`data[${key}]`, '<secret>', 'must be base64')),
  ];
}

export const configMapErrors = (object: ApiObject): FieldError[] => [
  ...dataKeyErrors(object, 'data'),
  ...dataKeyErrors(object, 'binaryData'),
  ...Object.keys(fieldsOf(object.binaryData))
    .filter((key) => Object.hasOwn(fieldsOf(object.data), key))
    .map((key) => invalidValue(`data[${key}]`, '', 'duplicate of key present in binaryData')),
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

export function claimErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  return [
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
    ...fieldsOf(claim.spec),
    resources: undefined,
    volumeAttributesClassName: undefined,
    ...(!volumeKnown && { volumeName: undefined }),
    ...(fieldsOf(old.spec).storageClassName === undefined && { storageClassName: undefined }),
  });
  const volumeKnown = textOf(fieldsOf(old.spec).volumeName) !== '';
  if (equalJson(fixed(object, volumeKnown), fixed(old, volumeKnown))) return [];
  return [
    forbiddenField(
      'spec',
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    ),
  ];
}
