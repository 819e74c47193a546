import type { Condition, Container, ContainerStatus, Pod, PodStatus } from './pod.ts';

export interface PodStatusInput {
  pod: Pod;
  /** In the order of the spec. */
  initContainers: ContainerStatus[];
  containers: ContainerStatus[];
  /** Volumes and address are there. */
  prepared: boolean;
  address: string;
  nodeAddress: string;
  startTime: string;
  now: string;
  /** Conditions that are published already: what did not change keeps its time. */
  before: Condition[];
  /** Set when the node ended the pod itself. */
  failure?: { reason: string; message: string } | undefined;
}

/** The status that a kubelet writes. */
export function buildPodStatus(input: PodStatusInput): PodStatus {
  const { pod, address, nodeAddress } = input;
  const phase = input.failure ? 'Failed' : phaseOf(input);
  return {
    phase,
    ...input.failure,
    conditions: conditionsOf(input, phase),
    hostIP: nodeAddress,
    hostIPs: [{ ip: nodeAddress }],
    ...(input.prepared && { podIP: address, podIPs: [{ ip: address }] }),
    startTime: input.startTime,
    qosClass: qualityOf(pod),
    ...(input.initContainers.length > 0 && { initContainerStatuses: input.initContainers }),
    containerStatuses: input.containers,
  };
}

/** Whether the init container has done its part: sidecars by having started, others by having ended well. */
export const isInitialized = (container: Container, status: ContainerStatus): boolean =>
  container.restartPolicy === 'Always' ? status.started : status.state.terminated?.exitCode === 0;

type Phase = NonNullable<PodStatus['phase']>;

/** The rules of a kubelet's getPhase. */
function phaseOf({ pod, initContainers, containers }: PodStatusInput): Phase {
  const policy = pod.spec.restartPolicy ?? 'Always';
  const specs = pod.spec.initContainers ?? [];
  const waitingInit = specs.findIndex((spec, index) => {
    const status = initContainers[index];
    return !status || !isInitialized(spec, status);
  });
  const mainStarted = containers.some(
    ({ state, lastState }) => state.running || state.terminated || lastState.terminated,
  );
  if (waitingInit !== -1 && !mainStarted) {
    const failed = initContainers[waitingInit]?.state.terminated;
    return failed && failed.exitCode !== 0 && policy === 'Never' ? 'Failed' : 'Pending';
  }
  if (containers.some(({ state, lastState }) => state.waiting && !lastState.terminated)) return 'Pending';
  if (containers.some(({ state }) => state.running) || policy === 'Always') return 'Running';
  const codes = containers.map(
    ({ state, lastState }) => (state.terminated ?? lastState.terminated)?.exitCode,
  );
  if (codes.every((code) => code === 0)) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

function conditionsOf(input: PodStatusInput, phase: Phase): Condition[] {
  const { pod, initContainers, containers, before, now } = input;
  const ended = phase === 'Succeeded' || phase === 'Failed';
  const completed = { reason: phase === 'Failed' ? 'PodFailed' : 'PodCompleted' };
  const specs = pod.spec.initContainers ?? [];
  const incomplete = initContainers.filter((status, index) => {
    const spec = specs[index];
    return spec !== undefined && !isInitialized(spec, status);
  });
  const unready = containers.filter(({ ready }) => !ready);
  const initialized = ended || incomplete.length === 0;
  const ready = !ended && unready.length === 0;
  const notReady = ended
    ? completed
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${names(unready)}]` };
  const wanted: Condition[] = [
    { type: 'PodReadyToStartContainers', status: input.prepared && !ended ? 'True' : 'False' },
    {
      type: 'Initialized',
      status: initialized ? 'True' : 'False',
      ...(ended && completed),
      ...(!initialized && {
        reason: 'ContainersNotInitialized',
        message: `containers with incomplete status: [${names(incomplete)}]`,
      }),
    },
    { type: 'Ready', status: ready ? 'True' : 'False', ...(!ready && notReady) },
    { type: 'ContainersReady', status: ready ? 'True' : 'False', ...(!ready && notReady) },
    { type: 'PodScheduled', status: 'True' },
  ];
  const own = new Set(wanted.map(({ type }) => type));
  return [
    ...before.filter(({ type }) => !own.has(type)),
    ...wanted.map((condition) => dated(condition, before, now)),
  ];
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
  const has = (map?: Record<string, string>) => Object.keys(map ?? {}).length > 0;
  if (all.every(({ limits, requests }) => !has(limits) && !has(requests))) return 'BestEffort';
  const guaranteed = all.every(
    ({ limits, requests }) =>
      limits?.['cpu'] !== undefined &&
      limits['memory'] !== undefined &&
      (requests?.['cpu'] ?? limits['cpu']) === limits['cpu'] &&
      (requests?.['memory'] ?? limits['memory']) === limits['memory'],
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
