import { fieldsOf, textOf } from '../json-value.ts';
import { nameComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { forbiddenField, invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { immutable } from './immutable.ts';

export function ingressClassErrors(object: ApiObject): FieldError[] {
  const { controller, parameters } = fieldsOf(object.spec);
  return [
    ...controllerErrors(textOf(controller)),
    ...(parameters === undefined ? [] : parameterErrors(fieldsOf(parameters), 'spec.parameters')),
  ];
}

export const ingressClassUpdateErrors = (object: ApiObject, old: ApiObject): FieldError[] =>
  immutable(object, old, ['spec', 'controller']);

/** `example.com/name` */
function controllerErrors(controller: string): FieldError[] {
  const at = 'spec.controller';
  if (controller === '') return [required(at)];
  const [, domain = '', path = ''] = /^([^/]*)\/(.*)$/s.exec(controller) ?? [];
  if (domain === '' || path === '')
    return [invalidValue(at, controller, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  return nameComplaints(domain, 'subdomain').map((text) => invalidValue(at, domain, text));
}

const SCOPES = ['Cluster', 'Namespace'];

function parameterErrors(
  { apiGroup, kind, name, namespace, scope }: Record<string, unknown>,
  at: string,
): FieldError[] {
  const segment = (field: string, value: unknown) =>
    textOf(value) === ''
      ? [required(`${at}.${field}`)]
      : nameComplaints(textOf(value), 'path-segment').map((text) =>
          invalidValue(`${at}.${field}`, value, text),
        );
  return [
    ...(apiGroup === undefined
      ? []
      : nameComplaints(textOf(apiGroup), 'subdomain').map((text) =>
          invalidValue(`${at}.apiGroup`, apiGroup, text),
        )),
    ...segment('kind', kind),
    ...segment('name', name),
    ...scopeErrors(textOf(scope), namespace, at),
  ];
}

function scopeErrors(scope: string, namespace: unknown, at: string): FieldError[] {
  if (!SCOPES.includes(scope)) return [unsupportedValue(`${at}.scope`, scope, SCOPES)];
  const place = `${at}.namespace`;
  const why = `\`parameters.scope\` is set to '${scope}'`;
  if (scope === 'Cluster') return namespace === undefined ? [] : [forbiddenField(place, why)];
  if (namespace === undefined) return [required(place, why)];
  return nameComplaints(textOf(namespace), 'label').map((text) => invalidValue(place, namespace, text));
}
