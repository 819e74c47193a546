import type { ApiObject } from '../resource-definition.ts';
import type { ServerContext } from '../server-context.ts';
import { badRequest, forbidden, notFound } from '../status-error.ts';
import type { AdmissionRequest } from './admission-request.ts';

const NAMESPACE = { group: '', resource: 'namespaces', kind: 'Namespace' };

const UNDELETABLE = new Set(['default', 'kube-system', 'kube-public']);

/** Objects are made only in namespaces that are there to stay, and some namespaces are. */
export function refuseOutsideNamespace(context: ServerContext, request: AdmissionRequest): void {
  const { operation, definition, namespace, name, subresource } = request;
  if (operation === 'DELETE' && definition.storage === 'namespaces' && UNDELETABLE.has(name)) {
    throw forbidden(definition, name, 'this namespace may not be deleted');
  }
  if (operation !== 'CREATE' || !definition.namespaced || subresource !== undefined) return;
  if (namespace === undefined || namespace === '') {
    throw badRequest('an empty namespace may not be set during creation');
  }
  const found = context.store.get('namespaces', undefined, namespace);
  if (!found) throw notFound(NAMESPACE, namespace);
  if (isTerminating(found)) {
    throw forbidden(
      definition,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
      [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    );
  }
}

const isTerminating = ({ metadata }: ApiObject): boolean => metadata.deletionTimestamp !== undefined;
