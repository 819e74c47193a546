import type { ObjectReference } from '../api/kanister/types.ts';
import { isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Selection } from './action-set-request.ts';
import { targetKinds } from './target-kinds.ts';
import { UsageError } from './usage-error.ts';

/** `all` leaves namespaces out: whoever names labels means the workloads, not everything around them. */
const ALL = ['deployment', 'deploymentconfig', 'statefulset', 'pvc'];

/** The objects that have the labels of a selection, kind by kind. @throws {UsageError} with the original's texts */
export async function selectObjects(
  client: KubernetesClient,
  selection: Selection,
  signal: AbortSignal,
): Promise<ObjectReference[]> {
  const kinds = selection.kind === 'all' ? ALL : [selection.kind];
  const found = await Promise.all(
    kinds.map((kind) => selectKind(client, { ...selection, kind }, kinds, signal)),
  );
  return found.flat();
}

async function selectKind(
  client: KubernetesClient,
  { selector, kind, namespace }: Selection,
  kinds: string[],
  signal: AbortSignal,
): Promise<ObjectReference[]> {
  const type = targetKinds.get(kind);
  if (!type) {
    throw new UsageError(
      `unsupported or unknown object kind '${kind}'. Supported deployment, statefulset and pvc`,
    );
  }
  try {
    const { items } = await client.list(type, {
      labelSelector: selector,
      ...(type.namespaced && namespace !== '' && { namespace }),
      signal,
    });
    return items
      .map(({ metadata }) => ({
        name: metadata?.name ?? '',
        namespace: metadata?.namespace ?? metadata?.name ?? '',
      }))
      .filter((object) => namespace === '' || object.namespace === namespace)
      .map((object) => ({ kind, ...object }));
  } catch (error) {
    // A cluster that is not OpenShift has no DeploymentConfigs to be found.
    if (kind === 'deploymentconfig' && kinds.length > 1 && isNotFound(error)) return [];
    const cause = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `failed to get ${kind} using select '${selector}' in namespaces '${namespace}': ${cause}`,
    );
  }
}
