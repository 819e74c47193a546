import { BUILT_IN_RESOURCES } from './built-in-resources.ts';
import { resourcesOf } from './custom-resources.ts';
import { isEstablished } from './establish-crd.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { Store } from './store.ts';

export const CRD_STORAGE = 'customresourcedefinitions.apiextensions.k8s.io';

/** The resources that the server serves now: those built in, and those that CustomResourceDefinitions declare. */
export interface Registry {
  all(): ResourceDefinition[];
  find(group: string, version: string, resource: string): ResourceDefinition | undefined;
}

export function createRegistry(store: Store, options: { selectableFields: boolean }): Registry {
  // A stored object never changes in place, so what was derived from it stays right as long as it is there.
  const derived = new WeakMap<ApiObject, ResourceDefinition[]>();
  const custom = (): ResourceDefinition[] =>
    store.list(CRD_STORAGE).flatMap((crd) => {
      const known = derived.get(crd) ?? (isEstablished(crd) ? resourcesOf(crd, options) : []);
      derived.set(crd, known);
      return known;
    });
  const builtIn = new Map(BUILT_IN_RESOURCES.map((definition) => [keyOf(definition), definition]));
  return {
    all: () => [...BUILT_IN_RESOURCES, ...custom()],
    find: (group, version, resource) => {
      const key = keyOf({ group, version, resource });
      return builtIn.get(key) ?? custom().find((definition) => keyOf(definition) === key);
    },
  };
}

const keyOf = ({ group, version, resource }: { group: string; version: string; resource: string }): string =>
  `${group}/${version}/${resource}`;
