import { podPhase } from './pod-phase.ts';
import { hasBegun, type PodStatusInput } from './pod-status-input.ts';
import type { Condition, Container, ContainerStatus, Pod, PodStatus } from './pod.ts';

/** The status that a kubelet writes. */
export function buildPodStatus(input: PodStatusInput): PodStatus {
  const { pod, address, nodeAddress } = input;
  const phase = input.failure ? 'Failed' : podPhase(input);
  return {
    ...observed(pod),
    phase,
    ...input.failure,
    conditions: conditionsOf(input, phase),
    hostIP: nodeAddress,
    hostIPs: [{ ip: nodeAddress }],
    ...(input.prepared && { podIP: address, podIPs: [{ ip: address }] }),
    startTime: input.startTime,
    qosClass: qualityOf(pod),
    ...(input.initContainers.length > 0 && { initContainerStatuses: input.initContainers }),
    containerStatuses: input.containers.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Whether the init container has done its part: sidecars by having started, others by having ended well. */
export const isInitialized = (container: Container, status: ContainerStatus): boolean =>
  container.restartPolicy === 'Always' ? status.started : status.ready;

type Phase = NonNullable<PodStatus['phase']>;

const observed = ({ metadata }: Pod) =>
  metadata?.generation === undefined ? {} : { observedGeneration: metadata.generation };

/** The rules of a kubelet's status/generate.go. */
function conditionsOf(input: PodStatusInput, phase: Phase): Condition[] {
  const { pod, before, now } = input;
  const containersReady = containersReadyOf(input, phase);
  const wanted: Condition[] = [
    { type: 'PodReadyToStartContainers', status: input.prepared && !input.stopped ? 'True' : 'False' },
    initializedOf(input, phase),
    { type: 'Ready', ...(containersReady.status === 'True' ? gatesOf(pod, before) : containersReady) },
    { type: 'ContainersReady', ...containersReady },
    { type: 'PodScheduled', status: 'True' },
  ];
  const own = new Set(wanted.map(({ type }) => type));
  return [
    ...before.filter(({ type }) => !own.has(type)),
    ...wanted.map((condition) => dated({ ...observed(pod), ...condition }, before, now)),
  ];
}

function initializedOf({ pod, initContainers, containers }: PodStatusInput, phase: Phase): Condition {
  const type = 'Initialized';
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  const specs = pod.spec.initContainers ?? [];
  const incomplete = initContainers.filter((status, index) => {
    const spec = specs[index];
    return spec !== undefined && !isInitialized(spec, status);
  });
  if (incomplete.length === 0 || hasBegun(containers)) return { type, status: 'True' };
  const message = `containers with incomplete status: [${names(incomplete)}]`;
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}

type Readiness = Omit<Condition, 'type'>;

function containersReadyOf({ pod, initContainers, containers }: PodStatusInput, phase: Phase): Readiness {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const sidecars = new Set(
    (pod.spec.initContainers ?? [])
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  );
  const counted = [...initContainers.filter(({ name }) => sidecars.has(name)), ...containers];
  const unready = counted.filter(({ ready }) => !ready);
  if (unready.length === 0) return { status: 'True' };
  const message = `containers with unready status: [${names(unready)}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

/** Conditions that somebody else must have set before the pod counts as ready. */
function gatesOf(pod: Pod, conditions: Condition[]): Readiness {
  const missing = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const found = conditions.find(({ type }) => type === conditionType);
    if (found?.status === 'True') return [];
    return found
      ? `the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`
      : `corresponding condition of pod readiness gate "${conditionType}" does not exist.`;
  });
  if (missing.length === 0) return { status: 'True' };
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: missing.join(', ') };
}

function dated(condition: Condition, before: Condition[], now: string): Condition {
  const last = before.find(({ type }) => type === condition.type);
  const changed = last?.status !== condition.status;
  return {
    lastProbeTime: null,
    ...condition,
    lastTransitionTime: changed ? now : (last.lastTransitionTime ?? now),
  };
}

const names = (statuses: ContainerStatus[]) => statuses.map(({ name }) => name).join(' ');

function qualityOf({ spec }: Pod): string {
  const all = [...(spec.initContainers ?? []), ...spec.containers].map(({ resources = {} }) => resources);
  const counts = (map?: Record<string, string>) =>
    map?.['cpu'] !== undefined || map?.['memory'] !== undefined;
  if (all.every(({ limits, requests }) => !counts(limits) && !counts(requests))) return 'BestEffort';
  const guaranteed = all.every(
    ({ limits, requests }) =>
      limits?.['cpu'] !== undefined &&
      limits['memory'] !== undefined &&
      (requests?.['cpu'] ?? limits['cpu']) === limits['cpu'] &&
      (requests?.['memory'] ?? limits['memory']) === limits['memory'],
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
