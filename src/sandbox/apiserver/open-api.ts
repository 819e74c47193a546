import { jsonResponse } from './api-exchange.ts';
import type { ApiResponse } from './api-exchange.ts';
import type { Registry } from './registry.ts';
import type { ResourceDefinition } from './resource-definition.ts';

/**
 * OpenAPI v3: what kubectl looks up before it lets the server validate fields (the `fieldValidation` parameter of a kind's
 * PATCH), and the schemas of custom resources. Built-in kinds are described as objects of any fields.
 */
export function openApi(path: string, registry: Registry): ApiResponse | undefined {
  const prefix = '/openapi/v3';
  if (path === prefix) {
    const paths = [...new Set(registry.all().map(versionPath))];
    return jsonResponse(200, {
      paths: Object.fromEntries(paths.map((at) => [at, { serverRelativeURL: `${prefix}/${at}` }])),
    });
  }
  if (!path.startsWith(`${prefix}/`)) return undefined;
  const at = path.slice(prefix.length + 1);
  const definitions = registry.all().filter((definition) => versionPath(definition) === at);
  if (definitions.length === 0) return undefined;
  return jsonResponse(200, {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.34.1+sandbox' },
    paths: Object.fromEntries(
      definitions.map((definition) => [objectPath(definition), operations(definition)]),
    ),
    components: {
      schemas: Object.fromEntries(
        definitions.map((definition) => [schemaName(definition), schema(definition)]),
      ),
    },
  });
}

const versionPath = ({ group, version }: ResourceDefinition): string =>
  group ? `apis/${group}/${version}` : `api/${version}`;

const objectPath = (definition: ResourceDefinition): string =>
  `/${versionPath(definition)}/${definition.namespaced ? 'namespaces/{namespace}/' : ''}${definition.resource}/{name}`;

const schemaName = ({ group, version, kind }: ResourceDefinition): string =>
  `${group || 'core'}.${version}.${kind}`;

const kindOf = ({ group, version, kind }: ResourceDefinition) => ({ group, version, kind });

function operations(definition: ResourceDefinition): object {
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }));
  const content = {
    'application/json': { schema: { $ref: `#/components/schemas/${schemaName(definition)}` } },
  };
  const responses = { 200: { description: 'OK', content } };
  const operation = (action: string) => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kindOf(definition),
    responses,
  });
  return {
    get: operation('get'),
    put: { ...operation('put'), parameters },
    patch: { ...operation('patch'), parameters },
    delete: operation('delete'),
  };
}

function schema(definition: ResourceDefinition): object {
  const own = definition.schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return { ...own, 'x-kubernetes-group-version-kind': [kindOf(definition)] };
}
