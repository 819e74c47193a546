import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOperatorBed, type OperatorBed } from '../../test/support/operator-bed.ts';
import type { KubernetesClient, WatchOptions } from '../kubernetes/client.ts';
import type { KubernetesObject, ResourceType } from '../kubernetes/objects.ts';
import { SECRETS } from '../kubernetes/resources.ts';
import { ACTION_SETS } from '../api/kanister/types.ts';
import { string } from './arguments.ts';
import { Failure } from './failure.ts';
import { defineFunction } from './function.ts';

describe('what a phase has going on outside of the operator', () => {
  let bed: OperatorBed;
  /** What goes on, and how often each was begun and stopped. */
  let done: string[];
  let going: PromiseWithResolvers<void>;
  beforeEach(async () => {
    bed = await createOperatorBed();
    done = [];
    going = Promise.withResolvers();
  });
  afterEach(() => bed.close());

  const outside = defineFunction({
    name: 'Outside',
    args: { text: string({ required: true, doc: 'what goes on' }), ends: string({ doc: 'how it ends' }) },
    outputs: {},
    permissions: [],
    revision: 1,
    async run({ text, ends }, { step, checkpoints, clock, signal }) {
      const begin = async () => {
        done.push(`begin ${text}`);
        if (ends === 'well') return undefined;
        if (ends === 'badly') throw new Failure('CommandFailed', 'it ended by itself');
        if (ends === 'noted') {
          await going.promise;
          await checkpoints.write('place', 'half way');
        }
        return clock.sleep(600_000, signal).then(() => undefined);
      };
      const resume = ends === 'noted' ? 'repeat' : 'unrepeatable';
      await step('begin', begin, { resume, outside: { text } });
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

  it('is stopped by the next operator when the time of its phase is up meanwhile', async () => {
    const first = await begin('it', { timeout: '1s' });
    await begun();
    await first.stop();
    await delay(1_000);
    expect(done).toEqual(['begin it']);
    next();
    expect(await failure()).toMatchObject({ reason: 'PhaseTimeout' });
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

  it('is stopped when its ActionSet is taken away, also before the operator sees that', async () => {
    const first = await begin('it', {}, 'noted');
    await begun();
    await first.stop();
    // Of what is there it learns by a list, and of nothing that happens then.
    const deaf: KubernetesClient['watch'] = async function* <T extends KubernetesObject>(
      type: ResourceType,
      options: WatchOptions,
    ) {
      for await (const event of bed.client.watch<T>(type, options))
        if (type.resource !== ACTION_SETS.resource) yield event;
    };
    bed.start({ functions: [outside], identity: 'second', client: { ...bed.client, watch: deaf } });
    await expect.poll(() => done).toHaveLength(2);
    const name = { name: 'as', namespace: 'kanister' };
    await bed.client.patch(ACTION_SETS, name, { type: 'merge', body: { metadata: { finalizers: null } } });
    await bed.client.delete(ACTION_SETS, name);
    going.resolve();
    await expect.poll(() => done).toEqual(['begin it', 'begin it', 'stop it']);
    expect(bed.log.join('')).toContain('the ActionSet is gone, and what its run made was removed');
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
