import type { KubernetesObject, ResourceType } from './objects.ts';

export type ListWatchEvent<T extends KubernetesObject> =
  /** The first list, whole. */
  | { type: 'sync'; items: T[] }
  | { type: 'added' | 'modified'; object: T }
  /** Its last state; where it went while nobody watched, only its kind, name, namespace, uid and last known resourceVersion. */
  | { type: 'deleted'; object: T };

/** What a watch reports, errors apart. */
export type LiveEvent<T> = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: T };

/** Which objects the reader of the events believes to exist, and in which version. */
export class KnownObjects<T extends KubernetesObject> {
  readonly #versions = new Map<string, { uid: string | undefined; resourceVersion: string | undefined }>();
  readonly #type: ResourceType;
  readonly #matches: (object: T) => boolean;

  constructor(type: ResourceType, matches: (object: T) => boolean = () => true) {
    this.#type = type;
    this.#matches = matches;
  }

  learn(object: T): void {
    const { uid, resourceVersion } = object.metadata ?? {};
    if (this.#matches(object)) this.#versions.set(keyOf(object), { uid, resourceVersion });
    else this.#versions.delete(keyOf(object));
  }

  /**
   * Whether a watch tells of what was before the known version: an object that is read a moment after the list may be ahead of the
   * watch that begins at the list. Versions that are no numbers are taken as they come.
   */
  isPast({ object }: LiveEvent<T>): boolean {
    const known = this.#versions.get(keyOf(object))?.resourceVersion;
    return Number(object.metadata?.resourceVersion) < Number(known);
  }

  /** What an event means to the reader, in words that it can rely on: nothing is added twice, a new object is not a change. */
  *observe({ type, object }: LiveEvent<T>): Generator<ListWatchEvent<T>> {
    if (type === 'BOOKMARK') return;
    const before = this.#versions.get(keyOf(object));
    if (type === 'DELETED') {
      this.#versions.delete(keyOf(object));
      yield { type: 'deleted', object };
      return;
    }
    const { uid, resourceVersion } = object.metadata ?? {};
    if (before && before.uid === uid && before.resourceVersion === resourceVersion) return;
    const isReplaced = before !== undefined && before.uid !== uid;
    if (isReplaced) yield* this.forget(object);
    this.learn(object);
    yield { type: before && !isReplaced ? 'modified' : 'added', object };
  }

  /** Reports as deleted what went unseen. */
  *forget({ metadata }: KubernetesObject): Generator<ListWatchEvent<T>> {
    const key = keyOf({ metadata: metadata ?? {} });
    const before = this.#versions.get(key);
    if (!before) return;
    this.#versions.delete(key);
    const tombstone: KubernetesObject = {
      ...this.#name(key),
      metadata: { ...this.#name(key).metadata, ...defined(before) },
    };
    yield { type: 'deleted', object: tombstone as T };
  }

  missingFrom(items: T[]): KubernetesObject[] {
    const present = new Set(items.map(keyOf));
    return [...this.#versions.keys()].filter((key) => !present.has(key)).map((key) => this.#name(key));
  }

  #name(key: string): KubernetesObject {
    const [namespace = '', name = ''] = key.split('/');
    const { group, version, kind } = this.#type;
    return {
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind,
      metadata: { name, ...(namespace && { namespace }) },
    };
  }
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

function defined({ uid, resourceVersion }: { uid: string | undefined; resourceVersion: string | undefined }) {
  return { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) };
}
