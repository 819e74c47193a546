import type { Method } from '../../../kubernetes/transport.ts';
import type { User } from './user.ts';

/** What somebody wants to do, as roles speak of it. */
export interface RequestAttributes {
  /** In lower case: `list` of a resource, `get` of a path. */
  verb: string;
  /** Absent where the request is for a path that is no resource's. */
  resource?: {
    group: string;
    version: string;
    resource: string;
    subresource: string;
    namespace: string;
    name: string;
  };
  path: string;
}

export interface AttributesOf extends RequestAttributes {
  user: User;
}

const VERBS: Record<Method, string> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const NAMESPACE_PARTS = new Set(['status', 'finalize']);

/** What a request asks for, told from its method and address alone: nothing needs to be served there. */
export function requestAttributes(method: Method, path: string, query: URLSearchParams): RequestAttributes {
  const other = { verb: method.toLowerCase(), path };
  const segments = path.split('/').filter((segment) => segment !== '');
  const [root, ...rest] = segments;
  if (segments.length < 3 || (root !== 'api' && root !== 'apis')) return other;
  const group = root === 'api' ? '' : (rest.shift() ?? '');
  const version = rest.shift() ?? '';
  if (rest.length === 0) return other;

  let namespace = '';
  let parts = rest.map(decodeURIComponent);
  if (parts[0] === 'namespaces' && parts[1] !== undefined) {
    namespace = parts[1];
    if (parts[2] !== undefined && !NAMESPACE_PARTS.has(parts[2])) parts = parts.slice(2);
  }
  const [resource = '', name = '', subresource = ''] = parts;
  const subject = { group, version, resource, subresource, namespace, name };
  return { ...collectionVerb(VERBS[method], subject, query), path };
}

export const isWatch = (query: URLSearchParams): boolean => {
  const asked = query.get('watch');
  return asked !== null && !['false', '0'].includes(asked.toLowerCase());
};

/** Reading and deleting without a name are verbs of their own; a list of one name counts as a request for that object. */
function collectionVerb(
  verb: string,
  resource: NonNullable<RequestAttributes['resource']>,
  query: URLSearchParams,
): Pick<RequestAttributes, 'verb'> & { resource: NonNullable<RequestAttributes['resource']> } {
  if (resource.name !== '') return { verb, resource };
  if (verb === 'delete') return { verb: 'deletecollection', resource };
  if (verb !== 'get') return { verb, resource };
  const name =
    /(?:^|,)metadata\.name==?([^,=!\\/%]+)(?:,|$)/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '';
  return { verb: isWatch(query) ? 'watch' : 'list', resource: { ...resource, name } };
}
