import type { Condition, ContainerStatus, Pod } from './pod.ts';

/** What a pod's status is made of. */
export interface PodStatusInput {
  pod: Pod;
  /** In the order of the spec. */
  initContainers: ContainerStatus[];
  containers: ContainerStatus[];
  /** Volumes and address are there. */
  prepared: boolean;
  /** Nothing of the pod runs any more, nor will. */
  stopped: boolean;
  address: string;
  nodeAddress: string;
  startTime: string;
  now: string;
  /** Conditions that are published already: what did not change keeps its time; those of others are kept. */
  before: Condition[];
  /** Set when the node ended the pod itself. */
  failure?: { reason: string; message: string } | undefined;
}

/** A pod whose containers have run once has been initialised, even while its sidecars start anew. */
export const hasBegun = (containers: ContainerStatus[]): boolean =>
  containers.some(({ state, lastState }) => state.running || state.terminated || lastState.terminated);
