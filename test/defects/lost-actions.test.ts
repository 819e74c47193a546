import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACTION_SETS, BLUEPRINTS, type ActionSet } from '../../src/api/kanister/types.ts';
import { ApiError } from '../../src/kubernetes/api-error.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { echo, fail, wait } from '../support/functions.ts';
import { createOperatorBed, type OperatorBed, type RunningOperator } from '../support/operator-bed.ts';

const functions = [echo, fail, wait];
const NAME = { name: 'as', namespace: 'kanister' };

const isRunning = ({ status }: ActionSet) => status?.state === 'running';

describe('no ActionSet gets stuck, and no result gets lost,', () => {
  let bed: OperatorBed;
  let operator: RunningOperator;
  beforeAll(async () => {
    bed = await createOperatorBed();
    operator = bed.start({ functions });
  });
  afterAll(() => bed.close());

  it('when a later action can’t be launched while an earlier one writes its status', async () => {
    const before = operator.resolutions.length;
    await bed.createBlueprint('launch', {
      good: {
        phases: [
          { func: 'Echo', name: 'a', args: { value: 'kept' } },
          { func: 'Sleep', name: 'b', args: { milliseconds: 30 } },
        ],
      },
      bad: { phases: [{ func: 'Ecco', name: 'a' }] },
    });
    await bed.createActionSet(
      'launch',
      { blueprint: 'launch', name: 'good' },
      { blueprint: 'launch', name: 'bad' },
    );
    const { status } = await bed.actionSet('launch');
    expect(status?.state).toBe('failed');
    expect(status?.error.message).toMatch(/^Requested function \{Ecco\} has not been registered/);
    expect(status?.actions.map(({ phases }) => phases.map(({ state }) => state))).toEqual([
      ['complete', 'complete'],
      ['failed'],
    ]);
    expect(status?.actions[0]?.phases[0]?.output).toEqual({ value: 'kept' });
    expect(operator.resolutions.slice(before).toSorted()).toEqual(['failure', 'success']);
  });

  it('when an object of the deferPhase can’t be read', async () => {
    const secret = { kind: 'Secret', name: 'gone', namespace: 'app' };
    await bed.createBlueprint('objects', {
      run: {
        phases: [{ func: 'Echo', name: 'one' }],
        deferPhase: { func: 'Echo', name: 'cleanup', objects: { s: secret } },
      },
    });
    await bed.createActionSet('objects', { blueprint: 'objects' });
    const { status } = await bed.actionSet('objects');
    expect(status?.state).toBe('failed');
    expect(status?.error.message).toMatch(/^secrets "gone" not found .*deferPhase cleanup/);
    expect(status?.actions[0]?.deferPhase.state).toBe('failed');
  });

  it('when one action has ended and the deferPhase of another one still runs: the state is running until then', async () => {
    const outputArtifacts = { a: { keyValue: { k: '{{ .Phases.one.Output.value }}' } } };
    const phases = [{ func: 'Echo', name: 'one', args: { value: 'rendered' } }];
    await bed.createBlueprint('premature', {
      slow: {
        phases,
        outputArtifacts,
        deferPhase: { func: 'Sleep', name: 'cleanup', args: { milliseconds: 300 } },
      },
      quick: { phases, outputArtifacts },
    });
    await bed.createActionSet(
      'premature',
      { blueprint: 'premature', name: 'slow' },
      { blueprint: 'premature', name: 'quick' },
    );
    const seen: string[] = [];
    const { status } = await bed.actionSet('premature', (found) => {
      const [slow, quick] = found.status?.actions ?? [];
      const phase = quick?.phases[0]?.state ?? '';
      seen.push([phase, slow?.deferPhase.state, found.status?.state].join(' '));
      return found.status?.state === 'complete';
    });
    expect(seen).toContain('complete running running');
    expect(seen.filter((states) => states.endsWith(' complete'))).toEqual(['complete complete complete']);
    expect(status?.actions.map(({ artifacts }) => artifacts?.['a']?.keyValue)).toEqual([
      { k: 'rendered' },
      { k: 'rendered' },
    ]);
  });

  it.each([
    ['more', 2],
    ['no', 0],
  ])('when somebody edits the spec of a running ActionSet to have %s actions', async (what, count) => {
    const name = `edited-${what}`;
    await bed.createBlueprint(name, {
      run: {
        phases: [
          { func: 'Sleep', name: 'one', args: { milliseconds: 300 } },
          { func: 'Echo', name: 'two', args: { value: 'kept' } },
        ],
      },
    });
    const { spec } = await bed.createActionSet(name, { blueprint: name });
    await bed.actionSet(name, isRunning);
    const actions = Array.from({ length: count }, () => spec?.actions?.[0]);
    await bed.client.patch(
      ACTION_SETS,
      { name, namespace: 'kanister' },
      { type: 'merge', body: { spec: { actions } } },
    );
    const { status, metadata } = await bed.actionSet(name);
    expect(status?.state).toBe('complete');
    expect(status?.actions.map(({ phases }) => phases[1]?.output)).toEqual([{ value: 'kept' }]);
    expect(metadata.finalizers).toBeUndefined();
  });

  it('and none that has failed seems to run still: runningPhase goes, also when its deferPhase succeeds', async () => {
    await bed.createBlueprint('running', {
      run: {
        phases: [{ func: 'Fail', name: 'one', args: { message: 'disk full' } }],
        deferPhase: { func: 'Echo', name: 'cleanup' },
      },
    });
    await bed.createActionSet('running', { blueprint: 'running' });
    const { status } = await bed.actionSet('running');
    expect(status?.state).toBe('failed');
    expect(status?.actions[0]?.deferPhase.state).toBe('complete');
    expect(status?.progress.runningPhase).toBeUndefined();
  });
});

describe('in an operator of its own no ActionSet gets stuck', () => {
  let bed: OperatorBed;
  beforeEach(async () => {
    bed = await createOperatorBed();
  });
  afterEach(() => bed.close());

  const label = (key: string) =>
    bed.client.patch(ACTION_SETS, NAME, { type: 'merge', body: { metadata: { labels: { [key]: 'yes' } } } });

  it('when somebody labels the ActionSet in the moments before the first and the last write', async () => {
    let writes = 0;
    const client: KubernetesClient = {
      ...bed.client,
      async replace(type, object, options) {
        const isStatus = type.resource === ACTION_SETS.resource;
        if (isStatus && [1, 3].includes((writes += 1))) await label(`write-${writes}`);
        return bed.client.replace(type, object, options);
      },
    };
    bed.start({ functions, client });
    await bed.createBlueprint('bp', {
      run: { phases: [{ func: 'Echo', name: 'one', args: { value: 'x' } }] },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    const { status, metadata } = await bed.actionSet('as');
    expect(status?.state).toBe('complete');
    expect(status?.actions[0]?.phases[0]?.output).toEqual({ value: 'x' });
    // The first conflict is the second write, and so on: four in all.
    expect(writes).toBe(4);
    expect(Object.keys(metadata.labels ?? {})).toEqual(['write-1', 'write-3']);
  });

  it('when an ActionSet is deleted and created anew under its name while the watch is broken', async () => {
    const broken = Promise.withResolvers<void>();
    const mended = Promise.withResolvers<void>();
    let isBroken = false;
    const client: KubernetesClient = {
      ...bed.client,
      async *watch(type, options) {
        for await (const event of bed.client.watch(type, options)) {
          if (type.resource === ACTION_SETS.resource && isBroken) {
            broken.resolve();
            await mended.promise;
            isBroken = false;
            throw new ApiError(410, { reason: 'Expired', message: 'too old resource version' });
          }
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the type that was asked for
          yield event as never;
        }
      },
    };
    bed.start({ functions, client });
    await bed.createBlueprint('bp', {
      run: { phases: [{ func: 'Echo', name: 'one', args: { value: '{{ .Options.which }}' } }] },
    });
    await bed.createActionSet('as', { blueprint: 'bp', options: { which: 'first' } });
    const first = await bed.actionSet('as');
    isBroken = true;
    await bed.client.delete(ACTION_SETS, NAME);
    await bed.createActionSet('as', { blueprint: 'bp', options: { which: 'second' } });
    await broken.promise;
    mended.resolve();
    const second = await bed.actionSet('as');
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(second.status?.actions[0]?.phases[0]?.output).toEqual({ value: 'second' });
  });

  it('when the Blueprint is changed while the ActionSet is queued: it runs what the Blueprint says when its turn comes', async () => {
    bed.start({ functions, flags: ['--concurrency', '1'] });
    const one = { func: 'Echo', name: 'one', args: { value: 1 } };
    await bed.createBlueprint('busy', { run: { phases: [{ func: 'Sleep', name: 'long' }] } });
    const blueprint = await bed.createBlueprint('bp', { run: { phases: [one] } });
    await bed.createActionSet('busy', { blueprint: 'busy' });
    await bed.actionSet('busy', isRunning);
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as', ({ status }) => status?.actions[0]?.phases.length === 1);
    const actions = { run: { phases: [one, { func: 'Echo', name: 'two', args: { value: 2 } }] } };
    await bed.client.replace(BLUEPRINTS, { ...blueprint, actions });
    // A Blueprint that was read a moment ago is not read again.
    await systemClock.sleep(150);
    await bed.client.delete(ACTION_SETS, { name: 'busy', namespace: 'kanister' });
    const { status } = await bed.actionSet('as');
    expect(status?.state).toBe('complete');
    expect(status?.actions[0]?.phases.map(({ output }) => output)).toEqual([{ value: 1 }, { value: 2 }]);
  });
});
