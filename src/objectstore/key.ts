import { posix } from 'node:path';

/** A path that leads out of the Profile's prefix, or names nothing. */
export class InvalidObjectPath extends Error {
  override name = 'InvalidObjectPath';
}

/**
 * The key of `path` below `prefix`: joined and cleaned lexically (duplicate slashes collapse, `.` and `..` resolve), without
 * slashes at its ends. The empty string when both are empty.
 * @throws {InvalidObjectPath} when `..` leads out of a prefix: the original follows it, into other people's objects.
 */
export function objectKey(prefix: string, path: string): string {
  const base = cleanKey(prefix);
  const key = cleanKey(`${base}/${path}`);
  if (base !== '' && key !== base && !key.startsWith(`${base}/`)) {
    throw new InvalidObjectPath(
      `path ${JSON.stringify(path)} leads out of the Profile's prefix ${JSON.stringify(prefix)}: remove '..' from it`,
    );
  }
  return key;
}

/** `/` in front makes `..` stop at the root, as Go's filepath.Join does for a rooted path. */
function cleanKey(path: string): string {
  return posix.normalize(`/${path}`).replace(/^\/+|\/+$/g, '');
}
