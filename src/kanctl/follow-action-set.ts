import { actionSetTimeline } from '../api/kanister/timeline.ts';
import type { ActionSet } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import { actionSetChanges } from './action-set-changes.ts';
import { actionSetProgressLine } from './action-set-report.ts';
import type { KanctlHost } from './host.ts';
import { progressLine } from './progress-line.ts';

/** An operator that runs takes an ActionSet up at once; milliseconds. */
const TAKEN_UP_WITHIN = 15_000;

/** Shows how far an ActionSet is, until it has finished. Resolves to it, as it ended. */
export async function followActionSet(
  client: KubernetesClient,
  object: ObjectName,
  host: Pick<KanctlHost, 'clock' | 'random' | 'signal' | 'stderr'>,
): Promise<ActionSet> {
  const { clock } = host;
  const line = progressLine(host);
  const takenUp = new AbortController();
  const reminder = clock.sleep(TAKEN_UP_WITHIN, takenUp.signal).then(
    () => line.note(noOperator(object)),
    () => undefined, // it was taken up, or is not followed any more
  );
  let last: ActionSet | undefined;
  try {
    for await (const actionSet of actionSetChanges(client, object, host, (trouble) => line.note(trouble))) {
      last = actionSet;
      if (actionSet.status?.state) takenUp.abort();
      const describe = () => actionSetProgressLine(actionSetTimeline(actionSet, clock.now()));
      // Without the time that goes by and the bytes that flow, which are no change in themselves.
      const {
        elapsed: _elapsed,
        transfer: _transfer,
        ...timeline
      } = actionSetTimeline(actionSet, clock.now());
      line.show(describe, actionSetProgressLine(timeline));
    }
  } finally {
    takenUp.abort();
    await reminder;
    await line.close();
  }
  if (!last) throw new Error('the ActionSet was never seen');
  return last;
}

const noOperator = ({ namespace = 'default', name }: ObjectName) =>
  `No operator has taken up ActionSet ${namespace}/${name} for ${TAKEN_UP_WITHIN / 1000} s: ` +
  `check that one runs, and that it watches namespace ${namespace}. Still waiting.`;
