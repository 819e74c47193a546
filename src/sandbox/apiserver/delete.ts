import { admitDelete } from './admission/admit.ts';
import { fieldsOf, valueAt } from './json-value.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import { timestamp } from './server-context.ts';
import type { ServerContext, WriteRequestOptions } from './server-context.ts';
import { conflict, notFound } from './status-error.ts';
import { holdsNamespace, storeUpdate } from './update.ts';

export interface DeleteRequestOptions extends Pick<WriteRequestOptions, 'dryRun' | 'user' | 'warn'> {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  preconditions?: { uid?: string; resourceVersion?: string };
}

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/**
 * Deletes an object, or marks it for deletion where finalizers hold it or, for a pod on a node, its grace has to pass.
 * Returns its last state, and whether it is gone.
 */
export async function deleteObject(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: { namespace: string | undefined; name: string },
  options: DeleteRequestOptions,
): Promise<{ object: ApiObject; gone: boolean }> {
  const old = context.store.get(definition.storage, subject.namespace, subject.name);
  if (!old) throw notFound(definition, subject.name);
  refuseFailedPreconditions(definition, old, options.preconditions);
  const admission = admitDelete(context, { definition, ...subject, old, options });
  if (admission) {
    await admission;
    // Webhooks were asked about an object that is another one by now.
    if (context.store.get(definition.storage, subject.namespace, subject.name) !== old)
      return deleteObject(context, definition, subject, options);
  }

  const subjectOfDelete = definition.prepareDelete?.(old, context) ?? old;
  const finalizers = propagationFinalizers(subjectOfDelete, policyFor(definition, subjectOfDelete, options));
  const grace = gracePeriod(old, options.gracePeriodSeconds);
  const held = finalizers.length > 0 || holdsNamespace(old);
  if (!held && grace === 0) {
    if (options.dryRun) return { object: old, gone: true };
    return { object: context.store.remove(definition.storage, old), gone: true };
  }
  const marked = withFinalizers(marking(old, context.clock.now(), grace), finalizers);
  if (definition.kind === 'Namespace') marked.status = { ...fieldsOf(marked.status), phase: 'Terminating' };
  return { object: storeUpdate(context, definition, marked, old, options), gone: false };
}

function refuseFailedPreconditions(
  definition: ResourceDefinition,
  { metadata }: ApiObject,
  preconditions: DeleteRequestOptions['preconditions'],
): void {
  const { uid, resourceVersion } = preconditions ?? {};
  // This one text names the kind where others have the resource.
  const type = { ...definition, resource: definition.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      type,
      metadata.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid ?? ''}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      type,
      metadata.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion ?? ''}). The object might have been modified`,
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

/** Kinds that are older than the garbage collector leave their pods behind where nothing else was asked for. */
const ORPHANING = new Set(['replicationcontrollers', 'jobs.batch']);

function policyFor(
  definition: ResourceDefinition,
  { metadata }: ApiObject,
  { propagationPolicy, warn }: DeleteRequestOptions,
): string | undefined {
  const isAsked = metadata.finalizers?.some((one) => one === FOREGROUND || one === ORPHAN) ?? false;
  if (propagationPolicy !== undefined || isAsked || !ORPHANING.has(definition.storage))
    return propagationPolicy;
  if (definition.kind === 'Job') {
    warn(
      'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
    );
  }
  return 'Orphan';
}

/** The policy is kept as a finalizer until the garbage collector has done its part. */
function propagationFinalizers({ metadata }: ApiObject, policy: string | undefined): string[] {
  const finalizers = metadata.finalizers ?? [];
  const others = finalizers.filter((finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN);
  switch (policy) {
    case 'Background':
      return others;
    case 'Foreground':
      return [...others, FOREGROUND];
    case 'Orphan':
      return [...others, ORPHAN];
    default:
      return finalizers;
  }
}

function withFinalizers(object: ApiObject, finalizers: string[]): ApiObject {
  const { finalizers: _finalizers, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(finalizers.length > 0 && { finalizers }) } };
}
