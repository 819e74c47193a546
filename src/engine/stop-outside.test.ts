import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOperatorBed, type OperatorBed } from '../../test/support/operator-bed.ts';
import { SECRETS } from '../kubernetes/resources.ts';
import { string } from './arguments.ts';
import { Failure } from './failure.ts';
import { defineFunction } from './function.ts';

describe('what a phase has going on outside of the operator', () => {
  let bed: OperatorBed;
  /** What goes on, and how often each was begun and stopped. */
  let done: string[];
  beforeEach(async () => {
    bed = await createOperatorBed();
    done = [];
  });
  afterEach(() => bed.close());

  const outside = defineFunction({
    name: 'Outside',
    args: { text: string({ required: true, doc: 'what goes on' }), ends: string({ doc: 'how it ends' }) },
    outputs: {},
    permissions: [],
    revision: 1,
    intents: () => [{ step: 'begin', unrepeatable: true }],
    async run({ text, ends }, { step, clock, signal }) {
      const begin = async () => {
        done.push(`begin ${text}`);
        if (ends === 'well') return undefined;
        if (ends === 'badly') throw new Failure('CommandFailed', 'it ended by itself');
        return clock.sleep(600_000, signal).then(() => undefined);
      };
      await step('begin', begin, { outside: { text } });
      return undefined;
    },
    async stop(data) {
      const { text } = data as { text: string };
      if (text === 'stuck') throw new Failure('Failed', 'it is stuck');
      done.push(`stop ${text}`);
    },
  });

  const begin = async (text: string, more: object = {}, ends = '') => {
    const operator = bed.start({ functions: [outside] });
    const phase = { func: 'Outside', name: 'long', args: { text, ends }, ...more };
    await bed.createBlueprint('bp', { run: { phases: [phase] } });
    await bed.createActionSet('as', { blueprint: 'bp' });
    return operator;
  };
  const begun = async () => {
    await expect.poll(() => done).toHaveLength(1);
  };
  const next = () => bed.start({ functions: [outside], identity: 'second' });
  const failure = async () => (await bed.actionSet('as')).status?.actions[0]?.phases[0]?.failure;

  it('is stopped when its action is cancelled', async () => {
    await begin('it');
    await begun();
    await bed.cancel('as');
    expect(await failure()).toMatchObject({ reason: 'Cancelled', message: 'Cancelled: enough' });
    expect(done).toEqual(['begin it', 'stop it']);
  });

  it('is stopped by the next operator when its action is cancelled meanwhile', async () => {
    const first = await begin('it');
    await begun();
    await first.stop();
    await bed.cancel('as');
    next();
    expect(await failure()).toMatchObject({ reason: 'Cancelled', message: 'Cancelled: enough' });
    expect(done).toEqual(['begin it', 'stop it']);
  });

  it('is stopped before the next attempt when the time of its phase is up', async () => {
    await begin('it', { timeout: '1s', retry: { attempts: 2, backoff: '10ms', on: ['PhaseTimeout'] } });
    expect(await failure()).toMatchObject({ reason: 'PhaseTimeout' });
    expect(done).toEqual(['begin it', 'stop it', 'begin it', 'stop it']);
  });

  it('is stopped when what its phase needs is gone', async () => {
    const name = { name: 'login', namespace: 'kanister' };
    await bed.client.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: name });
    const first = await begin('it', { objects: { login: { kind: 'Secret', ...name } } });
    await begun();
    await first.stop();
    await bed.client.delete(SECRETS, name);
    next();
    expect(await failure()).toMatchObject({ message: expect.stringContaining('secrets "login" not found') });
    expect(done).toEqual(['begin it', 'stop it']);
  });

  it('is told of when it can’t be stopped', async () => {
    await begin('stuck');
    await begun();
    await bed.cancel('as');
    expect(await failure()).toMatchObject({
      reason: 'Cancelled',
      message: 'Cancelled: enough; step "begin" of Outside may still be going on: it is stuck',
    });
  });

  it.each(['well', 'badly'])('is not stopped when it has ended %s by itself', async (ends) => {
    await begin('it', {}, ends);
    await failure();
    expect(done).toEqual(['begin it']);
  });
});
