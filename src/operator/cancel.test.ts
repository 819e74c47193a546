import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActionSet } from '../api/kanister/types.ts';
import { defineFunction } from '../engine/function.ts';
import { CONFIG_MAPS } from '../kubernetes/resources.ts';
import { acceleratedClock } from '../../test/pods/accelerated-clock.ts';
import { createOperatorBed, type OperatorBed } from '../../test/support/operator-bed.ts';
import { echo, fail, wait } from '../../test/support/functions.ts';

/** Makes a ConfigMap of its own, begins what can't be repeated, and does not end by itself. */
const stuck = defineFunction({
  name: 'Stuck',
  args: {},
  outputs: {},
  permissions: [],
  revision: 1,
  intents: () => [{ step: 'act', unrepeatable: true }],
  async run(_args, { createTemporary, settings, step, clock, signal }) {
    await createTemporary('note', {
      type: CONFIG_MAPS,
      namespace: settings.namespace,
      prefix: 'stuck-',
      object: { apiVersion: 'v1', kind: 'ConfigMap' },
    });
    await step('act', () => clock.sleep(3_600_000, signal).then(() => undefined), { resume: 'unrepeatable' });
    return undefined;
  },
});

/** Does not look at its signal. */
const deaf = defineFunction({
  name: 'Deaf',
  args: {},
  outputs: {},
  permissions: [],
  revision: 1,
  run: () => new Promise<never>(() => undefined),
});

const functions = [echo, fail, wait, stuck, deaf];

describe('an ActionSet that is cancelled', () => {
  let bed: OperatorBed;
  beforeEach(async () => {
    bed = await createOperatorBed();
  });
  afterEach(() => bed.close());

  const phasesOf = ({ status }: ActionSet) => {
    const [action] = status?.actions ?? [];
    return [...(action?.phases ?? []), action?.deferPhase].map((phase) => phase?.state);
  };
  const isRunning = ({ status }: ActionSet) => status?.actions?.[0]?.phases.at(-2)?.state === 'running';

  const begin = async (func: string, options: Parameters<OperatorBed['start']>[0] = {}) => {
    bed.start({ functions, ...options });
    await bed.createBlueprint('bp', {
      run: {
        phases: [
          { func, name: 'one' },
          { func: 'Echo', name: 'two', args: { value: 'never' } },
        ],
        deferPhase: { func: 'Echo', name: 'cleanup', args: { value: 'cleaned' } },
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as', isRunning);
  };

  it('ends as failed, says so and why, runs its deferPhase and removes what it made', async () => {
    await begin('Stuck');
    await bed.cancel('as', 'the maintenance window is over');
    const ended = await bed.actionSet('as');
    expect(ended.status?.state).toBe('failed');
    expect(ended.status?.error.message).toMatch(/^Cancelled: the maintenance window is over/);
    expect(ended.status?.error.message).toContain('step "act" of Stuck may have been done in part');
    expect(phasesOf(ended)).toEqual(['failed', 'pending', 'complete']);
    const conditions = ended.status?.conditions?.map(({ type, status }) => `${type}=${status}`);
    expect(conditions).toEqual(['Accepted=True', 'Running=False', 'Failed=True', 'Cancelled=True']);
    expect(ended.status?.conditions?.at(-1)?.message).toBe('Cancelled: the maintenance window is over');
    expect(ended.metadata.finalizers).toBeUndefined();
    const { items } = await bed.client.list(CONFIG_MAPS, { namespace: 'kanister' });
    expect(items.filter(({ metadata }) => metadata?.name?.startsWith('stuck-'))).toEqual([]);
  });

  it('stays so when the annotation is taken away and another operator goes on', async () => {
    const first = bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: {
        phases: [
          { func: 'Sleep', name: 'one' },
          { func: 'Echo', name: 'two' },
        ],
        deferPhase: { func: 'Sleep', name: 'cleanup', args: { milliseconds: 300 } },
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as', isRunning);
    await bed.cancel('as', 'true');
    await bed.actionSet('as', ({ status }) => status?.actions[0]?.deferPhase.state === 'running');
    await first.stop();
    await bed.cancel('as', null);
    bed.start({ functions });
    const ended = await bed.actionSet('as');
    expect(ended.status?.error.message).toMatch(/^Cancelled: somebody asked for it/);
    expect(phasesOf(ended)).toEqual(['failed', 'pending', 'complete']);
  });

  it('begins with the word when its deferPhase fails as well', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: {
        phases: [
          { func: 'Sleep', name: 'one' },
          { func: 'Echo', name: 'two' },
        ],
        deferPhase: { func: 'Fail', name: 'cleanup', args: { message: 'no tidying up' } },
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as', isRunning);
    await bed.cancel('as', 'enough');
    const { status } = await bed.actionSet('as');
    expect(status?.error.message).toMatch(/^Cancelled: enough.*; no tidying up/s);
  });

  it('before an operator has seen it runs nothing at all', async () => {
    const first = bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: { phases: [{ func: 'Echo', name: 'one' }], deferPhase: { func: 'Echo', name: 'cleanup' } },
    });
    await first.stop();
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.cancel('as', 'not needed');
    bed.start({ functions });
    const ended = await bed.actionSet('as');
    expect(ended.status?.state).toBe('failed');
    expect(phasesOf(ended)).toEqual(['pending', 'pending']);
  });

  it('while it is queued ends without waiting for its turn', async () => {
    bed.start({ functions, flags: ['--concurrency', '1'] });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Sleep', name: 'one' }] } });
    await bed.createActionSet('busy', { blueprint: 'bp' });
    await bed.actionSet('busy', ({ status }) => status?.state === 'running');
    await bed.createActionSet('as', { blueprint: 'bp' });
    const queued = await bed.actionSet('as', ({ status }) => status?.state === 'pending');
    expect(phasesOf(queued).slice(0, 1)).toEqual(['pending']);
    expect(queued.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Running', status: 'False', reason: 'Queued' }),
    );
    await bed.cancel('as', 'never mind');
    const ended = await bed.actionSet('as');
    expect(ended.status?.error.message).toMatch(/^Cancelled: never mind/);
    expect((await bed.actionSet('busy', () => true)).status?.state).toBe('running');
    await bed.cancel('busy', 'true');
    await bed.actionSet('busy');
  });

  it('ends within its bound although its function does not listen', async () => {
    await begin('Deaf', { clock: acceleratedClock(200), flags: ['--no-leader-election'] });
    await bed.cancel('as', 'true');
    const ended = await bed.actionSet('as');
    expect(phasesOf(ended)).toEqual(['failed', 'pending', 'complete']);
  });
});
