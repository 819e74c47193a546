import { actionSetTimeline } from '../api/kanister/timeline.ts';
import type { ActionSet } from '../api/kanister/types.ts';
import { actionSetReport } from './action-set-report.ts';
import type { KanctlHost } from './host.ts';
import { formatDocument } from './output-format.ts';

/** Prints how an ActionSet ended, as its report or as a document. Returns the exit code: 0 when it is complete, 1 when not. */
export async function printEnd(
  actionSet: ActionSet,
  format: string,
  { stdout, clock }: Pick<KanctlHost, 'stdout' | 'clock'>,
): Promise<number> {
  const timeline = actionSetTimeline(actionSet, clock.now());
  stdout.write(format === '' ? actionSetReport(timeline) : await formatDocument(timeline, format));
  return timeline.state === 'complete' ? 0 : 1;
}
