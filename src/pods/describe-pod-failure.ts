import type { Readable } from 'node:stream';
import { Failure } from '../engine/failure.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import type { PodContext } from './follow-pod.ts';
import { createLastLines } from './last-lines.ts';
import { createTextLines } from './text-lines.ts';
import { type ContainerStatus, type Pod, mainContainer } from './pod.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';

/** Milliseconds for the last lines of a log. */
const TAIL_TIMEOUT = 15_000;
/** Asked from the log, so that ten that are not empty remain. */
const TAIL_LINES = 50;

/** Why a pod failed: the container at fault, how it ended, and the last ten lines of its log. */
export async function describePodFailure(context: PodContext, pod: Pod): Promise<Failure> {
  const { name = '', namespace } = pod.metadata;
  const { phase = '', reason = '', message = '' } = pod.status ?? {};
  const culprit = containerAtFault(pod);
  const end = culprit?.state?.terminated;
  const why = end
    ? `container "${culprit.name}" exited with code ${end.exitCode}${parenthesised(end.reason)}${after(end.message)}`
    : `${reason || `its phase is ${phase}`}${after(message)}`;
  const tail = await readTail(
    context,
    { name, ...(namespace !== undefined && { namespace }) },
    culprit?.name ?? mainContainer(pod),
  );
  const lines = tail === '' ? '' : `, its last lines:\n${tail}`;
  return new Failure(
    'PodFailed',
    'Pod failed to complete in time: Pod failed or did not transition into complete state: Pod failed: ' +
      why +
      lines,
    {
      pod: {
        name,
        phase,
        ...((end?.reason || reason) && { reason: end?.reason || reason }),
        ...(end && { exitCode: end.exitCode }),
        ...(tail !== '' && { logTail: tail }),
      },
      ...present(hintFor(end?.reason ?? reason, end?.exitCode)),
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

async function readTail(context: PodContext, pod: ObjectName, container: string): Promise<string> {
  const { kubernetes, clock, signal, log } = context;
  const late = new AbortController();
  const stop = AbortSignal.any([signal, late.signal]);
  clock
    .sleep(TAIL_TIMEOUT, stop)
    .then(() => late.abort(new Error('the log did not come in time')))
    .catch(() => undefined); // the log came, or the phase is to end
  try {
    const stream: Readable = await kubernetes.log(pod, { container, tailLines: TAIL_LINES, signal: stop });
    const last = createLastLines();
    const lines = createTextLines(last.add);
    for await (const chunk of stream as AsyncIterable<Uint8Array>) lines.write(chunk);
    lines.end();
    return last.lines.join('\n');
  } catch (error) {
    signal.throwIfAborted();
    // The exit code is told without it; a container that never started has no log.
    log.debug({ error: String(error) }, 'Failed to fetch logs from the pod');
    return '';
  } finally {
    late.abort(WORK_ENDED);
  }
}

/** Absent where only the log can tell: the engine knows what to do about some of what stands there. */
function hintFor(reason: string, exitCode: number | undefined): string | undefined {
  if (reason === 'OOMKilled') {
    return 'The container ran out of memory: raise its memory limit in podOverride.';
  }
  if (reason === 'Evicted')
    return 'The node ran short of resources: set requests in podOverride, then run the action again.';
  if (reason === 'Preempting' || reason === 'Preempted')
    return 'A pod of a higher priority took its place: give it a priorityClassName in podOverride, then run the action again.';
  if (reason === 'NodeLost' || reason === 'NodeShutdown' || reason === 'Shutdown' || reason === 'Terminated')
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
