import { messageWithoutOutputs } from '../api/termination-message.ts';
import { Failure } from '../engine/failure.ts';
import type { PodContext } from './follow-pod.ts';
import { type ContainerStatus, containerStatus, type Pod, mainContainer, nameOf, podTrouble } from './pod.ts';
import { readLogTail } from './read-log-tail.ts';

/** Why a pod failed: the container at fault, how it ended, and the last ten lines of its log. */
export async function describePodFailure(context: PodContext, pod: Pod): Promise<Failure> {
  const { name } = nameOf(pod);
  const { phase = '' } = pod.status ?? {};
  const { reason = '', message = '' } = podTrouble(pod.status);
  const culprit = containerAtFault(pod);
  const end = culprit?.state?.terminated;
  const why = [
    ...(reason ? [`${reason}${after(message)}`] : []),
    ...(end
      ? [
          `container "${culprit.name}" exited with code ${end.exitCode}${parenthesised(end.reason)}${after(end.message && messageWithoutOutputs(end.message))}`,
        ]
      : []),
  ];
  const tail = await readLogTail(context, nameOf(pod), culprit?.name ?? mainContainer(pod));
  const lines = (tail && `, its last lines:\n${tail}`) + (await mainTail(context, pod, culprit?.name));
  return new Failure(
    'PodFailed',
    'Pod failed to complete in time: Pod failed or did not transition into complete state: Pod failed: ' +
      (why.join(', ') || `its phase is ${phase}${after(message)}`) +
      lines,
    {
      pod: {
        name,
        phase,
        ...((reason || end?.reason) && { reason: reason || end?.reason }),
        ...(end && { exitCode: end.exitCode }),
        ...(tail !== '' && { logTail: tail }),
      },
      ...present(hintFor(reason) ?? hintFor(end?.reason ?? '', end?.exitCode)),
    },
  );
}

/** The main container if it failed; else another one, or an init container, whose exit code would otherwise be lost. */
function containerAtFault(pod: Pod): ContainerStatus | undefined {
  const main = mainContainer(pod);
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const failed = [...containerStatuses, ...initContainerStatuses].filter(
    (status) => (status.state?.terminated?.exitCode ?? 0) !== 0,
  );
  return failed.find(({ name }) => name === main) ?? failed[0];
}

/** What the main container printed, where another one is at fault: it may have waited for that one, or complained about it. */
async function mainTail(context: PodContext, pod: Pod, culprit: string | undefined): Promise<string> {
  const main = mainContainer(pod);
  const state = containerStatus(pod, main)?.state;
  if (culprit === undefined || culprit === main || !(state?.terminated ?? state?.running)) return '';
  const tail = await readLogTail(context, nameOf(pod), main);
  return tail && `; the last lines of container "${main}":\n${tail}`;
}

/** Absent where only the log can tell: the engine knows what to do about some of what stands there. */
function hintFor(reason: string, exitCode?: number): string | undefined {
  if (reason === 'OOMKilled') {
    return 'The container ran out of memory: raise its memory limit in podOverride.';
  }
  if (reason === 'Evicted')
    return 'The node ran short of resources: set requests in podOverride, then run the action again.';
  if (reason === 'EvictionByEvictionAPI')
    return 'The pod was evicted, as when its node is drained: run the action again, or give the pods of such work a PodDisruptionBudget.';
  if (reason === 'DeletionByTaintManager')
    return 'The node has a taint that the pod does not tolerate: give it a toleration in podOverride, then run the action again.';
  if (reason === 'Preempting' || reason === 'Preempted' || reason === 'PreemptionByScheduler')
    return 'A pod of a higher priority took its place: give it a priorityClassName in podOverride, then run the action again.';
  if (
    reason === 'NodeLost' ||
    reason === 'NodeShutdown' ||
    reason === 'Shutdown' ||
    reason === 'Terminated' ||
    reason === 'DeletionByPodGC'
  )
    return 'The node went away under the pod: check what it has done, then run the action again.';
  if (reason === 'DeadlineExceeded') {
    return 'The pod reached activeDeadlineSeconds of podOverride: raise it, or find out why the command takes so long.';
  }
  if (reason === 'StartError' || reason === 'ContainerCannotRun' || exitCode === 127 || exitCode === 128) {
    return 'Check that the command exists in the image: it is run as it is, without a shell.';
  }
  if (exitCode === 126)
    return 'The command is there but may not be run: check its rights in the image, and that it is a program.';
  if (exitCode === 137) {
    return 'The container was killed (by a lack of memory of the node, a probe or a person): look at the events of its pod.';
  }
  if (exitCode === 139) return 'The command crashed: use another version of it.';
  if (exitCode === 143) return 'The container was told to stop: look at the events of its pod for who did.';
  return undefined;
}

function present(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint };
}

function parenthesised(text: string | undefined): string {
  return text ? ` (${text})` : '';
}

function after(text: string | undefined): string {
  return text ? `: ${text.trim()}` : '';
}
