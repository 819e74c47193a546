import { StatusError } from './status-error.ts';

/** etcd's default request limit of 1.5 MiB, which an object has to fit into. */
const MAXIMUM_OBJECT = 1_572_864;

/** The API server's own limit for the body of a request. */
export const MAXIMUM_BODY = 3_145_728;

/** @throws {StatusError} 500 without a reason, as etcd's refusal is passed on. */
export function refuseOversized(object: object): void {
  if (Buffer.byteLength(JSON.stringify(object)) > MAXIMUM_OBJECT) {
    throw new StatusError(500, '', 'etcdserver: request is too large');
  }
}

/** @throws {StatusError} 413 */
export function refuseOversizedBody(bytes: number): void {
  if (bytes > MAXIMUM_BODY) {
    throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAXIMUM_BODY}`);
  }
}
