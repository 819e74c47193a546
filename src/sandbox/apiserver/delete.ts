import { fieldsOf, valueAt } from './json-value.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import { timestamp } from './server-context.ts';
import type { ServerContext } from './server-context.ts';
import { conflict, forbidden, invalid, invalidValue, notFound } from './status-error.ts';
import { holdsNamespace, storeUpdate } from './update.ts';

export interface DeleteRequestOptions {
  dryRun: boolean;
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  preconditions?: { uid?: string; resourceVersion?: string };
}

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

const UNDELETABLE_NAMESPACES = new Set(['default', 'kube-system', 'kube-public']);

/**
 * Deletes an object, or marks it for deletion where finalizers hold it or, for a pod on a node, its grace has to pass.
 * Returns its last state, and whether it is gone.
 */
export function deleteObject(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: { namespace: string | undefined; name: string },
  options: DeleteRequestOptions,
): { object: ApiObject; gone: boolean } {
  const old = context.store.get(definition.storage, subject.namespace, subject.name);
  if (!old) throw notFound(definition, subject.name);
  refuseFailedPreconditions(definition, old, options.preconditions);
  if (definition.storage === 'namespaces' && UNDELETABLE_NAMESPACES.has(subject.name)) {
    throw forbidden(definition, subject.name, 'this namespace may not be deleted');
  }

  const finalizers = propagationFinalizers(old, definition, options.propagationPolicy);
  const grace = gracePeriod(old, options.gracePeriodSeconds);
  const held = finalizers.length > 0 || holdsNamespace(old);
  if (!held && grace === 0) {
    if (options.dryRun) return { object: old, gone: true };
    return {
      object: context.store.remove(definition.storage, markFor(old, context.clock.now(), 0)),
      gone: true,
    };
  }
  const marked = withFinalizers(marking(old, context.clock.now(), grace), finalizers);
  if (definition.kind === 'Namespace') marked.status = { ...fieldsOf(marked.status), phase: 'Terminating' };
  return { object: storeUpdate(context, definition, marked, old, options.dryRun), gone: false };
}

function refuseFailedPreconditions(
  definition: ResourceDefinition,
  { metadata }: ApiObject,
  preconditions: DeleteRequestOptions['preconditions'],
): void {
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      definition,
      metadata.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid ?? ''}`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      definition,
      metadata.name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion ?? ''}`,
    );
  }
}

/** Only pods end gracefully: those that are bound to a node and have not ended yet. */
function gracePeriod(object: ApiObject, asked: number | undefined): number {
  if (object.kind !== 'Pod' || object.apiVersion !== 'v1') return 0;
  const phase = valueAt(object, 'status', 'phase');
  if (!valueAt(object, 'spec', 'nodeName') || phase === 'Succeeded' || phase === 'Failed') return 0;
  const own = valueAt(object, 'spec', 'terminationGracePeriodSeconds');
  const period = asked ?? (typeof own === 'number' ? own : 30);
  return period < 0 ? 1 : period;
}

/** A second delete can only shorten the grace that the first one gave. */
function marking(object: ApiObject, now: Date, grace: number): ApiObject {
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  if (deletionTimestamp === undefined) {
    const marked = markFor(object, now, grace);
    if (marked.metadata.generation !== undefined) marked.metadata.generation += 1;
    return marked;
  }
  if (deletionGracePeriodSeconds === undefined || grace >= deletionGracePeriodSeconds) return object;
  const started = Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  return markFor(object, new Date(started), grace);
}

const markFor = (object: ApiObject, from: Date, grace: number): ApiObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    deletionTimestamp: timestamp(new Date(from.getTime() + grace * 1000)),
    deletionGracePeriodSeconds: grace,
  },
});

/** The policy is kept as a finalizer until the garbage collector has done its part. */
function propagationFinalizers(
  object: ApiObject,
  definition: ResourceDefinition,
  policy: string | undefined,
): string[] {
  const others = (object.metadata.finalizers ?? []).filter(
    (finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN,
  );
  switch (policy) {
    case undefined:
      return object.metadata.finalizers ?? [];
    case 'Background':
      return others;
    case 'Foreground':
      return [...others, FOREGROUND];
    case 'Orphan':
      return [...others, ORPHAN];
    default:
      throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions', resource: definition.resource }, '', [
        invalidValue('propagationPolicy', policy, 'must be Background, Foreground, Orphan or not set'),
      ]);
  }
}

function withFinalizers(object: ApiObject, finalizers: string[]): ApiObject {
  const { finalizers: _finalizers, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(finalizers.length > 0 && { finalizers }) } };
}
