import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOperatorBed, type OperatorBed } from '../../test/support/operator-bed.ts';
import { echo, fail, wait } from '../../test/support/functions.ts';
import { string } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import { defineFunction } from '../engine/function.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { EVENTS } from '../kubernetes/resources.ts';

describe('a phase that asked to be undone', () => {
  let bed: OperatorBed;
  let done: string[];
  beforeEach(async () => {
    bed = await createOperatorBed();
    done = [];
  });
  afterEach(() => bed.close());

  const note = defineFunction({
    name: 'Note',
    args: { text: string({ required: true, doc: 'what to note' }), fails: string({ doc: 'when it fails' }) },
    outputs: { before: 'how much was noted before' },
    permissions: [],
    revision: 1,
    async run({ text, fails }, { step, undoOnFailure }) {
      const before = await step('before', async () => done.length, { lasting: true });
      await undoOnFailure({ text, before });
      await step('note', async () => {
        done.push(text);
        return undefined;
      });
      if (fails === 'always') throw new Failure('Failed', 'as it was told');
      return { before };
    },
    async undo(data) {
      const { text, before } = data as { text: string; before: number };
      if (text === 'stuck') throw new Failure('Failed', 'it is stuck');
      done.push(`undo ${text} ${before}`);
    },
  });
  /** A text that phases replace; what they replace in one place is undone at once. */
  const replace = defineFunction({
    name: 'Replace',
    args: {
      place: string({ required: true, doc: 'where' }),
      text: string({ required: true, doc: 'by what' }),
    },
    outputs: {},
    permissions: [],
    revision: 1,
    async run({ place, text }, { step, undoOnFailure }) {
      await undoOnFailure({ place, text });
      await step('replace', async () => void done.push(`${place}: ${text}`));
      return undefined;
    },
    undoKey: (data) => (data as { place: string }).place,
    async undo(data, { clock, signal }, later) {
      const texts = [data, ...later].map((each) => (each as { text: string }).text);
      const { place } = data as { place: string };
      done.push(`undo ${place}: ${texts.join(', ')}`);
      if (place === 'slow' && done.filter((text) => text.startsWith('undo slow')).length === 1)
        await clock.sleep(3_600_000, signal);
      if (place === 'stuck') throw new Failure('Failed', 'it is stuck');
    },
  });
  const functions = [echo, fail, wait, note, replace];

  const phase = (name: string, args: object = {}, more: object = {}) => ({
    func: 'Note',
    name,
    args: { text: name, ...args },
    ...more,
  });
  const replacing = (name: string, place: string) => ({
    func: 'Replace',
    name,
    args: { place, text: name },
  });
  const failing = { func: 'Fail', name: 'failing', args: { message: 'no' } };
  const events = async () =>
    (
      await bed.client.list<KubernetesObject & { reason: string }>(EVENTS, { namespace: 'kanister' })
    ).items.map(({ reason }) => reason);

  it('is undone when a later one fails, the last one first, before the deferPhase', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: {
        phases: [phase('one'), phase('two'), { func: 'Fail', name: 'three', args: { message: 'no' } }],
        deferPhase: phase('defer'),
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    const { status } = await bed.actionSet('as');
    expect(status?.state).toBe('failed');
    expect(done).toEqual(['one', 'two', 'undo two 1', 'undo one 0', 'defer']);
    expect(await events()).toContain('Undone Phase');
  });

  it('is not undone when the action succeeds', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', { run: { phases: [phase('one'), phase('two')] } });
    await bed.createActionSet('as', { blueprint: 'bp' });
    expect((await bed.actionSet('as')).status?.state).toBe('complete');
    expect(done).toEqual(['one', 'two']);
  });

  it('is undone when it fails itself; all its attempts saw what was there before the first', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: { phases: [phase('one', { fails: 'always' }, { retry: { attempts: 2, backoff: '10ms' } })] },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    expect((await bed.actionSet('as')).status?.state).toBe('failed');
    expect(done).toEqual(['one', 'one', 'undo one 0']);
  });

  it('is undone when the action is cancelled, by the operator that follows', async () => {
    const first = bed.start({ functions });
    await bed.createBlueprint('bp', { run: { phases: [phase('one'), { func: 'Sleep', name: 'long' }] } });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as', ({ status }) => status?.actions?.[0]?.phases[1]?.state === 'running');
    await first.stop();
    bed.start({ functions, identity: 'second' });
    await bed.cancel('as');
    expect((await bed.actionSet('as')).status?.state).toBe('failed');
    expect(done).toEqual(['one', 'undo one 0']);
  });

  it('says so when it can’t be undone, and the others are undone all the same', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: {
        phases: [phase('one'), phase('stuck'), { func: 'Fail', name: 'three', args: { message: 'no' } }],
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    const { status } = await bed.actionSet('as');
    expect(status?.error.message).toContain('phase stuck could not be undone: it is stuck');
    expect(done).toEqual(['one', 'stuck', 'undo one 0']);
    expect(await events()).toContain('Undo Failed');
  });

  it('is undone at once with what other phases did to the same thing, when it is the turn of the first', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: {
        phases: [
          phase('before'),
          replacing('one', 'here'),
          phase('between'),
          replacing('two', 'there'),
          replacing('three', 'here'),
          failing,
        ],
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    expect((await bed.actionSet('as')).status?.state).toBe('failed');
    expect(done.slice(5)).toEqual([
      'undo there: two',
      'undo between 2',
      'undo here: one, three',
      'undo before 0',
    ]);
    const posted = (await events()).filter((reason) => reason === 'Undone Phase');
    expect(posted).toHaveLength(4);
  });

  it('is undone as a whole by the operator that follows, where the first one ended in the middle', async () => {
    const first = bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: { phases: [replacing('one', 'slow'), replacing('two', 'slow'), failing] },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await expect.poll(() => done).toContain('undo slow: one, two');
    await first.stop();
    bed.start({ functions, identity: 'second' });
    expect((await bed.actionSet('as')).status?.state).toBe('failed');
    expect(done.slice(2)).toEqual(['undo slow: one, two', 'undo slow: one, two']);
  });

  it('names all the phases whose doing could not be undone at once', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: { phases: [phase('first'), replacing('one', 'stuck'), replacing('two', 'stuck'), failing] },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    const { status } = await bed.actionSet('as');
    expect(status?.error.message).toContain('phases one, two could not be undone: it is stuck');
    expect(done.slice(3)).toEqual(['undo stuck: one, two', 'undo first 0']);
  });
});
