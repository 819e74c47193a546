import { isFinished, type Pod } from './pod.ts';

/**
 * The pods that still matter to what follows. Those that have ended, evicted ones above all, stay for long and mean nothing. Those on their
 * way out do, whatever their phase: kubelets since Kubernetes 1.27 set the final one before they have unmounted the pod's volumes.
 */
export function presentPods(pods: Pod[]): Pod[] {
  return pods.filter((pod) => !isFinished(pod) || isLeaving(pod));
}

/** Deleted, and not gone yet. */
export function isLeaving({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}
