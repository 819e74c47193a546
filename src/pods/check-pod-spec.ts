import type { Json } from '../kubernetes/objects.ts';
import { POD_SPEC_TYPES } from './pod-spec-types.ts';

/** A value in a PodSpec that is of another type than the field it stands in. */
export interface TypeMismatch {
  /** `containers[0].env` */
  path: string;
  /** `v1.PodSpec.Containers: []v1.Container: expected a list, found a string`, the way in as Kanister's decoder tells it. */
  text: string;
}

/**
 * The first value of a PodSpec that Kubernetes could not decode. Fields that Kubernetes does not know are no mismatch: the
 * API server drops them.
 */
export function checkPodSpec(spec: Json): TypeMismatch | undefined {
  return check(spec, 'PodSpec', '', '');
}

function check(value: Json, type: string, path: string, way: string): TypeMismatch | undefined {
  if (value === null) return undefined;
  const element = /^\[\](.*)$/.exec(type)?.[1];
  if (element !== undefined) {
    if (!Array.isArray(value)) return mismatch('a list', value, path, way);
    return first(value.map((item, index) => () => check(item, element, `${path}[${index}]`, way)));
  }
  const mapped = /^map\[string\](.*)$/.exec(type)?.[1];
  const fields = POD_SPEC_TYPES[type];
  if (mapped === undefined && fields === undefined) return checkScalar(value, type, path, way);
  if (typeof value !== 'object' || Array.isArray(value)) return mismatch('a map', value, path, way);
  return first(
    Object.entries(value).map(([key, item]) => () => {
      const field = fields ? fields[key] : mapped;
      if (field === undefined || item === undefined) return undefined;
      const inner = path === '' ? key : `${path}.${key}`;
      return check(item, field, inner, fields ? `${way}v1.${type}.${goField(key)}: ${goType(field)}` : way);
    }),
  );
}

function checkScalar(value: Json, type: string, path: string, way: string): TypeMismatch | undefined {
  switch (type) {
    case 'any':
      return undefined;
    case 'bool':
      return typeof value === 'boolean' ? undefined : mismatch('a boolean', value, path, way);
    case 'int32':
    case 'int64':
      return Number.isInteger(value) ? undefined : mismatch('an integer', value, path, way);
    case 'IntOrString':
      if (typeof value === 'string' || Number.isInteger(value)) return undefined;
      return mismatch('an integer or text', value, path, way);
    case 'Quantity':
      if (typeof value === 'string' || typeof value === 'number') return undefined;
      return mismatch('a quantity', value, path, way);
    default:
      return typeof value === 'string' ? undefined : mismatch('text', value, path, way);
  }
}

function first(checks: (() => TypeMismatch | undefined)[]): TypeMismatch | undefined {
  for (const each of checks) {
    const found = each();
    if (found) return found;
  }
  return undefined;
}

/** The value itself is left out: it may be an environment variable with a secret. */
function mismatch(expected: string, value: Json, path: string, way: string): TypeMismatch {
  return { path, text: `${way || 'v1.PodSpec: '}expected ${expected}, found ${kindOf(value)}` };
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a number';
  return typeof value === 'boolean' ? 'a boolean' : 'text';
}

function goField(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1);
}

function goType(type: string): string {
  const named = type.replace(/^(\[\]|map\[string\])?([A-Z])/, '$1v1.$2');
  return /^(\[\]|map)|^v1\./.test(named) ? `${named}: ` : '';
}
