import { actionSetTimeline } from '../api/kanister/timeline.ts';
import type { ActionSet } from '../api/kanister/types.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import { actionSetChanges } from './action-set-changes.ts';
import { actionSetProgressLine, actionSetReport } from './action-set-report.ts';
import type { KanctlHost } from './host.ts';
import { progressLine } from './progress-line.ts';

/** Shows an ActionSet until it has finished, then its report. Resolves to 0 when it is complete, 1 when it failed. */
export async function followActionSet(
  client: KubernetesClient,
  object: ObjectName,
  host: KanctlHost,
): Promise<number> {
  const { clock } = host;
  const line = progressLine(host);
  let last: ActionSet | undefined;
  try {
    for await (const actionSet of actionSetChanges(client, object, host, (trouble) => line.note(trouble))) {
      last = actionSet;
      const describe = () => actionSetProgressLine(actionSetTimeline(actionSet, clock.now()));
      // Without the time that goes by: a change is what the ActionSet says.
      const { elapsed: _elapsed, ...timeline } = actionSetTimeline(actionSet, clock.now());
      line.show(describe, actionSetProgressLine(timeline));
    }
  } finally {
    await line.close();
  }
  if (!last) throw new Error('the ActionSet was never seen');
  const timeline = actionSetTimeline(last, clock.now());
  host.stdout.write(actionSetReport(timeline));
  return timeline.state === 'complete' ? 0 : 1;
}
