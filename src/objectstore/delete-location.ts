import { InvalidObjectPath } from './key.ts';
import type { ObjectStore, RequestOptions } from './object-store.ts';

export interface DeleteLocationOptions extends RequestOptions {
  /** Delete every key that merely begins with the text, as the original does: `a/b` takes `a/bc` too. */
  prefix?: boolean;
}

/**
 * Deletes the object `key` and everything in the folder `key/`. Nothing there is success. Returns the number of objects.
 * @throws {InvalidObjectPath} for the empty key, which would be the whole bucket
 */
export async function deleteLocation(
  store: ObjectStore,
  key: string,
  options: DeleteLocationOptions = {},
): Promise<number> {
  if (key === '') {
    throw new InvalidObjectPath(
      'refusing to delete the whole bucket: give a path, or a Profile whose location has a prefix',
    );
  }
  return await store.delete(keysAt(store, key, options), options);
}

async function* keysAt(
  store: ObjectStore,
  key: string,
  options: DeleteLocationOptions,
): AsyncIterable<string> {
  const prefixes = options.prefix === true ? [key] : [key, `${key}/`];
  for (const [index, prefix] of prefixes.entries()) {
    for await (const object of store.list(prefix, options)) {
      if (options.prefix === true || index > 0) yield object.key;
      else {
        // A key sorts before all keys that it begins, so the first listed decides and no page of `a/bc…` is read.
        if (object.key === key) yield object.key;
        break;
      }
    }
  }
}
