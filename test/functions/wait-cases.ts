import { expect } from 'vitest';
import type { ActionSetStatus, BlueprintPhase } from '../../src/api/kanister/types.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import type { JsonObject, KubernetesObject } from '../../src/kubernetes/objects.ts';
import { CONFIG_MAPS, NAMESPACES } from '../../src/kubernetes/resources.ts';
import { clientOfReader } from './client-of-reader.ts';
import type { FunctionCase } from './function-case.ts';
import type { FunctionWorld } from './function-world.ts';

export interface WaitLanguage {
  func: 'Wait' | 'WaitV2';
  /** Holds for a ConfigMap whose `data.ready` is `yes`. */
  ready: string;
  /** Holds for a Deployment all of whose replicas are available. */
  available: string;
  /** Parses in no case, and what is said to it. */
  broken: { condition: string; why: string };
}

const TIMED_OUT =
  'Failed to wait for the condition to be met: Context done while polling: context deadline exceeded';

/** What Wait and WaitV2 have in common, which is all but the language of their conditions. */
export function waitCases({ func, ready, available, broken }: WaitLanguage): FunctionCase[] {
  const phase = (conditions: JsonObject, timeout = '60s'): BlueprintPhase[] => [
    { name: 'wait', func, args: { timeout, conditions } },
  ];
  const flag = (name: string, namespace = '{{ .Namespace.Name }}') => ({
    condition: ready,
    objectReference: { apiVersion: 'v1', resource: 'configmaps', name, namespace },
  });
  const failureOf = (status: ActionSetStatus) => status.actions[0]?.phases[0]?.failure;
  const isWaiting = (world: FunctionWorld, name: string) =>
    world.until('the phase waits', async () => {
      const line = world.log.find((text) => text.includes(`not true for configmaps \\"${name}\\"`));
      return line !== undefined || 'nothing of it in the log';
    });

  return [
    {
      aspect: 'arguments',
      name: 'the timeout and the references are rendered; keys are in any case, and one condition needs no list',
      run: async (world) => {
        await createFlag(world, 'flag', 'yes');
        const { condition, objectReference } = flag('{{ .Options.name }}');
        const status = await world.run(
          phase(
            { AnyOf: { Condition: condition, OBJECTREFERENCE: objectReference } },
            '{{ .Options.timeout }}',
          ),
          { options: { name: 'flag', timeout: '20s' } },
        );
        expect(status.error.message).toBe('');
        expect(status.state).toBe('complete');
      },
    },
    {
      aspect: 'arguments',
      name: 'a true one of anyOf or a wholly true allOf is enough, whatever the other says',
      run: async (world) => {
        await createFlag(world, 'yes', 'yes');
        await createFlag(world, 'also', 'yes');
        await createFlag(world, 'no', 'no');
        const [yes, also, no, missing] = [flag('yes'), flag('also'), flag('no'), flag('missing')];
        const given: [JsonObject, ActionSetStatus['state']][] = [
          [{ anyOf: [no, yes] }, 'complete'],
          [{ anyOf: [missing, yes] }, 'complete'],
          [{ allOf: [yes, also] }, 'complete'],
          [{ anyOf: [yes], allOf: [no] }, 'complete'],
          [{ anyOf: [no], allOf: [yes, also] }, 'complete'],
          [{ allOf: [yes, no] }, 'failed'],
          [{ anyOf: [no], allOf: [yes, missing] }, 'failed'],
        ];
        const names: string[] = [];
        for (const [conditions] of given) names.push(await world.start(phase(conditions, '2s')));
        const states = await Promise.all(names.map(async (name) => (await world.ended(name)).state));
        expect(states).toEqual(given.map(([, state]) => state));
      },
    },
    {
      aspect: 'outputs',
      name: 'there are none; it is over when the object is created, and becomes as it should be',
      run: async (world) => {
        const name = await world.start(phase({ allOf: [flag('first'), flag('second')] }));
        await world.until('it misses the object', async () => {
          const line = world.log.find((text) => text.includes('configmaps \\"first\\" not found'));
          return line !== undefined || 'nothing of it in the log';
        });
        await createFlag(world, 'first', 'yes');
        await createFlag(world, 'second', 'no');
        await isWaiting(world, 'second');
        await setFlag(world, 'second', 'yes');
        const status = await world.ended(name);
        expect(status.error.message).toBe('');
        expect(status.actions[0]?.phases[0]?.output ?? {}).toEqual({});
      },
    },
    {
      aspect: 'outputs',
      name: 'a Deployment is waited for until it is rolled out',
      run: async (world) => {
        await world.createWorkload({ name: 'web', replicas: 1 });
        const object = { kind: 'Deployment', name: 'web', namespace: world.namespace };
        const objectReference = {
          apiVersion: 'v1',
          group: 'apps',
          resource: 'deployments',
          name: '{{ .Deployment.Name }}',
          namespace: '{{ .Deployment.Namespace }}',
        };
        const status = await world.run(
          [
            { name: 'up', func: 'ScaleWorkload', args: { replicas: 2, waitForReady: false } },
            ...phase({ allOf: [{ condition: available, objectReference }] }),
          ],
          { object },
        );
        expect(status.error.message).toBe('');
        const pods = await world.pods({ labelSelector: 'app=web' });
        expect(pods.map(({ status: { phase: state } = {} }) => state)).toEqual(['Running', 'Running']);
      },
    },
    {
      aspect: 'outputs',
      name: 'the right to get is enough: without watch it asks from time to time',
      run: async (world) => {
        await createFlag(world, 'flag', 'no');
        const reader = await clientOfReader(world, ['get']);
        world.startOperator({ client: reader.client });
        const name = await world.start(phase({ anyOf: [flag('flag')] }));
        await isWaiting(world, 'flag');
        await setFlag(world, 'flag', 'yes');
        expect((await world.ended(name)).error.message).toBe('');
        await world.stopOperator();
        await reader.close();
      },
    },
    {
      aspect: 'life',
      name: 'a cancel ends it',
      run: async (world) => {
        await createFlag(world, 'flag', 'no');
        const name = await world.start(phase({ anyOf: [flag('flag')] }, '10m'));
        await isWaiting(world, 'flag');
        await world.cancel(name);
        const status = await world.ended(name);
        expect(status.state).toBe('failed');
        expect(failureOf(status)).toMatchObject({ reason: 'Cancelled' });
      },
    },
    {
      aspect: 'restart',
      name: 'what happens while no operator runs is seen by the next one',
      run: async (world) => {
        await createFlag(world, 'flag', 'no');
        const name = await world.start(phase({ anyOf: [flag('flag')] }));
        await isWaiting(world, 'flag');
        await world.stopOperator();
        await setFlag(world, 'flag', 'yes');
        world.startOperator();
        const status = await world.ended(name);
        expect(status.error.message).toBe('');
        expect(status.state).toBe('complete');
      },
    },
    {
      aspect: 'restart',
      name: 'the timeout goes on while no operator runs',
      run: async (world) => {
        await createFlag(world, 'flag', 'no');
        const name = await world.start(phase({ anyOf: [flag('flag')] }, '4s'));
        await isWaiting(world, 'flag');
        await world.stopOperator();
        await systemClock.sleep(4_000);
        world.startOperator();
        const { error } = await world.ended(name);
        expect(error.message).toContain(
          `not true for configmaps "flag" in namespace ${world.namespace}: ${TIMED_OUT}`,
        );
      },
    },
    {
      aspect: 'bad input',
      name: 'a timeout names what was missing: the object, the resource, the right, or the truth of it',
      run: async (world) => {
        await createFlag(world, 'flag', 'no');
        const of = (reference: JsonObject) => ({
          anyOf: [{ condition: ready, objectReference: { apiVersion: 'v1', name: 'x', ...reference } }],
        });
        const given: [JsonObject, string][] = [
          [
            { anyOf: [flag('flag')] },
            `conditions.anyOf[0]: not true for configmaps "flag" in namespace ${world.namespace}`,
          ],
          [{ allOf: [flag('none')] }, 'conditions.allOf[0]: configmaps "none" not found'],
          [of({ resource: 'configmaps', namespace: 'no-such-namespace' }), 'configmaps "x" not found'],
          [
            of({ group: 'no.such.group', resource: 'things' }),
            'the server could not find the requested resource',
          ],
          [of({ resource: 'configmaps' }), 'the server could not find the requested resource'],
        ];
        const names: string[] = [];
        for (const [conditions] of given) names.push(await world.start(phase(conditions, '2s')));
        for (const [index, [, why]] of given.entries()) {
          const status = await world.ended(names[index] ?? '');
          expect(status.error.message).toContain(why);
          expect(status.error.message).toContain(TIMED_OUT);
          expect(failureOf(status)).toMatchObject({ reason: 'ConditionNotMet' });
        }
      },
    },
    {
      aspect: 'bad input',
      name: 'a right that is missing is said with the timeout',
      run: async (world) => {
        await createFlag(world, 'flag', 'yes');
        const reader = await clientOfReader(world, []);
        world.startOperator({ client: reader.client });
        const { error } = await world.run(phase({ anyOf: [flag('flag')] }, '2s'));
        expect(error.message).toMatch(/configmaps "flag" is forbidden: .*cannot get resource "configmaps"/);
        expect(error.message).toContain(TIMED_OUT);
        await world.stopOperator();
        await reader.close();
      },
    },
    {
      aspect: 'bad input',
      name: 'an object that goes away with its namespace is missing from then on',
      run: async (world) => {
        const elsewhere = `${world.namespace}-gone`;
        const { client } = world.cluster;
        await client.create(NAMESPACES, {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: elsewhere },
        });
        await createFlag(world, 'flag', 'no', elsewhere);
        const name = await world.start(phase({ anyOf: [flag('flag', elsewhere)] }, '15s'));
        await isWaiting(world, 'flag');
        await client.delete(NAMESPACES, { name: elsewhere });
        const { error } = await world.ended(name);
        expect(error.message).toContain(`conditions.anyOf[0]: configmaps "flag" not found: ${TIMED_OUT}`);
      },
    },
    {
      aspect: 'bad input',
      name: 'a timeout that is no duration, and conditions that can hold for nothing, fail at once',
      run: async (world) => {
        const one = { anyOf: [flag('flag')] };
        const reference = { apiVersion: 'v1', resource: 'configmaps', name: 'flag' };
        const given: [BlueprintPhase[], string][] = [
          [phase(one, 'soon'), 'Failed to parse timeout: time: invalid duration "soon"'],
          [phase(one, '60'), 'Failed to parse timeout: time: missing unit in duration "60"'],
          [phase({}), 'no conditions are given: Failed to wait for the condition to be met'],
          [phase({ anyOf: [{ condition: broken.condition, objectReference: reference }] }), broken.why],
          [phase({ allOf: [{ condition: ready }] }), 'objectReference has no apiVersion, resource, name'],
          [phase({ anyOf: [flag('{{ .Options.none }}')] }), 'Failed to render template: "none" not found'],
        ];
        for (const [phases, why] of given) {
          const status = await world.run(phases);
          expect(status.error.message).toContain(why);
          expect(failureOf(status)).toMatchObject({ reason: 'InvalidArgument' });
        }
      },
    },
  ];
}

type ConfigMap = KubernetesObject & { data: Record<string, string> };

async function createFlag(
  { cluster, namespace: own }: FunctionWorld,
  name: string,
  ready: string,
  namespace = own,
): Promise<void> {
  const metadata = { name, namespace };
  await cluster.client.create<ConfigMap>(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { ready },
  });
}

async function setFlag({ cluster, namespace }: FunctionWorld, name: string, ready: string): Promise<void> {
  const body = { data: { ready } };
  await cluster.client.patch<ConfigMap>(CONFIG_MAPS, { name, namespace }, { type: 'merge', body });
}
