import type { ObjectReference } from '../api/kanister/types.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { JsonObject, KubernetesObject, ResourceType } from '../kubernetes/objects.ts';
import {
  DEPLOYMENT_CONFIGS,
  DEPLOYMENTS,
  NAMESPACES,
  PERSISTENT_VOLUME_CLAIMS,
  STATEFUL_SETS,
} from '../kubernetes/resources.ts';
import { Failure } from './failure.ts';
import { isTransient } from './transient.ts';

const KNOWN_KINDS: Record<string, ResourceType> = {
  statefulset: STATEFUL_SETS,
  deployment: DEPLOYMENTS,
  deploymentconfig: DEPLOYMENT_CONFIGS,
  pvc: PERSISTENT_VOLUME_CLAIMS,
  persistentvolumeclaim: PERSISTENT_VOLUME_CLAIMS,
  namespace: NAMESPACES,
};

/** The resource of a reference: some kinds are known by name, every other one says its group, version and resource itself. */
export function resourceOf(reference: ObjectReference): ResourceType {
  const known = KNOWN_KINDS[reference.kind?.toLowerCase() ?? ''];
  return (
    known ?? {
      group: reference.group ?? '',
      version: reference.apiVersion ?? '',
      resource: reference.resource ?? '',
      kind: reference.kind ?? '',
      namespaced: (reference.namespace ?? '') !== '',
    }
  );
}

/** Reads the object of an action: what templates see as `.Object`. */
export async function readTargetObject(
  client: KubernetesClient,
  reference: ObjectReference,
): Promise<JsonObject> {
  const type = resourceOf(reference);
  const name = reference.name ?? '';
  try {
    const object = await client.get<KubernetesObject>(type, {
      name,
      ...(type.namespaced ? { namespace: reference.namespace ?? '' } : {}),
    });
    return object as JsonObject;
  } catch (error) {
    // A server in trouble is not the reference's fault: the caller tries again.
    if (isTransient(error)) throw error;
    // A known kind is read once here, where the original reads it twice: the first read's text is the bare API error.
    if (type === KNOWN_KINDS[reference.kind?.toLowerCase() ?? '']) throw error;
    const what = `could not fetch object name: ${name}, namespace: ${reference.namespace ?? ''}, group: ${type.group}, version: ${type.version}, resource: ${type.resource}`;
    throw Failure.wrap(what, error, error instanceof ApiError ? error.reason || 'ApiError' : 'ApiError', {
      hint: 'Check the object of the action: its apiVersion, group, resource, name and namespace.',
    });
  }
}

/** Whether the object must never be stored in the journal. */
export function isSecret(reference: ObjectReference): boolean {
  const type = resourceOf(reference);
  return type.group === '' && type.resource === 'secrets';
}

/** What of the object is pinned: everything but the bookkeeping of field managers, which templates have no use for. */
export function withoutManagedFields(object: JsonObject): JsonObject {
  const metadata = { ...(object['metadata'] as JsonObject | undefined) };
  delete metadata['managedFields'];
  return { ...object, metadata };
}
