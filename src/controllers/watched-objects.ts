import type { KubernetesObject, ResourceType } from '../kubernetes/objects.ts';

/** What a controller is told of the objects of its kind. */
export interface WatchedObjects<T extends KubernetesObject> {
  type: ResourceType;
  /** An object as it is now; may be told again without a change. */
  seen(object: T): void;
  /** An object that is no more, as it was last seen. */
  gone(object: T): void;
}
