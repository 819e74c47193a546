import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { ResourceType } from '../../src/kubernetes/objects.ts';

export interface Request {
  verb: 'get' | 'create' | 'replace' | 'patch' | 'delete';
  type: ResourceType;
}

/** What becomes of a request: `lost` is done by the server, but its answer never comes. */
export type Trouble = { error: Error; lost?: boolean } | undefined;

/** A client whose requests fail as `trouble` says. */
export function failingClient(
  client: KubernetesClient,
  trouble: (request: Request) => Trouble,
): KubernetesClient {
  const meet = async <T>(request: Request, call: () => Promise<T>): Promise<T> => {
    const found = trouble(request);
    if (found === undefined) return call();
    if (found.lost) await call();
    throw found.error;
  };
  return {
    ...client,
    get: (type, object, options) => meet({ verb: 'get', type }, () => client.get(type, object, options)),
    create: (type, object, options) =>
      meet({ verb: 'create', type }, () => client.create(type, object, options)),
    replace: (type, object, options) =>
      meet({ verb: 'replace', type }, () => client.replace(type, object, options)),
    patch: (type, object, patch, options) =>
      meet({ verb: 'patch', type }, () => client.patch(type, object, patch, options)),
    delete: (type, object, options) =>
      meet({ verb: 'delete', type }, () => client.delete(type, object, options)),
  };
}
