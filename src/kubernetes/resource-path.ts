import type { ResourceType } from './objects.ts';

export interface PathParts {
  namespace?: string | undefined;
  /** Absent: the collection. */
  name?: string | undefined;
  subresource?: string | undefined;
}

/**
 * Where a resource's objects are: `/apis/apps/v1/namespaces/default/deployments/web/scale`.
 * @throws a plain Error for a name that would lead to another place; the API server would never have accepted such a name.
 */
export function resourcePath(type: ResourceType, { namespace, name, subresource }: PathParts = {}): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  // A user may have written these; what is there under such a name is for the server to say.
  const escaped = encodeURI(root).replace(/[?#]/g, encodeURIComponent);
  const scope = type.namespaced && namespace ? ['namespaces', namespace] : [];
  const object = name === undefined ? [] : [name];
  const sub = subresource === undefined ? [] : subresource.split('/');
  return [escaped, ...[...scope, type.resource, ...object, ...sub].map((part) => segment(part, type))].join(
    '/',
  );
}

/** The path of one object: both its name and, where the resource has them, its namespace are needed. */
export function objectPath(type: ResourceType, parts: PathParts & { name: string }): string {
  requireNamespace(type, parts.namespace, parts.name);
  return resourcePath(type, parts);
}

export function requireNamespace(type: ResourceType, namespace: string | undefined, name: string): void {
  if (type.namespaced && !namespace) {
    throw new Error(
      `${type.kind} ${JSON.stringify(name)} is addressed without a namespace, and ${type.resource} are namespaced`,
    );
  }
}

function segment(part: string, type: ResourceType): string {
  if (part === '' || part === '.' || part === '..' || /[/%]/.test(part)) {
    throw new Error(`${JSON.stringify(part)} can't be a part of the address of a ${type.kind}`);
  }
  return encodeURIComponent(part);
}
