import { presented } from '../presented.ts';
import { encodeObject } from '../decode-object.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import { timestamp } from '../server-context.ts';
import type { ServerContext } from '../server-context.ts';
import { emptyObject } from './empty-object.ts';
import { ownershipRules } from './resource-rules.ts';
import { trackUpdate } from './track-update.ts';

/** A write that is about to be stored, as far as ownership of its fields goes. */
export interface OwnedWrite {
  /** Absent at a create. */
  old?: ApiObject;
  /** What the client sent, with defaults: nobody owns what the server makes of it. */
  next: ApiObject;
  subresource?: string;
  /** Absent where `next` says itself who owns what. */
  manager?: string;
}

/** What `metadata.managedFields` has to be after a write: who owns which fields. */
export function ownersAfter(
  context: ServerContext,
  definition: ResourceDefinition,
  { old, next, subresource, manager }: OwnedWrite,
): ApiObject['metadata']['managedFields'] {
  if (manager === undefined) return next.metadata.managedFields;
  const sent = encodeObject(presented(next, definition));
  const { managedFields } = next.metadata;
  return trackUpdate(
    {
      live: old ? presented(old, definition) : emptyObject(definition),
      // Encoding drops an empty list, which says something here.
      next: managedFields ? { ...sent, metadata: { ...sent.metadata, managedFields } } : sent,
      manager,
      time: timestamp(context.clock.now()),
    },
    ownershipRules(context, definition, subresource),
  );
}
