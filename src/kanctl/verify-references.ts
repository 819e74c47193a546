import type { ObjectReference } from '../api/kanister/types.ts';
import { BLUEPRINTS, PROFILES } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { ObjectName, ResourceType } from '../kubernetes/objects.ts';
import { CONFIG_MAPS, SECRETS } from '../kubernetes/resources.ts';
import type { ActionSetRequest } from './action-set-request.ts';
import { targetKinds } from './target-kinds.ts';

interface Reference {
  /** As it is called in the message; empty for objects given with --objects. */
  kind: string;
  type: ResourceType;
  object: ObjectName;
}

/** A line for each thing that a request names and that is not there or can't be read; in the order of the request. */
export async function verifyReferences(
  client: KubernetesClient,
  request: ActionSetRequest,
  namespace: string,
  signal: AbortSignal,
): Promise<string[]> {
  const references: Reference[] = [
    ...(request.blueprint === ''
      ? []
      : [{ kind: 'blueprint', type: BLUEPRINTS, object: { name: request.blueprint, namespace } }]),
    ...(request.profile ? [{ kind: 'profile', type: PROFILES, object: nameOf(request.profile) }] : []),
    ...request.objects.map(objectReference),
    ...Object.values(request.configMaps).map((reference) => ({
      kind: 'config map',
      type: CONFIG_MAPS,
      object: nameOf(reference),
    })),
    ...Object.values(request.secrets).map((reference) => ({
      kind: 'secret',
      type: SECRETS,
      object: nameOf(reference),
    })),
  ];
  const problems = await Promise.all(
    references.map(async ({ kind, type, object }) => {
      try {
        await client.get(type, type.namespaced ? object : { name: object.name }, { signal });
        return [];
      } catch (error) {
        if (signal.aborted) throw error;
        const cause = error instanceof Error ? error.message : String(error);
        return [
          `Please make sure '${kind}' with name '${object.name}' exists in namespace '${object.namespace}': ${cause}`,
        ];
      }
    }),
  );
  return problems.flat();
}

function objectReference(reference: ObjectReference): Reference {
  const { kind = '', group = '', apiVersion: version = '', resource = '' } = reference;
  const type = targetKinds.get(kind) ?? { group, version, resource, kind: resource, namespaced: true };
  return { kind, type, object: nameOf(reference) };
}

function nameOf({ name = '', namespace = '' }: ObjectReference): ObjectName {
  return { name, namespace };
}
