import type { ApiObject } from './resource-definition.ts';
import { StatusError } from './status-error.ts';

/** etcd's default request limit of 1.5 MiB, which an object has to fit into. */
const MAXIMUM_OBJECT = 1_572_864;

/** The API server's own limit for the body of a request. */
export const MAXIMUM_BODY = 3_145_728;

/**
 * An object as it can be stored. Where it is too large with its managed fields it goes without them, unless who
 * owns what is the point of the write, as it is of an apply.
 * @throws {StatusError} 500 without a reason, as etcd's refusal is passed on
 */
export function fitting(object: ApiObject, { applied = false }: { applied?: boolean }): ApiObject {
  if (!isOversized(object)) return object;
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  const smaller = { ...object, metadata };
  if (applied || isOversized(smaller)) throw new StatusError(500, '', 'etcdserver: request is too large');
  return smaller;
}

const isOversized = (object: ApiObject): boolean =>
  Buffer.byteLength(JSON.stringify(object)) > MAXIMUM_OBJECT;

/** @throws {StatusError} 413 */
export function refuseOversizedBody(bytes: number): void {
  if (bytes > MAXIMUM_BODY) {
    throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAXIMUM_BODY}`);
  }
}
