import { systemClock } from '../../src/kubernetes/clock.ts';
import { PODS } from '../../src/kubernetes/resources.ts';
import type { Pod } from '../../src/pods/pod.ts';
import { watchActionSets } from '../operator/action-sets.ts';
import type { Place } from '../operator/place.ts';
import type { Program } from '../operator/program.ts';
import { median } from '../suite.ts';
import type { Row } from '../suite.ts';
import { createActionSet, createBlueprint } from './function-actions.ts';
import { watchPods } from './watched-pods.ts';

const ROUNDS = 10;
const WARM_UPS = 3;
const MANY = 50;
/** Milliseconds after which nothing of what ran before is left to be done. */
const PAUSE = 500;

const CONTAINER = { image: 'busybox:1.36', command: ['true'] };

/** KubeTasks of a command that ends at once, beside bare pods that run the same: what is more is the function's own. */
export async function measureKubeTasks(place: Place, operator: Program): Promise<Row[]> {
  await createBlueprint(place, 'task', {
    func: 'KubeTask',
    args: { ...CONTAINER, namespace: place.namespace },
  });
  const pods = await watchPods(place);
  const actionSets = await watchActionSets(place);
  const runPod = async (name: string) => {
    const start = performance.now();
    await createPod(place, name);
    return (await pods.reached(name, 'Succeeded')) - start;
  };
  const runTask = async (name: string) => {
    const start = performance.now();
    await createActionSet(place, 'task', name);
    return (await actionSets.reached(name, 'complete')) - start;
  };
  try {
    // In turns, so that both see the same machine.
    const [podTimes, taskTimes]: [number[], number[]] = [[], []];
    for (let round = -WARM_UPS; round < ROUNDS; round += 1) {
      const pod = await inPeace(() => runPod(`pod-${round + WARM_UPS}`));
      const task = await inPeace(() => runTask(`task-${round + WARM_UPS}`));
      if (round < 0) continue;
      podTimes.push(pod);
      taskTimes.push(task);
    }
    const manyPods = await secondsOf(MANY, (index) => runPod(`many-pods-${index}`));
    const manyTasks = await secondsOf(MANY, (index) => runTask(`many-tasks-${index}`));
    return [
      {
        name: `a pod by itself, created to Succeeded, median of ${ROUNDS}`,
        value: median(podTimes),
        unit: 'ms',
      },
      { name: 'KubeTask of the same command, created to complete', value: median(taskTimes), unit: 'ms' },
      {
        name: 'KubeTask beyond the pod by itself',
        value: median(taskTimes) - median(podTimes),
        unit: 'ms',
        goal: { atMost: 150 },
      },
      { name: `${MANY} pods by themselves, created at once`, value: manyPods, unit: 's' },
      { name: `${MANY} KubeTasks, created at once`, value: manyTasks, unit: 's' },
      {
        name: 'peak memory of the operator',
        value: await operator.peakMemory(),
        unit: 'MiB',
        goal: { atMost: 150 },
      },
    ];
  } finally {
    actionSets.stop();
    pods.stop();
  }
}

async function inPeace(run: () => Promise<number>): Promise<number> {
  await systemClock.sleep(PAUSE);
  return run();
}

async function secondsOf(count: number, run: (index: number) => Promise<unknown>): Promise<number> {
  await systemClock.sleep(PAUSE);
  const start = performance.now();
  await Promise.all(Array.from({ length: count }, (_, index) => run(index)));
  return (performance.now() - start) / 1000;
}

async function createPod({ client, namespace }: Place, name: string): Promise<void> {
  await client.create<Pod>(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { restartPolicy: 'Never', containers: [{ name: 'container', ...CONTAINER }] },
  });
}
