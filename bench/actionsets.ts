/** ActionSets of a function that returns at once: what the operator itself costs. API server and operator have a process each. */
import { ACTION_SETS } from '../src/api/kanister/types.ts';
import { systemClock } from '../src/kubernetes/clock.ts';
import { actionSetOf, createBlueprint, served, watchActionSets } from './operator/action-sets.ts';
import type { WatchedActionSets } from './operator/action-sets.ts';
import { recordRequests, replay } from './operator/bare-requests.ts';
import type { Recording } from './operator/bare-requests.ts';
import { openPlace } from './operator/place.ts';
import type { Place } from './operator/place.ts';
import { startOperator } from './operator/program.ts';
import type { Program } from './operator/program.ts';
import { median } from './suite.ts';
import type { Row, Suite } from './suite.ts';

const ROUNDS = 30;
const MANY = 500;
/** Milliseconds after which nothing of an ActionSet before is left to be told. */
const PAUSE = 250;

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
        const rows = await measure(place, operator);
        await operator.stop();
        const recordings = [await recordRequests(place, 1), await recordRequests(place, 5)] as const;
        return [...rows, ...countRequests(...recordings), ...(await measureServer(place, ...recordings))];
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
    await systemClock.sleep(PAUSE);
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

function countRequests(one: Recording, five: Recording): Row[] {
  return [
    {
      name: 'requests for one of 1 phase, events included',
      value: one.requests.length,
      unit: '',
      goal: { atMost: 9 },
      original: { value: 20 },
    },
    {
      name: 'requests for one of 5 phases, events included',
      value: five.requests.length,
      unit: '',
      goal: { atMost: 21 },
      original: { value: 48 },
    },
  ];
}

/** What of these times is the API server's: no operator could be faster on this machine. */
async function measureServer(place: Place, one: Recording, five: Recording): Promise<Row[]> {
  const medianOf = async (recording: Recording, kind: string) => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await systemClock.sleep(PAUSE);
      times.push(await replay(place, `bare-${kind}-${round}`, recording));
    }
    return median(times);
  };
  const [lone, fives] = [await medianOf(one, 'one'), await medianOf(five, 'five')];
  const start = performance.now();
  await Promise.all(Array.from({ length: MANY }, (_, index) => replay(place, `bare-${index}`, one)));
  const seconds = (performance.now() - start) / 1000;
  return [
    { name: 'the requests alone, 1 phase', value: lone, unit: 'ms' },
    { name: 'the requests alone, 5 phases', value: fives, unit: 'ms' },
    { name: `the requests alone, of ${MANY} at once`, value: MANY / seconds, unit: '/s' },
  ];
}
