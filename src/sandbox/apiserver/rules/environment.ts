import { fieldsOf, isFields, listOf, textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { invalidValue, required } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { FIELDS_FOR_VARIABLES, fieldReferenceErrors, resourceReferenceErrors } from './pod-reference.ts';

/** Of a container's `env` and `envFrom`. */
export function environmentErrors(container: Fields, at: string): FieldError[] {
  return [
    ...listOf(container.env).flatMap((item, index) => variableErrors(fieldsOf(item), `${at}.env[${index}]`)),
    ...listOf(container.envFrom).flatMap((item, index) =>
      sourceErrors(fieldsOf(item), `${at}.envFrom[${index}]`, `${at}.envFrom`),
    ),
  ];
}

function variableErrors(variable: Fields, at: string): FieldError[] {
  const name = textOf(variable.name);
  return [
    ...(name === '' ? [required(`${at}.name`)] : []),
    ...(/^[ -<>-~]*$/.test(name)
      ? []
      : [
          invalidValue(
            `${at}.name`,
            name,
            "a valid environment variable name must consist only of printable ASCII characters other than '='",
          ),
        ]),
    ...(isFields(variable.valueFrom) ? valueFromErrors(variable, variable.valueFrom, `${at}.valueFrom`) : []),
  ];
}

const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];

function valueFromErrors(variable: Fields, valueFrom: Fields, at: string): FieldError[] {
  const given = SOURCES.filter((source) => isFields(valueFrom[source]));
  const errors = given.flatMap((source) =>
    referenceErrors(source, fieldsOf(valueFrom[source]), `${at}.${source}`),
  );
  const refused = (why: string) => [...errors, invalidValue(at, '', why)];
  if (given.length === 0)
    return refused(
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
    );
  if (textOf(variable.value) !== '') return refused('may not be specified when `value` is not empty');
  return given.length > 1 ? refused('may not have more than one field specified at a time') : errors;
}

function referenceErrors(source: string, reference: Fields, at: string): FieldError[] {
  switch (source) {
    case 'configMapKeyRef':
    case 'secretKeyRef':
      return ['name', 'key']
        .filter((field) => textOf(reference[field]) === '')
        .map((field) => required(`${at}.${field}`));
    case 'fieldRef':
      return fieldReferenceErrors(reference, FIELDS_FOR_VARIABLES, at);
    case 'resourceFieldRef':
      return resourceReferenceErrors(reference, at, { isFile: false });
    default:
      return [];
  }
}

function sourceErrors(source: Fields, at: string, all: string): FieldError[] {
  const given = ['configMapRef', 'secretRef'].filter((field) => isFields(source[field]));
  return [
    ...given
      .filter((field) => textOf(fieldsOf(source[field]).name) === '')
      .map((field) => required(`${at}.${field}.name`)),
    ...(given.length === 0
      ? [invalidValue(all, '', 'must specify one of: `configMapRef` or `secretRef`')]
      : []),
    ...(given.length > 1
      ? [invalidValue(all, '', 'may not have more than one field specified at a time')]
      : []),
  ];
}
