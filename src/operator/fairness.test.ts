import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACTION_SETS, API_VERSION, type ActionSet } from '../api/kanister/types.ts';
import { defineFunction, type FunctionDefinition } from '../engine/function.ts';
import { APP_NAMESPACE, createOperatorBed, type OperatorBed } from '../../test/support/operator-bed.ts';

describe('many actions', () => {
  let bed: OperatorBed;
  /** Names of ActionSets, in the order in which their actions worked or waited. */
  let worked: string[];
  let waiting: number;
  let mostWaiting: number;
  let functions: FunctionDefinition[];
  beforeEach(async () => {
    bed = await createOperatorBed();
    worked = [];
    waiting = 0;
    mostWaiting = 0;
    const work = defineFunction({
      name: 'Work',
      args: {},
      outputs: {},
      permissions: [],
      revision: 1,
      async run(_args, { owner, clock }) {
        worked.push(owner.name);
        await clock.sleep(5);
        return undefined;
      },
    });
    const lounge = defineFunction({
      name: 'Lounge',
      args: {},
      outputs: {},
      permissions: [],
      revision: 1,
      async run(_args, { idle, clock }) {
        await idle(async () => {
          waiting += 1;
          mostWaiting = Math.max(mostWaiting, waiting);
          while (waiting > 0 && mostWaiting < 8) await clock.sleep(5);
        });
        return undefined;
      },
    });
    functions = [work, lounge];
  });
  afterEach(() => bed.close());

  const create = (name: string, count: number) =>
    bed.client.create<ActionSet>(ACTION_SETS, {
      apiVersion: API_VERSION,
      kind: 'ActionSet',
      metadata: { name, namespace: 'kanister' },
      spec: {
        actions: Array.from({ length: count }, () => ({
          name: 'run',
          blueprint: 'bp',
          object: APP_NAMESPACE,
        })),
      },
    });

  it('of one ActionSet do not keep those of others waiting', async () => {
    bed.start({ functions, flags: ['--concurrency', '1'] });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Work', name: 'one' }] } });
    await create('large', 20);
    await expect.poll(() => worked.length).toBeGreaterThan(1);
    await create('small', 2);
    await bed.actionSet('small');
    const large = worked.filter((name) => name === 'large').length;
    expect(large).toBeLessThan(20);
    // From its first turn on, one of the large one at most stands between two of its own.
    expect(worked.lastIndexOf('small') - worked.indexOf('small')).toBeLessThanOrEqual(2);
    expect((await bed.actionSet('large')).status?.state).toBe('complete');
  });

  it('that only wait take no place of others', async () => {
    bed.start({ functions, flags: ['--concurrency', '1'] });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Lounge', name: 'one' }] } });
    await create('waits', 8);
    const { status } = await bed.actionSet('waits');
    expect(status?.state).toBe('complete');
    expect(mostWaiting).toBe(8);
  });
});
