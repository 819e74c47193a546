import { CANCEL_ANNOTATION, CANCEL_WITHOUT_REASON } from '../api/kanister/cancel.ts';
import { actionSetTimeline } from '../api/kanister/timeline.ts';
import type { ActionSet } from '../api/kanister/types.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import type { KanctlHost } from './host.ts';

export interface CancelRequest {
  /** Empty: none is given. */
  reason: string;
  /** The server checks the request, and changes nothing. */
  dryRun: boolean;
}

/**
 * Asks for an ActionSet to be cancelled. Who asks again changes nothing: the first reason stays. `outcome` tells what has become of
 * the request, as the rest of a sentence about the ActionSet.
 * @throws {ApiError} when there is none of that name, or it may not be changed; {@link FinishedAlready}
 */
export async function requestCancel(
  client: KubernetesClient,
  object: ObjectName,
  { reason, dryRun }: CancelRequest,
  { clock, signal }: Pick<KanctlHost, 'clock' | 'signal'>,
): Promise<{ actionSet: ActionSet; outcome: string }> {
  const found = await client.get<ActionSet>(ACTION_SETS, object, { signal });
  const before = actionSetTimeline(found, clock.now());
  if (before.cancelled) return { actionSet: found, outcome: 'was cancelled already' };
  if (before.finished) throw new FinishedAlready(found);
  if (before.cancelling !== undefined) {
    const given = before.cancelling === CANCEL_WITHOUT_REASON ? '' : `: ${before.cancelling}`;
    return { actionSet: found, outcome: `is being cancelled already${given}` };
  }
  const actionSet = await client.patch<ActionSet>(
    ACTION_SETS,
    object,
    {
      type: 'merge',
      body: {
        metadata: {
          // Another one that has taken the name meanwhile is not what was meant: the server refuses a changed UID.
          uid: found.metadata.uid,
          annotations: { [CANCEL_ANNOTATION]: reason || CANCEL_WITHOUT_REASON },
        },
      },
    },
    { dryRun, signal },
  );
  // It may have come to its end before the request did.
  if (actionSetTimeline(actionSet, clock.now()).finished) throw new FinishedAlready(actionSet);
  return { actionSet, outcome: 'is being cancelled' };
}

/** An ActionSet came to its own end, which can't be undone. */
export class FinishedAlready extends Error {
  readonly hint: string;

  constructor({ metadata: { name, namespace }, status }: ActionSet) {
    const when = status?.completionTime === undefined ? '' : ` at ${status.completionTime}`;
    super(`ActionSet ${namespace}/${name} can't be cancelled any more: it ended as ${status?.state}${when}`);
    this.name = 'FinishedAlready';
    this.hint = `\`kanctl describe actionset ${name} -n ${namespace}\` shows what it has done.`;
  }
}
