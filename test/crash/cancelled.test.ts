import { describe, expect, it } from 'vitest';
import { ACTION_SETS, type ActionSet, type Blueprint } from '../../src/api/kanister/types.ts';
import { defineFunction, type FunctionDefinition } from '../../src/engine/function.ts';
import { CONFIG_MAPS } from '../../src/kubernetes/resources.ts';
import { crashingClient, type CrashPoint } from '../support/crashing-client.ts';
import { createOperatorBed } from '../support/operator-bed.ts';
import { echo } from '../support/functions.ts';

/** Has its own ActionSet deleted, and ends well all the same: so the run is cancelled between two phases. */
const deleteOwner = defineFunction({
  name: 'DeleteOwner',
  args: {},
  outputs: {},
  permissions: [],
  revision: 1,
  async run(_args, { kubernetes, owner, signal }) {
    await kubernetes.delete(ACTION_SETS, { name: owner.name, namespace: owner.namespace });
    if (!signal.aborted) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    }
    return undefined;
  },
}) as FunctionDefinition;

/** Makes something of its own, and does what must not be done twice. */
function tidyUp(world: { deferred: number }): FunctionDefinition {
  return defineFunction({
    name: 'TidyUp',
    args: {},
    outputs: {},
    permissions: [],
    revision: 1,
    intents: (_args, { settings }) => [
      { step: 'note', creates: CONFIG_MAPS, namespace: settings.namespace, prefix: 'tidy-' },
      { step: 'act', unrepeatable: true },
    ],
    async run(_args, { step, createTemporary, settings }) {
      await createTemporary('note', {
        type: CONFIG_MAPS,
        namespace: settings.namespace,
        prefix: 'tidy-',
        object: { apiVersion: 'v1', kind: 'ConfigMap' },
      });
      await step('act', () => Promise.resolve((world.deferred += 1)), { resume: 'unrepeatable' });
      return undefined;
    },
  });
}

const CANCELLED: Blueprint['actions'] = {
  run: {
    phases: [
      { func: 'DeleteOwner', name: 'one' },
      { func: 'Echo', name: 'two', args: { value: 'never' } },
    ],
    deferPhase: { func: 'TidyUp', name: 'cleanup' },
  },
};

async function cancelWithCrash(point: CrashPoint) {
  const world = { deferred: 0 };
  let echoed = 0;
  const counting = {
    ...echo,
    run: (...args: Parameters<typeof echo.run>) => {
      echoed += 1;
      return echo.run(...args);
    },
  } as FunctionDefinition;
  const functions = [deleteOwner, tidyUp(world), counting];
  const bed = await createOperatorBed();
  try {
    const installer = bed.start({ functions });
    await bed.createBlueprint('bp', CANCELLED);
    await expect.poll(() => bed.log.join('')).toContain('watching ActionSets');
    await installer.stop();
    const client = crashingClient(bed.client, point);
    bed.start({ functions, client }, 'doomed');
    await bed.createActionSet('as', { blueprint: 'bp' });
    const name = { name: 'as', namespace: 'kanister' };
    const gone = async () => {
      await expect
        .poll(
          () =>
            bed.client.get<ActionSet>(ACTION_SETS, name).then(
              (found) => found,
              () => 'gone',
            ),
          { timeout: 10_000, interval: 10 },
        )
        .toBe('gone');
      return false;
    };
    const reached = await Promise.race([client.crashed.then(() => true), gone()]);
    if (!reached) return undefined;
    bed.start({ functions });
    await gone();
    const { items } = await bed.client.list(CONFIG_MAPS, { namespace: 'kanister' });
    const leftovers = items
      .map(({ metadata }) => metadata?.name ?? '')
      .filter((one) => one.startsWith('tidy-'));
    return { deferred: world.deferred, echoed, leftovers };
  } finally {
    await bed.close();
  }
}

describe.each([true, false])(
  'an operator that is killed at any write of a cancelled run, applied: %s',
  (applied) => {
    it('is followed by one that runs no further phase, the deferPhase at most once, and releases the ActionSet', async () => {
      let write = 1;
      const deferred = new Set<number>();
      for (; ; write++) {
        const result = await cancelWithCrash({ write, applied });
        if (result === undefined) break;
        expect(result.echoed, `write ${write}`).toBe(0);
        expect(result.deferred, `write ${write}`).toBeLessThanOrEqual(1);
        expect(result.leftovers, `write ${write}`).toEqual([]);
        deferred.add(result.deferred);
      }
      expect(write).toBeGreaterThan(5);
      expect(deferred).toContain(1);
    }, 120_000);
  },
);
