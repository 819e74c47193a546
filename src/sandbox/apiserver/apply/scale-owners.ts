import { apiVersionOf } from '../resource-definition.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import type { ServerContext } from '../server-context.ts';
import { NO_FIELDS, difference, hasPath, isEmptySet, setOfPath } from './field-set.ts';
import { readManagers, writeManagers } from './managed-fields.ts';
import type { Manager } from './managed-fields.ts';
import type { MergedKind } from './merge-types.ts';
import type { OwnershipRules } from './ownership-rules.ts';
import { fieldElement } from './path-element.ts';
import { definitionIn } from './resource-rules.ts';

type ManagedFields = ApiObject['metadata']['managedFields'];

export const SCALE: MergedKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
const REPLICAS = ['spec', 'replicas'].map(fieldElement);

/** The rules for writes to a Scale, whose one field is another one in the object that is scaled. */
export const scaleRules = ({ mergeTypes }: Pick<ServerContext, 'mergeTypes'>): OwnershipRules => ({
  apiVersion: apiVersionOf(SCALE),
  subresource: 'scale',
  type: mergeTypes(SCALE),
  untouched: NO_FIELDS,
  untouchedInAllVersions: true,
  inVersion: () => undefined,
});

/** Who owns the replicas of an object, in terms of its Scale. */
export function ownersOfScale(
  context: Pick<ServerContext, 'registry'>,
  definition: ResourceDefinition,
  object: ApiObject,
): ManagedFields {
  const owners = [...readManagers(object.metadata.managedFields)].filter(([, { apiVersion, fields }]) => {
    const path = replicasPath(context, definition, apiVersion);
    return path !== undefined && hasPath(fields, path);
  });
  return writeManagers(
    new Map(
      owners.map(([identity, owner]) => [
        identity,
        { ...owner, apiVersion: apiVersionOf(SCALE), fields: setOfPath(REPLICAS) },
      ]),
    ),
  );
}

/**
 * Who owns which fields of an object once its Scale has these owners. Who owned the replicas and does not own them
 * in the Scale any more has lost them; who is new there owns them, in an entry without a time.
 */
export function ownersFromScale(
  context: Pick<ServerContext, 'registry'>,
  definition: ResourceDefinition,
  object: ApiObject,
  ofScale: ManagedFields,
): ManagedFields {
  const inScale = new Map(readManagers(ofScale));
  const owners = new Map<string, Manager>();
  for (const [identity, owner] of readManagers(object.metadata.managedFields)) {
    if (!definitionIn(context, definition, owner.apiVersion)) continue;
    const path = replicasPath(context, definition, owner.apiVersion);
    if (!path || !hasPath(owner.fields, path)) {
      owners.set(identity, owner);
    } else if (inScale.delete(identity)) {
      owners.set(identity, owner);
    } else {
      const fields = difference(owner.fields, setOfPath(path));
      if (!isEmptySet(fields)) owners.set(identity, { ...owner, fields });
    }
  }
  const path = replicasPath(context, definition, apiVersionOf(definition));
  for (const [identity, owner] of inScale) {
    if (!path || !hasPath(owner.fields, REPLICAS)) continue;
    const { time: _time, ...untimed } = owner;
    // Beside an entry of the same owner for the object itself, which a real server does not join with it either.
    owners.set(identity, { ...untimed, apiVersion: apiVersionOf(definition), fields: setOfPath(path) });
  }
  return writeManagers(owners);
}

function replicasPath(
  context: Pick<ServerContext, 'registry'>,
  definition: ResourceDefinition,
  apiVersion: string,
): string[] | undefined {
  return definitionIn(context, definition, apiVersion)?.scale?.specReplicas.map(fieldElement);
}
