import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BlueprintPhase } from '../api/kanister/types.ts';
import { defineFunction, type FunctionDefinition } from '../engine/function.ts';
import { Failure } from '../engine/failure.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { CONFIG_MAPS, EVENTS } from '../kubernetes/resources.ts';
import { acceleratedClock } from '../../test/pods/accelerated-clock.ts';
import { createOperatorBed, type OperatorBed } from '../../test/support/operator-bed.ts';
import { echo, fail, wait } from '../../test/support/functions.ts';

/** Fails with a reason at its first attempts; each makes a ConfigMap. */
function unsteady(failures: string[], begun: number[], finalizers?: string[]): FunctionDefinition {
  return defineFunction({
    name: 'Unsteady',
    args: {},
    outputs: { attempt: 'which one succeeded' },
    permissions: [],
    revision: 1,
    async run(_args, { createTemporary, settings, kubernetes }) {
      const { items } = await kubernetes.list(CONFIG_MAPS, { namespace: settings.namespace });
      begun.push(items.filter(({ metadata }) => metadata?.name?.startsWith('note-')).length);
      await createTemporary('note', {
        type: CONFIG_MAPS,
        namespace: settings.namespace,
        prefix: 'note-',
        object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...(finalizers && { finalizers }) } },
      });
      const reason = failures[begun.length - 1];
      if (reason !== undefined) throw new Failure(reason, `no luck at attempt ${begun.length}`);
      return { attempt: begun.length };
    },
  });
}

describe('a phase', () => {
  let bed: OperatorBed;
  let begun: number[];
  beforeEach(async () => {
    bed = await createOperatorBed();
    begun = [];
  });
  afterEach(() => bed.close());

  const run = async (
    phases: Partial<BlueprintPhase>[],
    { own = [], clock, timeout }: { own?: FunctionDefinition[]; clock?: Clock; timeout?: string } = {},
  ) => {
    bed.start({
      functions: [echo, fail, wait, ...own],
      // Renewals of a lease do not come in time when hours pass in seconds.
      ...(clock && { clock, flags: ['--no-leader-election'] }),
    });
    await bed.createBlueprint('bp', {
      run: {
        phases: phases.map((phase, index) => ({ func: 'Echo', name: `p${index}`, ...phase })),
        deferPhase: { func: 'Echo', name: 'cleanup', args: { value: 'cleaned' } },
        ...(timeout && { timeout }),
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp', options: { mode: 'full' } });
    const { status } = await bed.actionSet('as');
    const [action] = status?.actions ?? [];
    return { status, phases: action?.phases ?? [], deferPhase: action?.deferPhase };
  };
  const reasonsOfEvents = async () => {
    const { items } = await bed.client.list<KubernetesObject & { reason: string; message: string }>(EVENTS, {
      namespace: 'kanister',
    });
    return items.map(({ reason, message }) => `${reason}: ${message}`);
  };

  it('runs when its condition gives true, and is skipped when it gives false or nothing', async () => {
    const { status, phases } = await run([
      { args: { value: '1' } },
      { if: '{{ eq .Options.mode "full" }}', args: { value: '2' } },
      { if: '{{ eq .Options.mode "incremental" }}', args: { value: '3' } },
      { if: '{{ if false }}true{{ end }}', args: { value: '4' } },
      { if: ' {{ eq .Phases.p1.Output.value "2" }} ', args: { value: '5' } },
    ]);
    expect(status?.state).toBe('complete');
    expect(status?.progress.percentCompleted).toBe('100');
    expect(phases.map(({ state, skipped, output }) => [state, skipped, output?.['value']])).toEqual([
      ['complete', undefined, '1'],
      ['complete', undefined, '2'],
      ['complete', true, undefined],
      ['complete', true, undefined],
      ['complete', undefined, '5'],
    ]);
    expect(await reasonsOfEvents()).toContain(
      'Skipped Phase: Skipping phase p2: its condition does not hold',
    );
  });

  it('that was skipped is named where something refers to its output', async () => {
    const { status, phases } = await run([
      { if: 'false', args: { value: '1' } },
      { args: { value: '{{ .Phases.p0.Output.value }}' } },
    ]);
    expect(status?.state).toBe('failed');
    expect(phases[1]?.failure).toMatchObject({
      reason: 'TemplateError',
      message: 'Failed to render template: "value" not found',
      hint: expect.stringContaining('Phase "p0" was skipped') as string,
    });
  });

  it('fails when its condition gives something else, or can’t be rendered', async () => {
    const { status, phases, deferPhase } = await run([{ if: '{{ .Options.mode }}' }]);
    expect(status?.state).toBe('failed');
    expect(phases[0]?.failure).toMatchObject({ reason: 'InvalidCondition', argument: 'if' });
    expect(phases[0]?.failure?.message).toContain('gave "full"');
    expect(deferPhase?.state).toBe('complete');
  });

  it('fails when it takes longer than its timeout, and the deferPhase runs', async () => {
    const { status, phases, deferPhase } = await run([{ func: 'Sleep', timeout: '50ms' }, {}]);
    expect(status?.state).toBe('failed');
    expect(phases[0]?.failure).toMatchObject({
      reason: 'PhaseTimeout',
      message: 'phase "p0" did not end within its 50ms',
    });
    expect(phases[1]?.state).toBe('pending');
    expect(deferPhase?.output).toEqual({ value: 'cleaned' });
  });

  it('fails when its action takes longer than the timeout of that, however often it could be tried again', async () => {
    const { status, phases, deferPhase } = await run(
      [{}, { func: 'Sleep', retry: { attempts: 3, on: ['ActionTimeout'] } }, {}],
      { timeout: '100ms' },
    );
    expect(status?.state).toBe('failed');
    expect(status?.error.message).toContain('action run did not end within its 100ms');
    expect(phases.map(({ state }) => state)).toEqual(['complete', 'failed', 'pending']);
    expect(phases[1]).toMatchObject({ attempts: 1, failure: { reason: 'ActionTimeout' } });
    expect(deferPhase?.state).toBe('complete');
  });

  it('is tried again as often as its retry says, and only after what the attempt before made is gone', async () => {
    const own = [unsteady(['PodFailed', 'PodFailed'], begun)];
    const { status, phases } = await run(
      [{ func: 'Unsteady', retry: { attempts: 3, backoff: '20s' } }, { args: { value: 'after' } }],
      { own, clock: acceleratedClock(500) },
    );
    expect(status?.state).toBe('complete');
    expect(phases[0]).toMatchObject({ state: 'complete', attempts: 3, output: { attempt: 3 } });
    expect(phases[0]?.failure).toBeUndefined();
    expect(begun).toEqual([0, 0, 0]);
    const events = await reasonsOfEvents();
    // Their order is that of their names. On the Blueprint as well.
    expect(events.filter((event) => event.includes('follows at')).toSorted()).toEqual([
      expect.stringMatching(/attempt 1 of 3: no luck at attempt 1.*; attempt 2 of 3 follows at/s),
      expect.stringContaining('attempt 1 of 3'),
      expect.stringMatching(/attempt 2 of 3: no luck at attempt 2.*; attempt 3 of 3 follows at/s),
      expect.stringContaining('attempt 2 of 3'),
    ]);
  });

  it('fails with the last failure when all attempts fail', async () => {
    const own = [unsteady(['PodFailed', 'PodNotReady'], begun)];
    const { status, phases } = await run([{ func: 'Unsteady', retry: { attempts: 2, backoff: '1ms' } }], {
      own,
    });
    expect(status?.state).toBe('failed');
    expect(phases[0]).toMatchObject({ state: 'failed', attempts: 2, failure: { reason: 'PodNotReady' } });
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Failed', status: 'True', reason: 'PodNotReady' }),
    );
  });

  it('is tried again for the reasons that its retry names, and for no other', async () => {
    const own = [unsteady(['PodFailed', 'CommandFailed'], begun)];
    const { phases } = await run(
      [{ func: 'Unsteady', retry: { attempts: 5, backoff: '1ms', on: ['PodFailed'] } }],
      { own },
    );
    expect(phases[0]).toMatchObject({ attempts: 2, failure: { reason: 'CommandFailed' } });
  });

  it('is not tried again for what another attempt can’t mend', async () => {
    const { phases } = await run([
      { args: { value: '{{ .Options.absent }}' }, retry: { attempts: 5, backoff: '1ms' } },
    ]);
    expect(phases[0]).toMatchObject({ attempts: 1, failure: { reason: 'TemplateError' } });
  });

  it('is not tried again beside what the attempt before left at work', async () => {
    const own = [unsteady(['PodFailed'], begun, ['test/stays'])];
    const { status, phases } = await run([{ func: 'Unsteady', retry: { attempts: 3, backoff: '1ms' } }], {
      own,
      clock: acceleratedClock(1_000),
    });
    expect(begun).toHaveLength(1);
    expect(phases[0]).toMatchObject({ state: 'failed', failure: { reason: 'AttemptNotStopped' } });
    expect(status?.error.message).toContain('was removed by force: its processes may still run');
  });

  it('gives each attempt its own time', async () => {
    const { phases } = await run([
      { func: 'Sleep', timeout: '30ms', retry: { attempts: 3, backoff: '1ms' } },
    ]);
    expect(phases[0]).toMatchObject({ attempts: 3, failure: { reason: 'PhaseTimeout' } });
  });

  it.each([
    [{ timeout: 'soon' }, 'time: invalid duration "soon"'],
    [{ timeout: '-1s' }, 'the duration "-1s" is not above zero'],
    [{ retry: { attempts: 2, backoff: '5' } }, 'time: missing unit in duration "5"'],
  ])('with options that mean nothing is not begun: %j', async (options, message) => {
    const { status } = await run([options]);
    expect(status?.state).toBe('failed');
    expect(status?.actions).toEqual([]);
    expect(status?.error.message).toContain(message);
  });
});
