import { expect } from 'vitest';
import type { ActionSetStatus } from '../../src/api/kanister/types.ts';
import type { Json } from '../../src/kubernetes/objects.ts';
import { NAMESPACES, PODS } from '../../src/kubernetes/resources.ts';
import { acceleratedClock } from '../pods/accelerated-clock.ts';
import type { FunctionCase } from './function-case.ts';
import { expectNoPods, type JobPodFunction, runningPod } from './job-pod-cases.ts';

/** What befalls a pod before it starts, and while it runs. All functions look after their pods by the same code: one stands for all. */
export function podTroubleCases({ phase, containers: [container] }: JobPodFunction): FunctionCase[] {
  const stuck = (
    name: string,
    podOverride: Record<string, Json>,
    reason: RegExp,
    words: RegExp,
  ): FunctionCase => ({
    aspect: 'bad input',
    name: `${name} is not waited for until the pod’s time is over`,
    run: async (world) => {
      // A lease would have to be renewed as many times as often.
      world.startOperator({ clock: acceleratedClock(FACTOR), flags: ['--no-leader-election'] });
      const status = await world.run([phase(world, 'true', { podOverride })]);
      expect(failureOf(status)).toMatchObject({
        reason: 'PodNotReady',
        pod: { reason: expect.stringMatching(reason) },
      });
      expect(status.error.message).toMatch(/given up after [1-9]m/);
      expect(failureOf(status)).toMatchObject({ reason: 'PodNotReady', pod: { reason } });
      expect(status.error.message).toMatch(/Pod did not transition into running state/);
      expect(status.error.message).toMatch(words);
      await expectNoPods(world);
    },
  });
  const inContainer = (fields: Record<string, Json>) => ({ containers: [{ name: container, ...fields }] });
  return [
    stuck(
      'an image that can’t be pulled',
      inContainer({ image: 'localhost/no-such-image:1', imagePullPolicy: 'Always' }),
      // The two take turns.
      /^(?:ErrImagePull|ImagePullBackOff)$/,
      /no-such-image/,
    ),
    stuck(
      'a Secret that is missing',
      inContainer({ envFrom: [{ secretRef: { name: 'no-such-secret' } }] }),
      /^CreateContainerConfigError$/,
      /no-such-secret/,
    ),
    stuck(
      'a pod that no node is meant for',
      { nodeSelector: { 'example.com/no': 'node' } },
      /^Unschedulable$/,
      /node/,
    ),
    {
      aspect: 'bad input',
      name: 'a pod that is evicted in the middle, as by a drain, fails its phase and says so',
      run: async (world) => {
        const name = await world.start([phase(world, 'trap "exit 143" TERM; sleep 600 & wait')]);
        const { metadata } = await runningPod(world);
        const pod = { name: metadata.name ?? '', namespace: metadata.namespace ?? '' };
        const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: pod };
        await world.cluster.client.create(PODS, eviction, { subresource: 'eviction' });
        const status = await world.ended(name);
        expect(['PodFailed', 'OutcomeUnknown']).toContain(failureOf(status)?.reason);
        expect(status.error.message).toMatch(/EvictionByEvictionAPI|exited with code 143|not found/);
        await expectNoPods(world);
      },
    },
    {
      aspect: 'bad input',
      name: 'a namespace that is deleted while the pod runs ends the phase, and says what became of the pod',
      run: async (world) => {
        const namespace = await world.createNamespace();
        const script = 'trap "exit 143" TERM; sleep 600 & wait';
        const name = await world.start([phase(world, script, { namespace })]);
        await world.until('the pod runs', async () => {
          const [pod] = await world.jobPods(namespace);
          return pod?.status?.phase === 'Running' ? true : (pod?.status?.phase ?? 'no pod');
        });
        await world.cluster.client.delete(NAMESPACES, { name: namespace });
        const status = await world.ended(name);
        expect(['PodFailed', 'OutcomeUnknown']).toContain(failureOf(status)?.reason);
        expect(status.error.message).toMatch(/exited with code 143|not found|is being deleted/);
      },
    },
  ];
}

/** Of the operator's time: its minutes of patience pass in seconds. */
const FACTOR = 20;

function failureOf(status: ActionSetStatus) {
  return status.actions[0]?.phases[0]?.failure;
}
