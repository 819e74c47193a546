import { boolean, integer, string } from '../../src/engine/arguments.ts';
import { Failure } from '../../src/engine/failure.ts';
import { defineFunction, type FunctionContext, type FunctionDefinition } from '../../src/engine/function.ts';
import { CONFIG_MAPS } from '../../src/kubernetes/resources.ts';
import type { Effect } from './invariants.ts';

/** Does an effect, as the process whose function asks for it. */
export type Act = (effect: Effect) => Promise<void>;

/** Functions that act upon the simulated world, of one process. */
export function crashFunctions(act: Act): FunctionDefinition[] {
  const effectOf = ({ owner, action, phase }: FunctionContext, step: string, unrepeatable: boolean) => ({
    uid: owner.uid,
    action: action.name,
    phase,
    step,
    unrepeatable,
  });

  /** Observes, makes something of its own where it is asked to, and changes the world in a way that may be repeated. */
  const note = defineFunction({
    name: 'Note',
    args: {
      value: string({ doc: 'what to return', default: '' }),
      hidden: string({ doc: 'what it only needs', default: '' }),
      temporary: boolean({ doc: 'whether to make a ConfigMap meanwhile', default: false }),
      milliseconds: integer({ doc: 'how long it takes', default: 0 }),
    },
    outputs: { value: 'the argument' },
    permissions: [],
    revision: 1,
    intents: ({ temporary }, { settings }) =>
      temporary
        ? [{ step: 'note', creates: CONFIG_MAPS, namespace: settings.namespace, prefix: 'note-' }]
        : [],
    async run({ value, temporary, milliseconds }, context) {
      const { step, createTemporary, settings, clock, signal } = context;
      await step('observe', () => act(effectOf(context, 'observe', false)).then(() => value.length));
      if (temporary) {
        await createTemporary('note', {
          type: CONFIG_MAPS,
          namespace: settings.namespace,
          prefix: 'note-',
          object: { apiVersion: 'v1', kind: 'ConfigMap' },
        });
      }
      if (milliseconds > 0) await clock.sleep(milliseconds, signal);
      await step('change', () => act(effectOf(context, 'change', false)).then(() => undefined));
      return value === '' ? undefined : { value };
    },
  });

  /** Does what must not be done twice. */
  const once = defineFunction({
    name: 'Once',
    args: { value: string({ doc: 'what to return', default: '' }) },
    outputs: { value: 'the argument' },
    permissions: [],
    revision: 1,
    intents: () => [{ step: 'act', unrepeatable: true }],
    async run({ value }, context) {
      await context.step('act', () => act(effectOf(context, 'act', true)).then(() => undefined), {
        resume: 'unrepeatable',
      });
      return value === '' ? undefined : { value };
    },
  });

  /** The same, where the Blueprint allows to do it again after an interruption. */
  const onceOrMore = defineFunction({
    name: 'OnceOrMore',
    args: { value: string({ doc: 'what to return', default: '' }) },
    outputs: { value: 'the argument' },
    permissions: [],
    revision: 1,
    intents: () => [{ step: 'act', unrepeatable: true }],
    async run({ value }, context) {
      await context.step('act', () => act(effectOf(context, 'act', false)).then(() => undefined), {
        resume: 'unrepeatable',
      });
      return value === '' ? undefined : { value };
    },
  });

  /** Does something, and fails. */
  const fail = defineFunction({
    name: 'Break',
    args: {},
    outputs: {},
    permissions: [],
    revision: 1,
    async run(_args, context) {
      await context.step('try', () => act(effectOf(context, 'try', false)).then(() => undefined));
      throw new Failure('Broken', 'it is broken');
    },
  });
  /** Waits until it is told to end, and ends well: so its run is cancelled between two phases. */
  const heed = defineFunction({
    name: 'Heed',
    args: {},
    outputs: {},
    permissions: [],
    revision: 1,
    async run(_args, { signal }) {
      if (!signal.aborted) {
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      return undefined;
    },
  });
  return [note, once, onceOrMore, fail, heed] as FunctionDefinition[];
}
