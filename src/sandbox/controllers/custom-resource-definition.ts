import { CUSTOM_RESOURCE_DEFINITIONS } from '../../kubernetes/resources.ts';
import { isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { ownKey } from './controller.ts';
import type { Controller } from './controller.ts';
import { nameOf } from './kinds.ts';
import { deleteThis, find } from './pod-set.ts';

const FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';
const POLL = 250;

interface Definition extends KubernetesObject {
  spec: {
    group: string;
    scope: string;
    names: { plural: string; kind: string };
    versions: { name: string; served: boolean }[];
  };
}

/** Deletes the objects of a CustomResourceDefinition that is to go, before it goes. */
export const customResourceDefinitionController: Controller = {
  name: 'customresourcedefinitions',
  triggers: [{ type: CUSTOM_RESOURCE_DEFINITIONS, keys: ownKey }],
  async reconcile({ name }, context) {
    const { client } = context;
    const definition = await find<Definition>(context, CUSTOM_RESOURCE_DEFINITIONS, { name });
    if (!definition) return undefined;
    const finalizers = definition.metadata?.finalizers ?? [];
    if (!definition.metadata?.deletionTimestamp) return undefined;
    if (!finalizers.includes(FINALIZER)) return undefined;
    const { spec } = definition;
    const version = spec.versions.find(({ served }) => served)?.name;
    if (version !== undefined) {
      const type: ResourceType = {
        group: spec.group,
        version,
        resource: spec.names.plural,
        kind: spec.names.kind,
        namespaced: spec.scope === 'Namespaced',
      };
      const { items } = await client.list(type);
      for (const object of items)
        if (!object.metadata?.deletionTimestamp) await deleteThis(client, type, object);
      if (items.length > 0) return POLL;
    }
    const body = { metadata: { finalizers: finalizers.filter((finalizer) => finalizer !== FINALIZER) } };
    try {
      await client.patch(
        CUSTOM_RESOURCE_DEFINITIONS,
        { name: nameOf(definition).name },
        { type: 'merge', body },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  },
};
