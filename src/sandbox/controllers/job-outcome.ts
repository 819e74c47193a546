import type { Job } from './batch-kinds.ts';
import type { Counted } from './job.ts';
import { parseIndexes } from './job-indexes.ts';
import type { Pod } from './kinds.ts';
import { matchFailurePolicy } from './pod-failure-policy.ts';

/** Why a Job ends. Its pods are removed and counted before it is Complete or Failed. */
export interface Outcome {
  type: 'SuccessCriteriaMet' | 'FailureTarget';
  reason: string;
  message: string;
}

export function failureOf(
  job: Job,
  pods: Pod[],
  counted: Counted,
  startTime: string | undefined,
  now: Date,
): Outcome | undefined {
  const fails = (reason: string, message: string): Outcome => ({ type: 'FailureTarget', reason, message });
  const { backoffLimit, backoffLimitPerIndex, maxFailedIndexes, activeDeadlineSeconds, suspend } = job.spec;
  for (const pod of pods.filter(({ status }) => status?.phase === 'Failed')) {
    const match = matchFailurePolicy(job, pod);
    if (match?.action === 'FailJob') return fails('PodFailurePolicy', match.message);
  }
  if (counted.failed > backoffLimit || restartsOver(job, pods)) {
    return fails('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const late =
    activeDeadlineSeconds !== undefined &&
    !suspend &&
    startTime !== undefined &&
    now.getTime() >= Date.parse(startTime) + activeDeadlineSeconds * 1000;
  if (late) return fails('DeadlineExceeded', 'Job was active longer than specified deadline');
  if (job.spec.completionMode !== 'Indexed' || backoffLimitPerIndex === undefined) return undefined;
  if (maxFailedIndexes !== undefined && counted.failedIndexes.size > maxFailedIndexes) {
    const message = 'Job has exceeded the specified maximal number of failed indexes';
    return fails('MaxFailedIndexesExceeded', message);
  }
  const done = counted.failedIndexes.size + counted.succeededIndexes.size >= (job.spec.completions ?? 0);
  return counted.failedIndexes.size > 0 && done
    ? fails('FailedIndexes', 'Job has failed indexes')
    : undefined;
}

/** Containers that are started again in place count too. */
function restartsOver({ spec }: Job, pods: Pod[]): boolean {
  if (spec.template.spec.restartPolicy !== 'OnFailure') return false;
  const restarts = pods
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])])
    .reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  return spec.backoffLimit === 0 ? restarts > 0 : restarts >= spec.backoffLimit;
}

/** The first rule of a successPolicy that is met. */
export function successOf({ spec }: Job, { succeededIndexes }: Counted): Outcome | undefined {
  if (spec.completionMode !== 'Indexed') return undefined;
  for (const [index, rule] of (spec.successPolicy?.rules ?? []).entries()) {
    const wanted = rule.succeededIndexes === undefined ? undefined : parseIndexes(rule.succeededIndexes);
    const found = wanted ? wanted.intersection(succeededIndexes).size : succeededIndexes.size;
    if (found < (rule.succeededCount ?? wanted?.size ?? Infinity)) continue;
    return {
      type: 'SuccessCriteriaMet',
      reason: 'SuccessPolicy',
      message: `Matched rules at index ${index}`,
    };
  }
  return undefined;
}
