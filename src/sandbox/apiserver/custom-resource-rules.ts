import { fieldsOf, isFields, listOf, textOf } from './json-value.ts';
import type { Fields } from './json-value.ts';
import type { ApiObject } from './resource-definition.ts';
import { invalidValue, notSupported, required } from './status-error.ts';
import type { FieldError } from './status-error.ts';
import { celRules, schemaErrors } from './structural-schema.ts';

/** Fills in a CustomResourceDefinition's names and its status: it is established at once. Changes the object. */
export function prepareCrd(object: ApiObject): void {
  const spec = fieldsOf(object.spec);
  const names = fieldsOf(spec.names);
  if (textOf(names.kind) !== '') {
    names.listKind ??= `${textOf(names.kind)}List`;
    names.singular ??= textOf(names.kind).toLowerCase();
  }
  spec.conversion ??= { strategy: 'None' };
  const lastTransitionTime = object.metadata.creationTimestamp ?? null;
  object.status = {
    acceptedNames: { ...names },
    conditions: [
      {
        lastTransitionTime,
        message: 'no conflicts found',
        reason: 'NoConflicts',
        status: 'True',
        type: 'NamesAccepted',
      },
      {
        lastTransitionTime,
        message: 'the initial names have been accepted',
        reason: 'InitialNamesAccepted',
        status: 'True',
        type: 'Established',
      },
    ],
    storedVersions: listOf(spec.versions)
      .map(fieldsOf)
      .filter(({ storage }) => storage === true)
      .map(({ name }) => name),
  };
}

/**
 * What is wrong with a CustomResourceDefinition.
 * @throws {StatusError} 501 for what a real server would take: CEL rules and conversion webhooks.
 */
export function crdErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const names = fieldsOf(spec.names);
  const versions = listOf(spec.versions).map(fieldsOf);
  if (fieldsOf(spec.conversion).strategy === 'Webhook') {
    throw notSupported(
      `conversion webhooks (spec.conversion of the CustomResourceDefinition ${object.metadata.name})`,
    );
  }
  const expectedName = `${textOf(names.plural)}.${textOf(spec.group)}`;
  return [
    ...(object.metadata.name === expectedName
      ? []
      : [invalidValue('metadata.name', object.metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...missing(spec, 'spec', ['group', 'scope']),
    ...missing(names, 'spec.names', ['plural', 'kind']),
    ...(['Namespaced', 'Cluster'].includes(textOf(spec.scope))
      ? []
      : [invalidValue('spec.scope', spec.scope, 'must be Namespaced or Cluster')]),
    ...(versions.filter(({ storage }) => storage === true).length === 1
      ? []
      : [invalidValue('spec.versions', '', 'must have exactly one version marked as storage version')]),
    ...versions.flatMap((version, index) => versionErrors(object, version, `spec.versions[${index}]`)),
  ];
}

function versionErrors(crd: ApiObject, version: Fields, at: string): FieldError[] {
  const schema = fieldsOf(version.schema).openAPIV3Schema;
  const schemaAt = `${at}.schema.openAPIV3Schema`;
  if (!isFields(schema))
    return [...missing(version, at, ['name']), required(schemaAt, 'schemas are required')];
  const [rule] = celRules(schema);
  if (rule !== undefined) {
    throw notSupported(
      `CEL rules (x-kubernetes-validations at ${rule} of the CustomResourceDefinition ${crd.metadata.name}); remove them to use it here`,
    );
  }
  return [
    ...missing(version, at, ['name']),
    ...(schema.type === 'object'
      ? []
      : [invalidValue(`${schemaAt}.type`, schema.type, 'must be object at the root')]),
    ...schemaErrors(schema, schemaAt),
  ];
}

const missing = (target: Fields, at: string, names: string[]): FieldError[] =>
  names.filter((name) => textOf(target[name]) === '').map((name) => required(`${at}.${name}`));
