import { messageOf } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { isNotFound } from '../kubernetes/api-error.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import { PODS } from '../kubernetes/resources.ts';
import { type Pod, podTrouble } from './pod.ts';

/** Milliseconds: the answer is an addition to what is known already. */
const PATIENCE = 5_000;

/**
 * What has happened to a pod in which a command was cut off or killed, in words; absent when nothing is known against it, or when the
 * role does not grant `get pods`, which commands in pods do not need otherwise.
 */
export async function podFate(
  { kubernetes, signal, log }: Pick<FunctionContext, 'kubernetes' | 'signal' | 'log'>,
  pod: ObjectName,
  container: string,
): Promise<string | undefined> {
  try {
    return fateOf(await kubernetes.get<Pod>(PODS, pod, { signal, timeout: PATIENCE }), container);
  } catch (error) {
    signal.throwIfAborted();
    if (isNotFound(error)) return 'the pod is gone';
    log.debug({ error: messageOf(error) }, `What became of pod ${pod.name} is not known`);
    return undefined;
  }
}

function fateOf({ metadata, status = {} }: Pod, container: string): string | undefined {
  const { phase, containerStatuses = [] } = status;
  const { reason, message } = podTrouble(status);
  const why = [reason, message].filter(Boolean);
  const because = why.length === 0 ? '' : `: ${why.join(': ')}`;
  if (metadata.deletionTimestamp !== undefined) return `the pod is being deleted${because}`;
  if (phase === 'Failed') return `the pod has failed${because}`;
  const own = containerStatuses.find(({ name }) => name === container) ?? containerStatuses[0];
  const ended = own?.state?.terminated ?? (own?.state?.waiting ? own.lastState?.terminated : undefined);
  if (own === undefined || ended === undefined) return undefined;
  return `container "${own.name}" has ended with code ${ended.exitCode}${ended.reason ? ` (${ended.reason})` : ''}`;
}
