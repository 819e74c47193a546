import { randomUid } from './random-names.ts';
import type { ApiObject } from './resource-definition.ts';
import { timestamp } from './server-context.ts';
import type { ServerContext } from './server-context.ts';

/** The metadata of a new object: what only the server sets replaces whatever the client sent. */
export function freshMetadata(object: ApiObject, { clock, random }: ServerContext): ApiObject['metadata'] {
  const {
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _grace,
    managedFields: _managedFields,
    ...metadata
  } = object.metadata;
  return { ...metadata, uid: randomUid(random), creationTimestamp: timestamp(clock.now()) };
}
