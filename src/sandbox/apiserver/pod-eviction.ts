import type { AdmissionRequest, DeletionOptions } from './admission/admission-request.ts';
import { admitMutating, admitValidating } from './admission/admit.ts';
import { deleteObject } from './delete.ts';
import { fieldsOf, listOf, textOf, valueAt } from './json-value.ts';
import { selectorOf } from './label-selector.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import { timestamp } from './server-context.ts';
import type { ServerContext, WriteRequestOptions } from './server-context.ts';
import { StatusError, badRequest, conflict, notFound, tooManyRequests } from './status-error.ts';

const BUDGETS = 'poddisruptionbudgets.policy';

/** POST pods/NAME/eviction: deletes the pod where its disruption budget allows it. @throws {StatusError} 429 where it does not */
export async function evictPod(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: { namespace: string | undefined; name: string },
  body: unknown,
  options: WriteRequestOptions & DeletionOptions,
): Promise<void> {
  if (textOf(valueAt(body, 'metadata', 'name')) !== subject.name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  await admit(context, definition, subject, body, options);
  const pod = context.store.get(definition.storage, subject.namespace, subject.name);
  if (!pod) throw notFound(definition, subject.name);
  const deletion = {
    ...options,
    dryRun: options.dryRun || listOf(valueAt(body, 'deleteOptions', 'dryRun')).length > 0,
  };
  const phase = valueAt(pod, 'status', 'phase');
  const disrupts =
    phase !== 'Succeeded' && phase !== 'Failed' && phase !== 'Pending' && !pod.metadata.deletionTimestamp;
  if (disrupts) spendBudget(context, pod, deletion.dryRun);
  if (!deletion.dryRun) markDisrupted(context, definition, pod, deletion);
  await deleteObject(context, definition, subject, withoutVersion(deletion));
}

async function admit(
  context: ServerContext,
  definition: ResourceDefinition,
  subject: { namespace: string | undefined; name: string },
  body: unknown,
  options: WriteRequestOptions & DeletionOptions,
): Promise<void> {
  const object: ApiObject = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    ...fieldsOf(body),
    metadata: { ...fieldsOf(valueAt(body, 'metadata')), name: subject.name },
  };
  const request: AdmissionRequest = {
    operation: 'CREATE',
    definition,
    subresource: 'eviction',
    ...subject,
    object,
    options,
  };
  await admitMutating(context, request);
  await admitValidating(context, request);
}

/** @throws {StatusError} 429 where no budget is left, 500 where more than one budget counts the pod */
function spendBudget(context: ServerContext, pod: ApiObject, dryRun: boolean): void {
  const [budget, ...others] = context.store
    .list(BUDGETS, pod.metadata.namespace)
    .filter((item) => selectorOf(valueAt(item, 'spec', 'selector'))(pod.metadata.labels ?? {}));
  if (!budget) return;
  if (others.length > 0) {
    throw new StatusError(
      500,
      '',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  if (!isReady(pod) && mayGoUnready(budget)) return;
  const status = fieldsOf(budget.status);
  const count = (field: string): number => (typeof status[field] === 'number' ? status[field] : 0);
  const { name } = budget.metadata;
  if (count('observedGeneration') < (budget.metadata.generation ?? 0)) {
    throw refusal(10, `The disruption budget ${name} is still being processed by the server.`);
  }
  if (count('disruptionsAllowed') <= 0) {
    throw refusal(
      0,
      `The disruption budget ${name} needs ${count('desiredHealthy')} healthy pods and has ${count('currentHealthy')} currently`,
    );
  }
  if (dryRun) return;
  // The budget's controller takes the pod for gone from now on.
  const disruptedPods = {
    ...fieldsOf(status.disruptedPods),
    [pod.metadata.name]: timestamp(context.clock.now()),
  };
  context.store.put(BUDGETS, {
    ...budget,
    status: { ...status, disruptionsAllowed: count('disruptionsAllowed') - 1, disruptedPods },
  });
}

const refusal = (retryAfterSeconds: number, message: string): StatusError =>
  tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", retryAfterSeconds, [
    { reason: 'DisruptionBudget', message },
  ]);

/** Pods that are not ready may go where the budget says so, or is met without them. */
function mayGoUnready(budget: ApiObject): boolean {
  if (valueAt(budget, 'spec', 'unhealthyPodEvictionPolicy') === 'AlwaysAllow') return true;
  const desired = Number(valueAt(budget, 'status', 'desiredHealthy') ?? 0);
  return desired > 0 && Number(valueAt(budget, 'status', 'currentHealthy') ?? 0) >= desired;
}

const isReady = (pod: ApiObject): boolean =>
  listOf(valueAt(pod, 'status', 'conditions')).some(
    (condition) => fieldsOf(condition).type === 'Ready' && fieldsOf(condition).status === 'True',
  );

function markDisrupted(
  context: ServerContext,
  definition: ResourceDefinition,
  pod: ApiObject,
  { preconditions = {} }: DeletionOptions,
): void {
  const { uid, resourceVersion, name } = pod.metadata;
  const asPod = { ...definition, resource: 'Pod' };
  if (preconditions.uid && preconditions.uid !== uid) {
    throw conflict(
      asPod,
      name,
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid ?? ''}). The object might have been deleted and then recreated`,
    );
  }
  if (preconditions.resourceVersion && preconditions.resourceVersion !== resourceVersion) {
    throw conflict(
      asPod,
      name,
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion ?? ''}). The object might have been modified`,
    );
  }
  const conditions = listOf(valueAt(pod, 'status', 'conditions')).filter(
    (condition) => fieldsOf(condition).type !== 'DisruptionTarget',
  );
  const disrupted = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(context.clock.now()),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  context.store.put(definition.storage, {
    ...pod,
    status: { ...fieldsOf(pod.status), conditions: [...conditions, disrupted] },
  });
}

/** The version that was asked for has been checked, and is no longer the pod's. */
function withoutVersion<T extends DeletionOptions>({ preconditions, ...options }: T) {
  return {
    ...options,
    ...(preconditions?.uid !== undefined && { preconditions: { uid: preconditions.uid } }),
  };
}
