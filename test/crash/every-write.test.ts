import { describe, expect, it } from 'vitest';
import type { ActionSet, Blueprint } from '../../src/api/kanister/types.ts';
import { ACTION_SETS } from '../../src/api/kanister/types.ts';
import { string } from '../../src/engine/arguments.ts';
import { defineFunction, type FunctionDefinition } from '../../src/engine/function.ts';
import { CONFIG_MAPS } from '../../src/kubernetes/resources.ts';
import { crashingClient, type CrashPoint } from '../support/crashing-client.ts';
import { createOperatorBed } from '../support/operator-bed.ts';
import { echo } from '../support/functions.ts';

/** What has been done to the world, beside the API server: counted here, not in the journal. */
interface World {
  observed: number;
  repeatable: number;
  unrepeatable: number;
}

/** Observes, makes something of its own, changes the world in a way that may be repeated. */
function careful(world: World): FunctionDefinition {
  return defineFunction({
    name: 'Careful',
    args: {},
    outputs: { observed: 'the first observation' },
    permissions: [],
    revision: 1,
    intents: (_args, { settings }) => [
      { step: 'note', creates: CONFIG_MAPS, namespace: settings.namespace, prefix: 'careful-' },
    ],
    async run(_args, { step, createTemporary, settings }) {
      const observed = await step('observe', () => Promise.resolve((world.observed += 1)));
      await createTemporary('note', {
        type: CONFIG_MAPS,
        namespace: settings.namespace,
        prefix: 'careful-',
        object: { apiVersion: 'v1', kind: 'ConfigMap' },
      });
      await step('change', () => Promise.resolve((world.repeatable += 1)));
      return { observed };
    },
  });
}

/** Does what must not be done twice. */
function once(world: World): FunctionDefinition {
  return defineFunction({
    name: 'Once',
    args: { value: string({ doc: 'what to return', default: '' }) },
    outputs: { value: 'the argument' },
    permissions: [],
    revision: 1,
    intents: () => [{ step: 'act', unrepeatable: true }],
    async run({ value }, { step }) {
      await step('act', () => Promise.resolve((world.unrepeatable += 1)), { resume: 'unrepeatable' });
      return { value };
    },
  });
}

const ADOPTING: Blueprint['actions'] = {
  run: {
    outputArtifacts: { a: { keyValue: { observed: '{{ .Phases.one.Output.observed }}' } } },
    phases: [
      { func: 'Careful', name: 'one' },
      { func: 'Echo', name: 'two', args: { value: '{{ .Phases.one.Output.observed }} {{ uuidv4 }}' } },
      { func: 'Careful', name: 'three' },
    ],
    deferPhase: { func: 'Careful', name: 'cleanup' },
  },
};

const UNREPEATABLE: Blueprint['actions'] = {
  run: {
    phases: [
      { func: 'Once', name: 'one', args: { value: 'x' } },
      { func: 'Echo', name: 'two', args: { value: '{{ .Phases.one.Output.value }}' } },
    ],
    deferPhase: { func: 'Echo', name: 'cleanup' },
  },
};

/** Runs one ActionSet whose first operator is killed at `point`; undefined when the run has fewer writes than that. */
async function runWithCrash(actions: Blueprint['actions'], point: CrashPoint) {
  const world: World = { observed: 0, repeatable: 0, unrepeatable: 0 };
  const functions = [careful(world), once(world), echo as FunctionDefinition];
  const bed = await createOperatorBed();
  try {
    // The installation is not what is to be interrupted: it is done by an operator of its own.
    const installer = bed.start({ functions });
    await bed.createBlueprint('bp', actions);
    await expect.poll(() => bed.log.join('')).toContain('watching ActionSets');
    await installer.stop();
    const client = crashingClient(bed.client, point);
    bed.start({ functions, client }, 'doomed');
    await bed.createActionSet('as', { blueprint: 'bp' });
    const reached = await Promise.race([
      client.crashed.then(() => true),
      bed.actionSet('as').then(() => false),
    ]);
    if (!reached) return undefined;
    bed.start({ functions });
    const actionSet = await bed.actionSet('as');
    const leftovers = await bed.client.list(CONFIG_MAPS, { namespace: 'kanister' });
    const { items } = await bed.client.list<ActionSet>(ACTION_SETS, { namespace: 'kanister' });
    return {
      world,
      actionSet,
      leftovers: leftovers.items
        .map(({ metadata }) => metadata?.name)
        .filter((name) => name?.startsWith('careful-')),
      count: items.length,
    };
  } finally {
    await bed.close();
  }
}

describe.each([true, false])('an operator that is killed at any of its writes, applied: %s', (applied) => {
  it('is followed by one that completes the ActionSet as if nothing had happened', async () => {
    let write = 1;
    for (; ; write++) {
      const result = await runWithCrash(ADOPTING, { write, applied });
      if (result === undefined) break;
      const { actionSet, leftovers, world } = result;
      const where = `write ${write}: ${JSON.stringify(actionSet.status, null, 1)}`;
      expect(actionSet.status?.state, where).toBe('complete');
      const [action] = actionSet.status?.actions ?? [];
      const [one, two, three] = action?.phases ?? [];
      const observed = JSON.stringify(one?.output?.['observed']);
      expect(two?.output?.['value'], where).toMatch(new RegExp(`^${observed} [0-9a-f-]{36}$`));
      expect(three?.state, where).toBe('complete');
      expect(action?.artifacts, where).toEqual({ a: { keyValue: { observed } } });
      expect(leftovers, where).toEqual([]);
      expect(actionSet.metadata.annotations, where).toBeUndefined();
      expect(actionSet.metadata.finalizers, where).toBeUndefined();
      // Three phases do it once each; the one that was interrupted may do it again.
      expect(world.repeatable, where).toBeLessThanOrEqual(4);
    }
    expect(write).toBeGreaterThan(10);
  }, 120_000);

  it('never does twice what must not be repeated', async () => {
    const outcomes = new Set<string>();
    let write = 1;
    for (; ; write++) {
      const result = await runWithCrash(UNREPEATABLE, { write, applied });
      if (result === undefined) break;
      const { actionSet, world } = result;
      const where = `write ${write}: ${JSON.stringify(actionSet.status, null, 1)}`;
      expect(world.unrepeatable, where).toBeLessThanOrEqual(1);
      const [action] = actionSet.status?.actions ?? [];
      outcomes.add(actionSet.status?.state ?? '');
      if (actionSet.status?.state === 'complete') {
        expect(world.unrepeatable, where).toBe(1);
        expect(action?.phases[1]?.output, where).toEqual({ value: 'x' });
      } else {
        expect(action?.phases[0]?.failure?.reason, where).toBe('OutcomeUnknown');
        expect(actionSet.status?.error.message, where).toContain('outcome is unknown');
      }
      expect(action?.deferPhase.state, where).toBe('complete');
    }
    expect(write).toBeGreaterThan(5);
    expect([...outcomes].toSorted()).toEqual(['complete', 'failed']);
  }, 120_000);
});
