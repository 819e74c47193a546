import { ACTION_SETS } from '../../../src/api/kanister/types.ts';
import type { ActionSet } from '../../../src/api/kanister/types.ts';
import type { KubernetesObject } from '../../../src/kubernetes/objects.ts';
import { EVENTS } from '../../../src/kubernetes/resources.ts';
import type { Remains, ToldEvent } from './judge.ts';
import type { Lives } from './lives.ts';
import type { Witness } from './witness.ts';
import type { Site, Work } from './works.ts';
import type { Workplace } from './workplace.ts';

/** Milliseconds about a terminal write in which the death of a process may take the news of it. */
export const NEWS = 2_000;

/** What is there when all operators are gone. */
export async function remainsOf(
  workplace: Workplace,
  site: Site,
  todo: Work[],
  { witness, lives }: { witness: Witness; lives: Lives },
): Promise<Remains[]> {
  const { client } = workplace.cluster;
  const { namespace } = site;
  const ledger = await workplace.readLedger(site);
  const marks = ledger.map((line) => line.split(' ').slice(0, 2).join(' '));
  const { items: events } = await client.list<Event>(EVENTS, { namespace });
  return Promise.all(
    todo.map(async (work): Promise<Remains> => {
      const actionSet = await client.get<ActionSet>(ACTION_SETS, { name: work.name, namespace });
      const uid = actionSet.metadata.uid ?? '';
      const end = witness.ends.get(work.name)?.at ?? Number.POSITIVE_INFINITY;
      return {
        work,
        actionSet,
        marks: marks.filter((mark) => mark.split(' ')[1]?.startsWith(`${work.name}/`)),
        pods: witness.pods.get(uid)?.size ?? 0,
        events: events.filter(({ involvedObject }) => involvedObject.uid === uid),
        wasChangedAfterEnd: witness.changedAfterEnd.includes(work.name),
        wasKilledAtEnd: [...lives.kills, ...lives.pauses, ...lives.losses].some(
          (death) => Math.abs(death - end) < NEWS,
        ),
      };
    }),
  );
}

type Event = KubernetesObject & ToldEvent & { involvedObject: { kind: string; uid: string } };
