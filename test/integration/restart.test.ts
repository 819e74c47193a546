import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { EVENTS, PODS } from '../../src/kubernetes/resources.ts';
import type { OperatorBed } from '../support/operator-bed.ts';
import { IMAGES } from './images.ts';
import { openTestCluster } from './test-cluster.ts';
import type { TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
let bed: OperatorBed;
beforeAll(async () => {
  cluster = await openTestCluster();
  bed = await cluster.createBed();
}, 120_000);
afterAll(() => cluster.close(), 120_000);

type Event = KubernetesObject & { reason: string; involvedObject: { name: string } };

it(
  'a task goes on while its operator is replaced: the next one adopts its pod',
  { timeout: 120_000 },
  async () => {
    const { namespace } = bed;
    const first = cluster.startOperator(bed, 'same');
    const script = `echo '###Phase-output###: {"key":"pod","value":"'$HOSTNAME'"}'; sleep 4; echo '###Phase-output###: {"key":"done","value":"yes"}'`;
    await bed.createBlueprint('slow', {
      run: {
        kind: '',
        phases: [
          {
            name: 'work',
            func: 'KubeTask',
            args: { namespace, image: IMAGES.shell, command: ['sh', '-c', script] },
          },
        ],
      },
    });
    await bed.createActionSet('slow', {
      blueprint: 'slow',
      object: { kind: 'Namespace', name: namespace, namespace },
    });
    const running = async () => {
      const { items } = await cluster.client.list<KubernetesObject & { status?: { phase?: string } }>(PODS, {
        namespace,
      });
      return items.filter(({ status }) => status?.phase === 'Running');
    };
    for (let tries = 0; (await running()).length === 0; tries++) {
      if (tries > 600) throw new Error('no pod of the task runs');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const [pod] = await running();
    await first.stop();
    cluster.startOperator(bed, 'same');

    const { status } = await bed.actionSet('slow');
    expect(status?.error.message ?? '').toBe('');
    expect(status?.state).toBe('complete');
    expect(status?.actions[0]?.phases?.[0]?.output).toEqual({ pod: pod?.metadata?.name, done: 'yes' });
    const events = await cluster.client.list<Event>(EVENTS, { namespace });
    const started = events.items.filter(({ reason }) => reason === 'Started');
    expect(new Set(started.map(({ involvedObject }) => involvedObject.name))).toEqual(
      new Set([pod?.metadata?.name]),
    );
  },
);

it('of two operators one leads, and the other goes on when it stops', { timeout: 120_000 }, async () => {
  const pair = await cluster.createBed();
  const { namespace } = pair;
  const object = { kind: 'Namespace', name: namespace, namespace };
  const leader = cluster.startOperator(pair, 'one');
  await pair.createBlueprint('quick', {
    run: {
      kind: '',
      phases: [
        { name: 'only', func: 'KubeTask', args: { namespace, image: IMAGES.shell, command: ['true'] } },
      ],
    },
  });
  cluster.startOperator(pair, 'two');
  await pair.createActionSet('before', { blueprint: 'quick', object });
  expect((await pair.actionSet('before')).status?.state).toBe('complete');
  await leader.stop();
  await pair.createActionSet('after', { blueprint: 'quick', object });
  expect((await pair.actionSet('after')).status?.state).toBe('complete');
});
