import { textOf, valueAt } from './json-value.ts';
import type { ServerContext } from './server-context.ts';
import { forbidden } from './status-error.ts';

const PODS = { group: '', resource: 'pods', kind: 'Pod' };

/**
 * A pod can only run as an account that there is. `default` is taken for granted: its controller makes it in every
 * namespace, a moment after the namespace.
 */
export function refuseMissingServiceAccount(
  context: ServerContext,
  namespace: string | undefined,
  pod: unknown,
): void {
  const account = textOf(valueAt(pod, 'spec', 'serviceAccountName'));
  if (account === '' || account === 'default') return;
  if (context.store.get('serviceaccounts', namespace, account)) return;
  // A namespace that is missing is what the client should hear of first.
  if (namespace === undefined || !context.store.get('namespaces', undefined, namespace)) return;
  throw forbidden(
    PODS,
    textOf(valueAt(pod, 'metadata', 'name')),
    `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`,
  );
}
