import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';

/** An object as far as ownership goes. */
export interface Entry {
  type: ResourceType;
  object: KubernetesObject;
}

/** Who names whom as its owner, so that an end is not a search through everything. */
export interface OwnerGraph {
  get(uid: string): Entry | undefined;
  dependentsOf(uid: string): Entry[];
  put(entry: Entry): void;
  /** Forgets an object; returns those that name it as an owner. */
  remove(object: KubernetesObject): Entry[];
}

export function createOwnerGraph(): OwnerGraph {
  const known = new Map<string, Entry>();
  const dependents = new Map<string, Set<string>>();
  const ownersOf = (entry: Entry | undefined): string[] =>
    (entry?.object.metadata?.ownerReferences ?? []).map((owner) => owner.uid);
  const unlink = (uid: string): void => {
    for (const owner of ownersOf(known.get(uid))) {
      const others = dependents.get(owner);
      others?.delete(uid);
      if (others?.size === 0) dependents.delete(owner);
    }
  };
  const dependentsOf = (uid: string): Entry[] =>
    [...(dependents.get(uid) ?? [])].flatMap((dependent) => known.get(dependent) ?? []);
  return {
    get: (uid) => known.get(uid),
    dependentsOf,
    put(entry) {
      const uid = entry.object.metadata?.uid ?? '';
      unlink(uid);
      known.set(uid, entry);
      for (const owner of ownersOf(entry)) {
        dependents.set(owner, (dependents.get(owner) ?? new Set()).add(uid));
      }
    },
    remove({ metadata }) {
      const uid = metadata?.uid ?? '';
      unlink(uid);
      known.delete(uid);
      return dependentsOf(uid);
    },
  };
}
