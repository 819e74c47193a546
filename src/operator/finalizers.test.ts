import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACTION_SETS, type ActionSet } from '../api/kanister/types.ts';
import { defineFunction } from '../engine/function.ts';
import { isNotFound } from '../kubernetes/api-error.ts';
import { CONFIG_MAPS, NAMESPACES } from '../kubernetes/resources.ts';
import { createOperatorBed, type OperatorBed } from '../../test/support/operator-bed.ts';
import { echo } from '../../test/support/functions.ts';

/** Makes a ConfigMap in another namespace, and waits. */
const linger = defineFunction({
  name: 'Linger',
  args: {},
  outputs: {},
  permissions: [],
  revision: 1,
  async run(_args, { createTemporary, clock, signal }) {
    await createTemporary('note', {
      type: CONFIG_MAPS,
      namespace: 'app',
      prefix: 'linger-',
      object: { apiVersion: 'v1', kind: 'ConfigMap' },
    });
    await clock.sleep(3_600_000, signal);
    return undefined;
  },
});

const NAME = { name: 'as', namespace: 'kanister' };

describe('the finalizer of a running ActionSet', () => {
  let bed: OperatorBed;
  beforeEach(async () => {
    bed = await createOperatorBed();
  });
  afterEach(() => bed.close());

  const begin = async (flags: string[] = []) => {
    const operator = bed.start({ functions: [linger, echo], flags });
    await bed.createBlueprint('bp', {
      run: {
        phases: [{ func: 'Linger', name: 'one' }],
        deferPhase: { func: 'Echo', name: 'cleanup', args: { value: 'x' } },
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await expect.poll(lingering).toHaveLength(1);
    return operator;
  };
  const lingering = async () => {
    const { items } = await bed.client.list(CONFIG_MAPS, { namespace: 'app' });
    return items.filter(({ metadata }) => metadata?.name?.startsWith('linger-'));
  };
  const read = () =>
    bed.client.get<ActionSet>(ACTION_SETS, NAME).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });

  it('stays when the operator stops, so that its successor can end the run', async () => {
    const operator = await begin();
    await operator.stop();
    expect((await read())?.metadata.finalizers).toEqual(['cr.kanister.io/run']);
  });

  it('goes when the operator stops because its namespace is deleted: nobody comes after it', async () => {
    const operator = await begin();
    await bed.client.delete(NAMESPACES, { name: 'kanister' });
    await operator.stop();
    expect((await read())?.metadata.finalizers).toBeUndefined();
  });

  it('is not there where it is not wanted: the ActionSet goes at once, and then what its run made', async () => {
    await begin(['--no-finalizers']);
    expect((await read())?.metadata.finalizers).toBeUndefined();
    await bed.client.delete(ACTION_SETS, NAME);
    expect(await read()).toBeUndefined();
    await expect.poll(lingering).toEqual([]);
  });
});
