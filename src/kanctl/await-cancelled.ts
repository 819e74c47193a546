import { actionSetTimeline } from '../api/kanister/timeline.ts';
import type { ActionSet } from '../api/kanister/types.ts';
import { parseDuration } from '../gotemplate/duration.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import { followActionSet } from './follow-action-set.ts';
import type { KanctlHost } from './host.ts';
import { FinishedAlready } from './request-cancel.ts';

/**
 * Follows an ActionSet that is being cancelled to its end. `timeout` is a Go duration, or empty for none.
 * @throws {FinishedAlready} when it ended in another way, {StillCancelling} when the time was up before
 */
export async function awaitCancelled(
  client: KubernetesClient,
  object: ObjectName,
  timeout: string,
  host: KanctlHost,
): Promise<ActionSet> {
  const { clock } = host;
  const late = new AbortController();
  const settled = new AbortController();
  if (timeout !== '') {
    clock.sleep(Number(parseDuration(timeout) / 1_000_000n), settled.signal).then(
      () => late.abort(new StillCancelling(object, timeout)),
      () => undefined, // it ended before
    );
  }
  try {
    const signal = AbortSignal.any([host.signal, late.signal]);
    const ended = await followActionSet(client, object, { ...host, signal });
    if (actionSetTimeline(ended, clock.now()).cancelled) return ended;
    throw new FinishedAlready(ended);
  } finally {
    settled.abort();
  }
}

/** The time that was given for waiting is over; the operator goes on all the same. */
class StillCancelling extends Error {
  readonly hint: string;

  constructor({ name, namespace = 'default' }: ObjectName, timeout: string) {
    super(`ActionSet ${namespace}/${name} has not ended within ${timeout}; it is still being cancelled`);
    this.name = 'StillCancelling';
    this.hint = `\`kanctl watch actionset ${name} -n ${namespace}\` waits on.`;
  }
}
