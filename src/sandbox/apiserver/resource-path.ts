import type { ResourceDefinition } from './resource-definition.ts';
import type { Registry } from './registry.ts';

/** What of the API a path addresses. */
export interface ResourcePath {
  definition: ResourceDefinition;
  namespace?: string;
  name?: string;
  subresource?: string;
}

/** Reads `/api/v1/namespaces/NS/pods/NAME/log` and the like; `undefined` when nothing is served there. */
export function parseResourcePath(path: string, registry: Registry): ResourcePath | undefined {
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeURIComponent);
  const [root, ...rest] = segments;
  if (root === 'api') return inVersion('', rest[0] ?? '', rest.slice(1), registry);
  if (root === 'apis') return inVersion(rest[0] ?? '', rest[1] ?? '', rest.slice(2), registry);
  return undefined;
}

/** Whether the path is below a group of built-in kinds, whose answers are objects even where nothing is served. */
export function isBuiltInGroup(
  path: string,
  resources: Pick<ResourceDefinition, 'group' | 'schema'>[],
): boolean {
  const [root, ...rest] = path.split('/').filter((segment) => segment !== '');
  if (root !== 'api' && root !== 'apis') return false;
  const [group, version] = root === 'api' ? ['', rest[0]] : rest;
  return (
    version !== undefined &&
    resources.some((resource) => resource.group === group && resource.schema === undefined)
  );
}

function inVersion(
  group: string,
  version: string,
  segments: string[],
  registry: Registry,
): ResourcePath | undefined {
  const [first, second, third] = segments;
  const definition =
    first === 'namespaces' && third !== undefined ? registry.find(group, version, third) : undefined;
  if (definition?.namespaced && second !== undefined) {
    return below(definition, segments.slice(3), second);
  }
  const found = first === undefined ? undefined : registry.find(group, version, first);
  return found && below(found, segments.slice(1), undefined);
}

function below(
  definition: ResourceDefinition,
  [name, subresource, ...more]: string[],
  namespace: string | undefined,
): ResourcePath | undefined {
  if (more.length > 0) return undefined;
  // Objects of namespaced resources are only found below their namespace; their lists are found without, too.
  if (name !== undefined && definition.namespaced && namespace === undefined) return undefined;
  return {
    definition,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
  };
}
