import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActionSetSpec, ActionSpec, Blueprint } from '../api/kanister/types.ts';
import { ACTION_SETS, API_VERSION, type ActionSet } from '../api/kanister/types.ts';
import { string } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import { defineFunction, type FunctionDefinition } from '../engine/function.ts';
import { isAlreadyExists } from '../kubernetes/api-error.ts';
import { CONFIG_MAPS } from '../kubernetes/resources.ts';
import { APP_NAMESPACE, createOperatorBed, type OperatorBed } from '../../test/support/operator-bed.ts';
import { echo, fail } from '../../test/support/functions.ts';

describe('the actions of an ActionSet', () => {
  let bed: OperatorBed;
  /** What `Note` was told, in the order of its runs. */
  let notes: string[];
  /** Texts at which `Note` fails. */
  let bad: Set<string>;
  let functions: FunctionDefinition[];
  beforeEach(async () => {
    bed = await createOperatorBed();
    notes = [];
    bad = new Set();
    const note = defineFunction({
      name: 'Note',
      args: { text: string({ doc: 'what to note', required: true }) },
      outputs: { text: 'the text' },
      permissions: [],
      revision: 1,
      async run({ text }, { clock }) {
        notes.push(text);
        await clock.sleep(20);
        if (bad.has(text)) throw new Failure('CommandFailed', `${text} went wrong`);
        return { text };
      },
    });
    const makeConfigMap = defineFunction({
      name: 'MakeConfigMap',
      args: { name: string({ doc: 'its name', required: true }) },
      outputs: {},
      permissions: [],
      revision: 1,
      async run({ name }, { kubernetes, step }) {
        await step('create', async () => {
          const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'app' } };
          await kubernetes.create(CONFIG_MAPS, object).catch((error: unknown) => {
            if (!isAlreadyExists(error)) throw error;
          });
          return undefined;
        });
        return undefined;
      },
    });
    functions = [echo, fail, note, makeConfigMap] as FunctionDefinition[];
  });
  afterEach(() => bed.close());

  const noting = (text: string): Blueprint['actions'] => ({
    [text]: {
      outputArtifacts: { [text]: { keyValue: { text: '{{ .Phases.note.Output.text }}' } } },
      phases: [{ func: 'Note', name: 'note', args: { text } }],
    },
  });
  const create = async (
    name: string,
    spec: Omit<ActionSetSpec, 'actions'>,
    actions: Partial<ActionSpec>[],
  ) => {
    await bed.client.create<ActionSet>(ACTION_SETS, {
      apiVersion: API_VERSION,
      kind: 'ActionSet',
      metadata: { name, namespace: 'kanister' },
      spec: {
        ...spec,
        actions: actions.map((action) => ({
          name: 'run',
          blueprint: 'bp',
          object: APP_NAMESPACE,
          ...action,
        })),
      },
    });
    return bed.actionSet(name);
  };
  const statesOf = ({ status }: ActionSet) =>
    status?.actions.map(({ phases }) => phases.map(({ state }) => state).join());

  it('run one after the other where the set says so, and give their artifacts on', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      ...noting('first'),
      second: {
        phases: [
          {
            func: 'Note',
            name: 'note',
            args: { text: '{{ .ArtifactsIn.first.KeyValue.text }} then second' },
          },
        ],
      },
    });
    const ended = await create('as', { executionMode: 'sequential' }, [
      { name: 'first' },
      { name: 'second' },
    ]);
    expect(ended.status?.error.message).toBe('');
    expect(ended.status?.state).toBe('complete');
    expect(notes).toEqual(['first', 'first then second']);
    expect(ended.status?.actions[0]?.artifacts).toEqual({ first: { keyValue: { text: 'first' } } });
  });

  it('wait for those that they need, and for no others', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', { ...noting('a'), ...noting('b'), ...noting('c'), ...noting('d') });
    const ended = await create('as', {}, [
      { name: 'c', needs: ['a', 'b'] },
      { name: 'd', needs: ['c'] },
      { name: 'a' },
      { name: 'b' },
    ]);
    expect(ended.status?.state).toBe('complete');
    expect(notes.slice(0, 2).toSorted()).toEqual(['a', 'b']);
    expect(notes.slice(2)).toEqual(['c', 'd']);
  });

  it('see the object as the actions before have left it, also one that these have made', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      make: { phases: [{ func: 'MakeConfigMap', name: 'make', args: { name: 'made' } }] },
      look: { phases: [{ func: 'Note', name: 'look', args: { text: '{{ .Object.metadata.name }}' } }] },
    });
    const made = { apiVersion: 'v1', resource: 'configmaps', name: 'made', namespace: 'app' };
    const ended = await create('as', {}, [{ name: 'make' }, { name: 'look', object: made, needs: ['make'] }]);
    expect(ended.status?.state).toBe('complete');
    expect(notes).toEqual(['made']);
  });

  it('do not begin when one that they need fails; the others do', async () => {
    bed.start({ functions });
    bad.add('a');
    await bed.createBlueprint('bp', { ...noting('a'), ...noting('b'), ...noting('c') });
    const ended = await create('as', {}, [{ name: 'a' }, { name: 'b', needs: ['a'] }, { name: 'c' }]);
    expect(ended.status?.state).toBe('failed');
    expect(statesOf(ended)).toEqual(['failed', 'pending', 'complete']);
    expect(ended.status?.error.message).toContain('a went wrong');
    expect(notes.toSorted()).toEqual(['a', 'c']);
  });

  it.each([
    [{ needs: ['nobody'] }, 'action run needs "nobody", which is no other action of the ActionSet'],
    [{ needs: ['run'] }, 'action run needs "run", which is no other action of the ActionSet'],
  ])('with needs that can’t be are not begun: %j', async (action, message) => {
    bed.start({ functions });
    await bed.createBlueprint('bp', noting('run'));
    const ended = await create('as', {}, [action]);
    expect(ended.status?.state).toBe('failed');
    expect(ended.status?.error.message).toContain(message);
  });

  it('that wait for each other are not begun', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', { ...noting('a'), ...noting('b') });
    const ended = await create('as', {}, [
      { name: 'a', needs: ['b'] },
      { name: 'b', needs: ['a'] },
    ]);
    expect(ended.status?.error.message).toContain('the actions a, b wait for each other');
  });

  describe('that failed', () => {
    const THREE_PHASES: Blueprint['actions'] = {
      run: {
        outputArtifacts: {
          all: { keyValue: { text: '{{ .Phases.one.Output.text }}{{ .Phases.two.Output.text }}' } },
        },
        phases: [
          { func: 'Note', name: 'one', args: { text: 'one' } },
          { func: 'Note', name: 'two', args: { text: 'two' } },
          { func: 'Note', name: 'three', args: { text: '{{ .Phases.one.Output.text }} three' } },
        ],
        deferPhase: { func: 'Note', name: 'cleanup', args: { text: 'cleanup' } },
      },
    };

    it('are continued by another ActionSet at the phase that failed, with the outputs of those before', async () => {
      bed.start({ functions });
      await bed.createBlueprint('bp', { ...THREE_PHASES, ...noting('other') });
      bad.add('two');
      const actions = [{}, { name: 'other' }];
      const first = await create('first', {}, actions);
      expect(statesOf(first)).toEqual(['complete,failed,pending', 'complete']);
      bad.clear();
      notes.length = 0;
      const second = await create('second', { continueFrom: 'first' }, actions);
      expect(second.status?.error.message).toBe('');
      expect(second.status?.state).toBe('complete');
      expect(notes).toEqual(['two', 'one three', 'cleanup']);
      expect(second.status?.actions[0]?.artifacts).toEqual({ all: { keyValue: { text: 'onetwo' } } });
      expect(second.status?.actions[1]?.artifacts).toEqual({ other: { keyValue: { text: 'other' } } });
    });

    it.each([
      ['absent', 'ActionSet "absent", which is to be continued, not found'],
      ['complete', 'ActionSet "complete" is complete: only a failed one can be continued'],
      ['failed', 'it has action run where this one has other'],
    ])('can’t be continued as %s: the ActionSet says why', async (earlier, message) => {
      bed.start({ functions });
      await bed.createBlueprint('bp', { ...THREE_PHASES, ...noting('other') });
      await create('complete', {}, [{}]);
      bad.add('two');
      await create('failed', {}, [{}]);
      notes.length = 0;
      const ended = await create('as', { continueFrom: earlier }, [{ name: 'other' }]);
      expect(ended.status?.state).toBe('failed');
      expect(ended.status?.error.message).toContain(message);
      expect(notes).toEqual([]);
    });
  });
});
