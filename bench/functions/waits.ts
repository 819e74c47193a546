import { systemClock } from '../../src/kubernetes/clock.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { CONFIG_MAPS } from '../../src/kubernetes/resources.ts';
import { watchActionSets } from '../operator/action-sets.ts';
import type { Place } from '../operator/place.ts';
import { median, quantile } from '../suite.ts';
import type { Row } from '../suite.ts';
import { createActionSet, createBlueprint } from './function-actions.ts';

const CHANGES = 20;
/** Milliseconds after which looks that are not due to a change are seconds apart. */
const PAUSE = 3_000;
/** Milliseconds between two changes. */
const BETWEEN = 150;

/** From the request that makes a condition of WaitV2 true to the ActionSet that is complete, while as many others wait. */
export async function measureWaits(place: Place): Promise<Row[]> {
  const { namespace } = place;
  const objectReference = {
    apiVersion: 'v1',
    resource: 'configmaps',
    name: '{{ .Options.flag }}',
    namespace,
  };
  await createBlueprint(place, 'wait', {
    func: 'WaitV2',
    args: {
      timeout: '5m',
      conditions: { anyOf: [{ condition: '{{ eq .data.ready "yes" }}', objectReference }] },
    },
  });
  const flags = Array.from({ length: CHANGES }, (_, index) => `flag-${index}`);
  const actionSets = await watchActionSets(place);
  try {
    for (const flag of flags) {
      await createFlag(place, flag);
      await createActionSet(place, 'wait', flag, { flag });
    }
    await Promise.all(flags.map((flag) => actionSets.reached(flag, 'running')));
    await systemClock.sleep(PAUSE);
    const times: number[] = [];
    for (const flag of flags) {
      await systemClock.sleep(BETWEEN);
      const start = performance.now();
      await raiseFlag(place, flag);
      times.push((await actionSets.reached(flag, 'complete')) - start);
    }
    const goal = { atMost: 100 };
    return [
      {
        name: `WaitV2, change of its object to complete, median of ${CHANGES}`,
        value: median(times),
        unit: 'ms',
        goal,
      },
      {
        name: 'WaitV2, change of its object to complete, 95th percentile',
        value: quantile(times, 0.95),
        unit: 'ms',
        goal,
      },
    ];
  } finally {
    actionSets.stop();
  }
}

async function createFlag({ client, namespace }: Place, name: string): Promise<void> {
  await client.create<KubernetesObject & { data: object }>(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { ready: 'no' },
  });
}

async function raiseFlag({ client, namespace }: Place, name: string): Promise<void> {
  await client.patch(CONFIG_MAPS, { name, namespace }, { type: 'merge', body: { data: { ready: 'yes' } } });
}
