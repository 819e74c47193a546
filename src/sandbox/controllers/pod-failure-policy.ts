import type { Job, PodFailureRule } from './batch-kinds.ts';
import { nameOf } from './kinds.ts';
import type { ContainerStatus, Pod } from './kinds.ts';

export interface FailureMatch {
  action: PodFailureRule['action'];
  /** Why the Job fails, where the action is FailJob. */
  message: string;
}

/** The first rule of a Job's podFailurePolicy that holds for a failed pod. */
export function matchFailurePolicy({ spec }: Job, pod: Pod): FailureMatch | undefined {
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const { namespace, name } = nameOf(pod);
    const container = rule.onExitCodes && failedContainer(pod, rule.onExitCodes);
    if (container) {
      const code = container.state?.terminated?.exitCode ?? 0;
      const message = `Container ${container.name ?? ''} for pod ${namespace}/${name} failed with exit code ${code} matching ${rule.action} rule at index ${index}`;
      return { action: rule.action, message };
    }
    const condition = rule.onPodConditions?.find(({ type, status = 'True' }) =>
      pod.status?.conditions?.some((held) => held.type === type && held.status === status),
    );
    if (condition) {
      const message = `Pod ${namespace}/${name} has condition ${condition.type} matching ${rule.action} rule at index ${index}`;
      return { action: rule.action, message };
    }
  }
  return undefined;
}

/** Whether a failed pod counts towards the back-off limit. */
export function countsAsFailed(job: Job, pod: Pod): boolean {
  return matchFailurePolicy(job, pod)?.action !== 'Ignore';
}

function failedContainer(
  { status }: Pod,
  { containerName, operator, values }: NonNullable<PodFailureRule['onExitCodes']>,
): ContainerStatus | undefined {
  return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
    ({ name, state }) => {
      const code = state?.terminated?.exitCode;
      if (code === undefined || code === 0) return false;
      if (containerName !== undefined && containerName !== name) return false;
      return values.includes(code) === (operator === 'In');
    },
  );
}
