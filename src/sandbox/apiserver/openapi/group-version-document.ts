import type { ResourceDefinition } from '../resource-definition.ts';
import { isSchema } from '../structural-schema.ts';
import type { StructuralSchema } from '../structural-schema.ts';
import { namedSchema, schemaNameOf } from './kind-schema.ts';

const REFERENCE_PREFIX = '#/components/schemas/';
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** The OpenAPI v3 document of one version of a group: what can be requested, and the schemas of its kinds with all that they refer to. */
export function groupVersionDocument(definitions: readonly ResourceDefinition[]): object {
  const schemas: Record<string, unknown> = {};
  for (const definition of definitions) {
    const name = nameOf(definition);
    if (definition.schema) {
      schemas[name] = customSchema(definition, definition.schema);
      addNamed(OBJECT_META, schemas);
    } else addNamed(name, schemas);
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.34.1+sandbox' },
    paths: Object.fromEntries(definitions.flatMap(pathsOf)),
    components: { schemas },
  };
}

/** As in `io.k8s.api.apps.v1.Deployment`, or, of a custom resource, its group backwards: `io.kanister.cr.v1alpha1.ActionSet`. */
function nameOf({ group, version, kind }: ResourceDefinition): string {
  return schemaNameOf(group, version, kind) ?? [...group.split('.').toReversed(), version, kind].join('.');
}

function addNamed(name: string, schemas: Record<string, unknown>): void {
  if (Object.hasOwn(schemas, name)) return;
  const schema = namedSchema(name);
  if (!schema) return;
  schemas[name] = schema;
  for (const reference of referencesIn(schema)) addNamed(reference, schemas);
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key === '$ref' && typeof inner === 'string'
      ? [inner.slice(REFERENCE_PREFIX.length)]
      : referencesIn(inner),
  );
}

const kindOf = ({ group, version, kind }: ResourceDefinition) => ({ group, version, kind });

function customSchema(definition: ResourceDefinition, schema: StructuralSchema): object {
  return {
    ...published(schema),
    type: 'object',
    properties: {
      ...publishedProperties(schema.properties),
      apiVersion: { type: 'string', description: 'The version of the schema that this object has.' },
      kind: { type: 'string', description: 'The kind of resource that this object is.' },
      metadata: {
        allOf: [{ $ref: `${REFERENCE_PREFIX}${OBJECT_META}` }],
        description: 'Name, labels and the like.',
      },
    },
    'x-kubernetes-group-version-kind': [kindOf(definition)],
  };
}

/** A definition's schema in the terms of OpenAPI, which does not know of a number or a text. */
function published(schema: StructuralSchema): object {
  const { properties, items, additionalProperties, ...own } = schema;
  return {
    ...own,
    ...(schema['x-kubernetes-int-or-string'] && { anyOf: [{ type: 'integer' }, { type: 'string' }] }),
    ...(properties && { properties: publishedProperties(properties) }),
    ...(items && { items: published(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: isSchema(additionalProperties)
        ? published(additionalProperties)
        : additionalProperties,
    }),
  };
}

const publishedProperties = (properties: Record<string, StructuralSchema> = {}): Record<string, object> =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, published(schema)]));

function pathsOf(definition: ResourceDefinition): [string, object][] {
  const { group, version, namespaced, resource, verbs } = definition;
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  const list = `${root}/${namespaced ? 'namespaces/{namespace}/' : ''}${resource}`;
  const operations = operationsOf(definition);
  const listed = verbs.includes('list');
  return [
    [
      list,
      {
        ...(listed && { get: operations.list }),
        ...(verbs.includes('create') && { post: operations.create }),
      },
    ],
    ...(verbs.includes('get') ? [[`${list}/{name}`, operations.object] as [string, object]] : []),
    ...(namespaced && listed ? [[`${root}/${resource}`, { get: operations.list }] as [string, object]] : []),
  ];
}

function operationsOf(definition: ResourceDefinition) {
  const schema = { $ref: `${REFERENCE_PREFIX}${nameOf(definition)}` };
  const responses = { 200: { description: 'OK', content: { 'application/json': { schema } } } };
  const operation = (action: string, parameters: string[] = []) => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kindOf(definition),
    ...(parameters.length > 0 && { parameters: parameters.map(parameterOf) }),
    responses,
  });
  const written = ['dryRun', 'fieldManager', 'fieldValidation'];
  return {
    list: operation('list'),
    create: operation('post', written),
    object: {
      get: operation('get'),
      put: operation('put', written),
      patch: operation('patch', [...written, 'force']),
      delete: operation('delete', [
        'dryRun',
        'gracePeriodSeconds',
        'ignoreStoreReadErrorWithClusterBreakingPotential',
        'orphanDependents',
        'propagationPolicy',
      ]),
    },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  force: 'boolean',
  orphanDependents: 'boolean',
  ignoreStoreReadErrorWithClusterBreakingPotential: 'boolean',
  gracePeriodSeconds: 'integer',
};

const parameterOf = (name: string) => ({
  name,
  in: 'query',
  schema: { type: TYPES[name] ?? 'string', uniqueItems: true },
});
