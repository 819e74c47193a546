import type { ContainerStatus, Pod, PodStatus } from './pod.ts';
import { hasBegun, type PodStatusInput } from './pod-status-input.ts';

/** The rules of a kubelet's getPhase. */
export function podPhase(input: PodStatusInput): NonNullable<PodStatus['phase']> {
  const { pod, containers, stopped } = input;
  const policy = pod.spec.restartPolicy ?? 'Always';
  const init = initialisation(input);
  if (init.failed && policy === 'Never') return 'Failed';
  if (init.pending || containers.some(isNew)) return 'Pending';
  const sidecarRuns = sidecarsOf(input).some(({ state }) => state.running);
  if (sidecarRuns || containers.some(({ state }) => state.running)) return 'Running';
  const ends = containers.map(({ state, lastState }) => state.terminated ?? lastState.terminated);
  const succeeded = ends.every((end) => end?.exitCode === 0);
  if (stopped) return succeeded ? 'Succeeded' : 'Failed';
  if (policy === 'Always') return 'Running';
  if (succeeded) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

const isNew = ({ state, lastState }: ContainerStatus) => state.waiting && !lastState.terminated;

const isSidecar = (pod: Pod, name: string) =>
  pod.spec.initContainers?.some((spec) => spec.name === name && spec.restartPolicy === 'Always') ?? false;

const sidecarsOf = ({ pod, initContainers }: PodStatusInput) =>
  initContainers.filter(({ name }) => isSidecar(pod, name));

function initialisation(input: PodStatusInput): { pending: boolean; failed: boolean } {
  const { pod, initContainers, containers } = input;
  const once = initContainers.filter(({ name }) => !isSidecar(pod, name));
  const failed = once.some(({ state, lastState }) => {
    const end = state.terminated ?? (state.waiting && lastState.terminated);
    return end !== undefined && end.exitCode !== 0;
  });
  const pendingOnce = once.some((status) => status.state.running || isNew(status));
  const pendingSidecar = sidecarsOf(input).some(
    ({ state, lastState, started }) =>
      (state.running && !started) || (state.waiting && !lastState.terminated),
  );
  return { failed, pending: pendingOnce || (pendingSidecar && !hasBegun(containers)) };
}
