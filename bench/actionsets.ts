/** ActionSets of a function that returns at once: what the operator itself costs. API server and operator have a process each. */
import { ACTION_SETS } from '../src/api/kanister/types.ts';
import { requestsOfActionSet } from '../test/support/requests-of-action-set.ts';
import { actionSetOf, createBlueprint, served, watchActionSets } from './operator/action-sets.ts';
import type { WatchedActionSets } from './operator/action-sets.ts';
import { openPlace } from './operator/place.ts';
import type { Place } from './operator/place.ts';
import { startOperator } from './operator/program.ts';
import type { Program } from './operator/program.ts';
import { median } from './suite.ts';
import type { Row, Suite } from './suite.ts';

const ROUNDS = 30;
const MANY = 500;

export const suite: Suite = {
  name: 'actionsets',
  origin: 'Kanister on a real Kubernetes 1.34, with no other load',
  onCluster: true,
  async run(options) {
    const place = await openPlace(options);
    try {
      const operator = startOperator(place.kubeconfig, place.namespace);
      try {
        await operator.said('watching ActionSets');
        return [...(await measure(place, operator)), ...(await countRequests(place, operator))];
      } finally {
        await operator.stop();
      }
    } finally {
      await place.close();
    }
  },
};

async function measure(place: Place, operator: Program): Promise<Row[]> {
  await served(place.client);
  await createBlueprint(place);
  const watched = await watchActionSets(place);
  try {
    const one = await medianTime(place, watched, 'one');
    const five = await medianTime(place, watched, 'five');
    const start = performance.now();
    const names = Array.from({ length: MANY }, (_, index) => `many-${index}`);
    await Promise.all(names.map((name) => createAndWait(place, watched, name, 'one')));
    const seconds = (performance.now() - start) / 1000;
    return [
      {
        name: `create to complete, 1 phase, median of ${ROUNDS}`,
        value: one,
        unit: 'ms',
        goal: { atMost: 30 },
        original: { value: 610, unlimited: 45 },
      },
      {
        name: `create to complete, 5 phases, median of ${ROUNDS}`,
        value: five,
        unit: 'ms',
        goal: { atMost: 70 },
        original: { value: 5_800, unlimited: 100 },
      },
      {
        name: `${MANY} created at once, until all are complete`,
        value: seconds,
        unit: 's',
        goal: { atMost: MANY / 80 },
      },
      {
        name: 'ActionSets completed per second',
        value: MANY / seconds,
        unit: '/s',
        goal: { atLeast: 80 },
        original: { value: 0.4, unlimited: 55 },
      },
      {
        name: 'peak memory of the operator',
        value: await operator.peakMemory(),
        unit: 'MiB',
        goal: { atMost: 150 },
      },
    ];
  } finally {
    watched.stop();
  }
}

async function medianTime(place: Place, watched: WatchedActionSets, action: string): Promise<number> {
  // The first ones compile code and open connections.
  for (let round = 0; round < 5; round += 1) {
    await createAndWait(place, watched, `warm-${action}-${round}`, action);
  }
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    times.push(await createAndWait(place, watched, `${action}-${round}`, action));
  }
  return median(times);
}

/** Milliseconds from the request that creates it to the event that says complete. */
async function createAndWait(
  { client, namespace }: Place,
  watched: WatchedActionSets,
  name: string,
  action: string,
): Promise<number> {
  const start = performance.now();
  await client.create(ACTION_SETS, actionSetOf(namespace, name, action));
  return (await watched.reached(name, 'complete')) - start;
}

/** By an operator in this process: requests are counted where they are sent. */
async function countRequests(place: Place, operator: Program): Promise<Row[]> {
  await operator.stop();
  const [one, five] = [await requestsOfActionSet(place, 1), await requestsOfActionSet(place, 5)];
  return [
    {
      name: 'requests for one of 1 phase, events included',
      value: one.length,
      unit: '',
      goal: { atMost: 9 },
      original: { value: 20 },
    },
    {
      name: 'requests for one of 5 phases, events included',
      value: five.length,
      unit: '',
      goal: { atMost: 21 },
      original: { value: 48 },
    },
  ];
}
