import { presented } from '../presented.ts';
import { apiVersionOf } from '../resource-definition.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import { scaleOf, withScale } from '../scale.ts';
import { timestamp } from '../server-context.ts';
import type { ServerContext, WriteRequestOptions } from '../server-context.ts';
import { notFound } from '../status-error.ts';
import { updateObject } from '../update.ts';
import type { UpdateSubject } from '../update.ts';
import { applyConfiguration } from './apply-configuration.ts';
import type { ApplyPatch } from './apply-object.ts';
import { readConfiguration, refusingMismatch } from './read-configuration.ts';
import { SCALE, ownersFromScale, ownersOfScale, scaleRules } from './scale-owners.ts';
import { trackUpdate } from './track-update.ts';

/** Replaces the Scale of an object by what a client sent; returns the object that was scaled. */
export async function updateScale(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: UpdateSubject,
  sent: unknown,
  options: WriteRequestOptions,
): Promise<ApiObject> {
  const object = existing(context, definition, subject);
  const scaled = withScale(object, definition, sent);
  const live = scaleWithOwners(context, definition, object);
  const { manager = '' } = options;
  const owners = trackUpdate(
    { live, next: scaleOf(scaled, definition), manager, time: timestamp(context.clock.now()) },
    scaleRules(context),
  );
  return save(context, definition, subject, { object, scaled, owners }, options);
}

/** Applies a configuration of a Scale to the one of an object; returns the object that was scaled. */
export async function applyScale(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: UpdateSubject,
  patch: ApplyPatch,
  options: WriteRequestOptions,
): Promise<ApiObject> {
  const object = existing(context, definition, subject);
  const { configuration } = readConfiguration(patch.text, SCALE);
  const scale = refusingMismatch(configuration, () =>
    applyConfiguration(
      {
        live: scaleWithOwners(context, definition, object),
        empty: {
          apiVersion: apiVersionOf(SCALE),
          kind: SCALE.kind,
          metadata: { name: '' },
          spec: {},
          status: {},
        },
        configuration,
        manager: patch.manager,
        force: patch.force,
        time: timestamp(context.clock.now()),
      },
      scaleRules(context),
    ),
  );
  const scaled = withScale(object, definition, scale);
  const owners = scale.metadata.managedFields;
  return save(context, definition, subject, { object, scaled, owners }, options);
}

function existing(
  context: ServerContext,
  definition: ResourceDefinition,
  { namespace, name }: UpdateSubject,
): ApiObject {
  const object = context.store.get(definition.storage, namespace, name);
  if (!object) throw notFound(definition, name);
  return presented(object, definition);
}

function scaleWithOwners(
  context: ServerContext,
  definition: ResourceDefinition,
  object: ApiObject,
): ApiObject {
  const scale = scaleOf(object, definition);
  const managedFields = ownersOfScale(context, definition, object);
  return managedFields ? { ...scale, metadata: { ...scale.metadata, managedFields } } : scale;
}

/** Writes the scaled object with the owners that its Scale now has; they are known already, so the write tracks none. */
function save(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: UpdateSubject,
  {
    object,
    scaled,
    owners,
  }: { object: ApiObject; scaled: ApiObject; owners: ApiObject['metadata']['managedFields'] },
  { manager: _manager, ...write }: WriteRequestOptions,
): Promise<ApiObject> {
  const { managedFields: _managedFields, ...metadata } = scaled.metadata;
  const managedFields = ownersFromScale(context, definition, object, owners);
  const owned = { ...scaled, metadata: { ...metadata, ...(managedFields && { managedFields }) } };
  return updateObject(context, definition, subject, owned, write);
}
