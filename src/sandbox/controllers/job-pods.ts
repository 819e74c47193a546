import { JOBS, PODS } from '../../kubernetes/resources.ts';
import type { Job } from './batch-kinds.ts';
import type { ControllerContext } from './controller.ts';
import { endOf, remaining } from './job-backoff.ts';
import { INDEX_ANNOTATION, indexOf } from './job-indexes.ts';
import type { Counted } from './job.ts';
import { nameOf } from './kinds.ts';
import type { Container, Pod, PodSpec } from './kinds.ts';
import { createOwnedPod, deleteOwnedPod, leastMissedFirst } from './pod-set.ts';
import { countsAsFailed } from './pod-failure-policy.ts';
import { isNotFound } from '../../kubernetes/api-error.ts';

/** Keeps a pod until its Job has counted it. */
const TRACKING = 'batch.kubernetes.io/job-tracking';
const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count';

export const isTracked = ({ metadata }: Pod): boolean => metadata?.finalizers?.includes(TRACKING) === true;

export async function stopTracking({ client }: ControllerContext, pods: Pod[]): Promise<void> {
  for (const pod of pods) {
    const finalizers = (pod.metadata?.finalizers ?? []).filter((finalizer) => finalizer !== TRACKING);
    const body = { metadata: { finalizers, uid: pod.metadata?.uid } };
    try {
      await client.patch(PODS, nameOf(pod), { type: 'merge', body });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/** Pods that are too many: of an index that another one has, of none, and then those that are missed least. */
export function surplusOf({ spec }: Job, active: Pod[], wanted: number): Pod[] {
  const doubled: Pod[] = [];
  if (spec.completionMode === 'Indexed') {
    const seen = new Set<number>();
    for (const pod of leastMissedFirst(active).toReversed()) {
      const index = indexOf(pod);
      if (index === undefined || index >= (spec.completions ?? 0) || seen.has(index)) doubled.push(pod);
      else seen.add(index);
    }
  }
  const left = active.filter((pod) => !doubled.includes(pod));
  return [...doubled, ...leastMissedFirst(left).slice(0, Math.max(left.length - wanted, 0))];
}

export async function removeSurplus(context: ControllerContext, job: Job, surplus: Pod[]): Promise<void> {
  for (const pod of surplus) {
    if (isTracked(pod)) await stopTracking(context, [pod]);
    await deleteOwnedPod(context, job, JOBS, pod);
  }
}

export interface Missing {
  pods: Pod[];
  active: Pod[];
  counted: Counted;
  missing: number;
  now: Date;
}

/** Makes the pods that are missing. `again`: milliseconds until indexes that failed may be tried again. */
export async function createJobPods(
  context: ControllerContext,
  job: Job,
  situation: Missing,
): Promise<{ pods: Pod[]; again?: number }> {
  const { metadata, spec } = job.spec.template;
  const { name } = nameOf(job);
  const common = {
    labels: metadata?.labels,
    finalizers: [...(metadata?.finalizers ?? []), TRACKING],
  };
  const pods: Pod[] = [];
  if (job.spec.completionMode !== 'Indexed') {
    for (let count = 0; count < situation.missing; count += 1) {
      const { annotations } = metadata ?? {};
      const own = { ...common, annotations, generateName: `${name}-` };
      pods.push(await createOwnedPod(context, job, JOBS, { metadata: own, spec }));
    }
    return { pods };
  }
  let again: number | undefined;
  for (const index of pendingIndexes(job, situation)) {
    const failures = failuresOf(job, situation.pods, index);
    const wait =
      job.spec.backoffLimitPerIndex === undefined
        ? 0
        : remaining(failures.count, failures.last, situation.now);
    if (wait > 0) {
      again = Math.min(again ?? Infinity, wait);
      continue;
    }
    const own = {
      ...common,
      generateName: `${name}-${index}-`,
      labels: { ...common.labels, [INDEX_ANNOTATION]: String(index) },
      annotations: {
        ...metadata?.annotations,
        [INDEX_ANNOTATION]: String(index),
        ...(job.spec.backoffLimitPerIndex !== undefined && { [FAILURE_COUNT]: String(failures.count) }),
      },
    };
    const indexed = { ...withIndex(spec), hostname: `${name}-${index}` };
    pods.push(await createOwnedPod(context, job, JOBS, { metadata: own, spec: indexed }));
  }
  return { pods, again };
}

function pendingIndexes({ spec }: Job, { active, counted, missing }: Missing): number[] {
  const taken = new Set(active.map(indexOf));
  const pending: number[] = [];
  for (let index = 0; index < (spec.completions ?? 0) && pending.length < missing; index += 1) {
    if (!taken.has(index) && !counted.succeededIndexes.has(index) && !counted.failedIndexes.has(index)) {
      pending.push(index);
    }
  }
  return pending;
}

function failuresOf(job: Job, pods: Pod[], index: number): { count: number; last: number } {
  const failed = pods.filter(
    (pod) => indexOf(pod) === index && pod.status?.phase === 'Failed' && countsAsFailed(job, pod),
  );
  return { count: failed.length, last: Math.max(-Infinity, ...failed.map((pod) => endOf(pod) ?? 0)) };
}

/** Every container learns its index from the annotation. */
function withIndex(spec: PodSpec): PodSpec {
  const variable = {
    name: 'JOB_COMPLETION_INDEX',
    valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX_ANNOTATION}']` } },
  };
  const add = (container: Container): Container =>
    container.env?.some(({ name }) => name === variable.name)
      ? container
      : { ...container, env: [...(container.env ?? []), variable] };
  return {
    ...spec,
    initContainers: spec.initContainers?.map(add),
    containers: spec.containers?.map(add),
  };
}
