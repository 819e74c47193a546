import { outputsOfMessage } from '../api/termination-message.ts';
import { containerStatus, type Pod } from './pod.ts';

/**
 * The phase outputs that `kando output` has put into the termination message of a container that has ended; undefined where it has put none
 * there, or perhaps not all.
 */
export function terminationOutputs(pod: Pod, container: string): Record<string, string> | undefined {
  const { state, restartCount = 0 } = containerStatus(pod, container) ?? {};
  // Each start has a message of its own, and the earlier ones are gone.
  if (restartCount > 0) return undefined;
  const { containers, initContainers = [] } = pod.spec;
  return outputsOfMessage(state?.terminated?.message ?? '', containers.length + initContainers.length);
}
