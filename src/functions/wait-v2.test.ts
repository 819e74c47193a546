import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createPhase,
  createTestCluster,
  type PhaseOptions,
  type TestCluster,
} from '../../test/pods/phase.ts';
import { createOperatorBed, type OperatorBed } from '../../test/support/operator-bed.ts';
import { steppedClock, type SteppedClock } from '../../test/support/stepped-clock.ts';
import { decodeArguments } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import type { KubernetesClient, WatchOptions } from '../kubernetes/client.ts';
import type { Json, JsonObject, KubernetesObject, ResourceType } from '../kubernetes/objects.ts';
import { CONFIG_MAPS, EVENTS, SECRETS } from '../kubernetes/resources.ts';
import { waitV2 } from './wait-v2.ts';

type ConfigMap = KubernetesObject & { data?: Record<string, string> };

const YES = '{{ if eq .data.ready "yes" }}true{{ else }}false{{ end }}';
const reference = (name: string): JsonObject => ({
  apiVersion: 'v1',
  resource: 'configmaps',
  name,
  namespace: 'app',
});
const ready = (name: string): Json => ({ condition: YES, objectReference: reference(name) });

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await createTestCluster();
});
afterEach(() => cluster.stop());

const start = (
  conditions: Json,
  { timeout = '60s', ...options }: Partial<PhaseOptions> & { timeout?: string } = {},
) => {
  const clock = steppedClock({ settled: () => delay(5) });
  const phase = createPhase({ client: cluster.client, clock, ...options });
  const args = decodeArguments(waitV2.args, { timeout, conditions });
  const result = (async () => waitV2.run(args, phase.context))();
  let isOver = false;
  const over = () => (isOver = true);
  result.then(over, over);
  return { ...phase, clock, result, isOver: () => isOver };
};
const create = (name: string, value: string) =>
  cluster.client.create<ConfigMap>(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'app' },
    data: { ready: value },
  });
const set = (name: string, value: string) =>
  cluster.client.patch<ConfigMap>(
    CONFIG_MAPS,
    { name, namespace: 'app' },
    { type: 'merge', body: { data: { ready: value } } },
  );
const reads = () => cluster.requests.filter((request) => /^GET .*configmaps\/./.test(request)).length;
const failureOf = async (result: Promise<unknown>): Promise<Failure> => {
  const error: unknown = await result.catch((reason: unknown) => reason);
  if (error instanceof Failure) return error;
  throw new Error(`no failure: ${String(error)}`);
};
/** Lets the time go on in small steps until the wait is over. */
const goOn = async ({ clock, isOver }: { clock: SteppedClock; isOver: () => boolean }, step: number) => {
  const from = clock.monotonic();
  while (!isOver()) await clock.advance(step);
  return clock.monotonic() - from;
};

describe('WaitV2', () => {
  it('is over at once, and after one reading, when its condition holds', async () => {
    await create('flag', 'yes');
    const { result, stored } = start({ anyOf: [ready('flag')] });
    expect(await result).toBeUndefined();
    expect(reads()).toBe(1);
    // Nothing had to be stored before the phase's own end.
    expect(stored().steps).toEqual({});
  });

  it('is over as soon as a change makes the condition true, without the clock moving', async () => {
    await create('flag', 'no');
    const { result, clock } = start({ anyOf: [ready('flag')] });
    await clock.advance(5_000);
    const before = reads();
    await clock.advance(20_000);
    expect(reads() - before, 'readings while nothing changes').toBeLessThan(4);
    await set('flag', 'maybe');
    await clock.advance(60);
    await set('flag', 'yes');
    expect(await result).toBeUndefined();
  });

  /** As a connection that is dead without telling. */
  const deaf = () => ({
    ...cluster.client,
    async *watch(_type: unknown, { signal }: WatchOptions) {
      await new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      yield* [];
    },
  });

  it('asks at least every ten seconds, lest a watch that tells nothing keep it waiting', async () => {
    await create('flag', 'no');
    const wait = start({ anyOf: [ready('flag')] }, { client: deaf() });
    await wait.clock.advance(26_000);
    await set('flag', 'yes');
    expect(await goOn(wait, 500)).toBeLessThanOrEqual(10_000);
    expect(await wait.result).toBeUndefined();
  });

  it('takes a last look when its timeout is over', async () => {
    await create('flag', 'no');
    const wait = start({ anyOf: [ready('flag')] }, { client: deaf(), timeout: '12s' });
    await wait.clock.advance(11_500);
    const before = reads();
    await set('flag', 'yes');
    await goOn(wait, 100);
    expect(await wait.result).toBeUndefined();
    expect(reads() - before).toBe(1);
  });

  it('is over soon after its timeout, also where the API server does not answer any more', async () => {
    await create('flag', 'no');
    const client = deaf();
    const wait = start({ anyOf: [ready('flag')] }, { client, timeout: '12s' });
    await wait.clock.advance(11_500);
    client.get = (_type, _name, { signal } = {}) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    expect(await goOn(wait, 500)).toBeLessThanOrEqual(6_000);
    expect((await failureOf(wait.result)).message).toMatch(
      /^conditions\.anyOf\[0\]: not true for configmaps "flag" .* context deadline exceeded$/,
    );
  });

  it('sees a change at once also where it falls between two watches', async () => {
    await create('flag', 'no');
    const ends: AbortController[] = [];
    let mayBegin = Promise.resolve();
    const client: KubernetesClient = {
      ...cluster.client,
      async *watch<T extends KubernetesObject>(type: ResourceType, options: WatchOptions) {
        await mayBegin;
        const end = new AbortController();
        ends.push(end);
        const signal = AbortSignal.any([end.signal, ...(options.signal ? [options.signal] : [])]);
        try {
          yield* cluster.client.watch<T>(type, { ...options, signal });
        } catch (error) {
          if (!end.signal.aborted) throw error;
        }
      },
    };
    const { result, clock } = start({ anyOf: [ready('flag')] }, { client });
    await clock.advance(7_000);
    for (const value of ['maybe', 'soon', 'yes']) {
      const next = Promise.withResolvers<void>();
      mayBegin = next.promise;
      const before = ends.length;
      ends.at(-1)?.abort();
      await set('flag', value);
      next.resolve();
      // Without the clock: it goes on at once.
      while (ends.length === before) await delay(1);
      await clock.advance(60);
      if (value !== 'yes') await clock.advance(2_000);
    }
    expect(await result).toBeUndefined();
  });

  it('waits for an object that does not exist yet', async () => {
    const { result, clock } = start({ allOf: [ready('flag')] });
    await clock.advance(5_000);
    await create('flag', 'yes');
    expect(await result).toBeUndefined();
  });

  it('asks every two seconds at most where watching is not allowed', async () => {
    cluster.forbid.add('watch');
    await create('flag', 'no');
    const wait = start({ anyOf: [ready('flag')] });
    await wait.clock.advance(20_000);
    await set('flag', 'yes');
    expect(await goOn(wait, 100)).toBeLessThanOrEqual(2_100);
    await wait.result;
  });

  it.each<[string, Json, 'over' | 'waiting']>([
    ['one true of anyOf', { anyOf: [ready('no'), ready('yes')] }, 'over'],
    [
      'one true of anyOf after one whose object is missing',
      { anyOf: [ready('missing'), ready('yes')] },
      'over',
    ],
    [
      'one true of anyOf after one that does not parse',
      { anyOf: [{ condition: '{{' }, ready('yes')] },
      'over',
    ],
    ['one true of allOf', { allOf: [ready('yes'), ready('no')] }, 'waiting'],
    ['all of allOf', { allOf: [ready('yes'), ready('also')] }, 'over'],
    ['anyOf true, allOf false', { anyOf: [ready('yes')], allOf: [ready('no')] }, 'over'],
    ['anyOf false, allOf true', { anyOf: [ready('no')], allOf: [ready('yes')] }, 'over'],
  ])('%s: it is %s', async (_name, conditions, expected) => {
    await create('yes', 'yes');
    await create('also', 'yes');
    await create('no', 'no');
    const { result, clock, isOver, abort } = start(conditions);
    if (expected === 'over') await result;
    else await clock.advance(5_000);
    expect(isOver()).toBe(expected === 'over');
    abort.abort(new Error('the test is over'));
    await result.catch(() => undefined);
  });

  it('names what was missing at its timeout, which is as long as it says', async () => {
    await create('flag', 'no');
    const wait = start({ anyOf: [ready('flag'), ready('other')] }, { timeout: '8s' });
    const took = await goOn(wait, 500);
    expect(took).toBeGreaterThanOrEqual(8_000);
    expect(took).toBeLessThanOrEqual(8_500);
    const failure = await failureOf(wait.result);
    expect(failure.reason).toBe('ConditionNotMet');
    expect(failure.message).toBe(
      'conditions.anyOf[0]: not true for configmaps "flag" in namespace app; ' +
        'conditions.anyOf[1]: configmaps "other" not found: ' +
        'Failed to wait for the condition to be met: Context done while polling: context deadline exceeded',
    );
  });

  it('shows what a condition printed, but nothing of a Secret', async () => {
    await create('flag', 'maybe');
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'pw', namespace: 'app' } };
    await cluster.client.create<KubernetesObject & { data: object }>(SECRETS, {
      ...secret,
      data: { password: 'aHVudGVyMg==' },
    });
    const ofSecret = { ...reference('pw'), resource: 'secrets' };
    const wait = start(
      {
        anyOf: [
          { condition: '{{ .data.ready }}', objectReference: reference('flag') },
          { condition: '{{ base64decode .data.password }}', objectReference: ofSecret },
          { condition: '{{ slice .data.password 99 }}', objectReference: ofSecret },
        ],
      },
      { timeout: '1s' },
    );
    await goOn(wait, 500);
    const { message } = await failureOf(wait.result);
    expect(message).toContain('printed "maybe" and not true for configmaps "flag"');
    expect(message).toContain('not true for secrets "pw" in namespace app');
    expect(message).toContain('can\'t be evaluated for secrets "pw"');
    expect(message).not.toMatch(/hunter2|aHVu/);
  });

  it('counts its timeout from the first beginning, whichever operator goes on', async () => {
    await create('flag', 'no');
    const clock = steppedClock({ settled: () => delay(5) });
    const first = start({ anyOf: [ready('flag')] }, { clock });
    await clock.advance(40_000);
    first.abort.abort(new Error('killed'));
    await first.result.catch(() => undefined);
    await clock.advance(5_000);

    const second = start({ anyOf: [ready('flag')] }, { clock, journal: first.stored() });
    expect(await goOn({ ...second, clock }, 500)).toBeLessThanOrEqual(15_500);
    expect((await failureOf(second.result)).reason).toBe('ConditionNotMet');

    await set('flag', 'yes');
    const third = start({ anyOf: [ready('flag')] }, { clock, journal: first.stored() });
    // What holds holds, however late it is looked at.
    expect(await third.result).toBeUndefined();
  });

  it('looks once even with a timeout of zero', async () => {
    await create('flag', 'yes');
    expect(await start({ anyOf: [ready('flag')] }, { timeout: '0' }).result).toBeUndefined();
    const late = start({ anyOf: [ready('missing')] }, { timeout: '-1s' });
    expect((await failureOf(late.result)).message).toContain(
      'configmaps "missing" not found: Failed to wait',
    );
  });

  it('says what it waited for when its phase is to end', async () => {
    await create('flag', 'no');
    const { result, clock, abort } = start({ anyOf: [ready('flag')] });
    await clock.advance(1_000);
    abort.abort(new Error('cancelled'));
    expect((await failureOf(result)).message).toBe(
      'conditions.anyOf[0]: not true for configmaps "flag" in namespace app: cancelled',
    );
  });

  it('warns of conditions that hold for an object with nothing in it', async () => {
    await create('flag', 'yes');
    const all =
      '{{ $ok := true }}{{ range .status.conditions }}{{ if ne .status "True" }}{{ $ok = false }}{{ end }}{{ end }}{{ $ok }}';
    const conditions = [{ condition: all, objectReference: reference('flag') }, ready('flag')];
    const { result, warnings } = start({
      allOf: [...conditions, { condition: 'true', objectReference: reference('flag') }],
    });
    await result;
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^VacuousCondition: conditions\.allOf\[0\], conditions\.allOf\[2\]: true even for/,
    );
    const sound = start({ anyOf: [ready('flag')] });
    await sound.result;
    expect(sound.warnings).toEqual([]);
  });

  it('warns of conditions that can hold for nothing, where another one can end the wait', async () => {
    await create('flag', 'yes');
    const { result, warnings } = start({ anyOf: [{ condition: '{{' }, ready('flag')] });
    await result;
    expect(warnings).toEqual([
      'ConditionIgnored: can hold for no object: conditions.anyOf[0]: template: output:1: unclosed action',
    ]);
  });

  it('takes a group in front of the version, and objects without a namespace', async () => {
    const active = {
      condition: '{{ eq .status.phase "Active" }}',
      objectReference: { apiVersion: 'v1', resource: 'namespaces', name: 'app' },
    };
    const crd = {
      condition: '{{ exists . "metadata" "uid" }}',
      objectReference: { apiVersion: 'rbac.authorization.k8s.io/v1', resource: 'clusterroles', name: 'none' },
    };
    await start({ allOf: [active] }).result;
    const wait = start({ allOf: [crd] }, { timeout: '1s' });
    await goOn(wait, 500);
    expect((await failureOf(wait.result)).message).toContain(
      'clusterroles.rbac.authorization.k8s.io "none" not found',
    );
  });

  it.each<[Json, string]>([
    [{}, 'no conditions are given'],
    [
      { anyOf: [{ condition: '{{ if eq }}true', objectReference: reference('flag') }] },
      'template: output:1: unexpected EOF',
    ],
    [
      { allOf: [ready('flag'), { condition: 'true', objectReference: { resource: 'pods' } }] },
      'objectReference has no apiVersion, name',
    ],
    [{ anyOf: 'soon' }, "'anyOf[0]' expected a map, got 'string'"],
  ])('that can end well with no object ends at once: %j', async (conditions, why) => {
    const begin = async () => start(conditions).result;
    const failure = await failureOf(begin());
    expect(failure).toMatchObject({ reason: 'InvalidArgument', details: { argument: 'conditions' } });
    expect(failure.message).toContain(why);
    expect(reads()).toBe(0);
    expect(() => waitV2.validate?.({ timeout: '5m', conditions })).toThrow(why);
  });

  it('is refused by the validation of Blueprints only where it could never end well', () => {
    const validate = (args: JsonObject) => () => waitV2.validate?.(args);
    expect(validate({ timeout: 'soon' })).toThrow('Failed to parse timeout: time: invalid duration "soon"');
    expect(
      validate({
        timeout: '{{ .Options.timeout }}',
        conditions: { anyOf: [ready('{{ .Namespace.Name }}')] },
      }),
    ).not.toThrow();
    expect(
      validate({ timeout: '5m', conditions: { anyOf: [{ condition: '{{' }, ready('flag')] } }),
    ).not.toThrow();
    expect(validate({})).not.toThrow();
  });
});

describe('WaitV2 in an action', () => {
  let bed: OperatorBed;
  beforeEach(async () => {
    bed = await createOperatorBed();
  });
  afterEach(() => bed.close());

  it('has its timeout and references rendered, its conditions not, and posts what it warns of', async () => {
    bed.start({ functions: [waitV2] });
    const object = { apiVersion: 'v1', resource: 'namespaces', name: '{{ .Namespace.Name }}' };
    const phase = (condition: string, timeout: string) => ({
      run: {
        kind: '',
        phases: [
          {
            name: 'wait',
            func: 'WaitV2',
            args: { timeout, conditions: { anyOf: [{ condition, objectReference: object }] } },
          },
        ],
      },
    });
    await bed.createBlueprint('good', phase('{{ eq .metadata.name "app" }}', '{{ .Options.timeout }}'));
    await bed.createBlueprint('vacuous', phase('{{ not .spec.paused }}', '5s'));
    await bed.createActionSet('good', { blueprint: 'good', options: { timeout: '7s' } });
    await bed.createActionSet('bad', { blueprint: 'good', options: { timeout: 'soon' } });
    await bed.createActionSet('vacuous', { blueprint: 'vacuous' });
    expect((await bed.actionSet('good')).status?.state).toBe('complete');
    expect((await bed.actionSet('bad')).status?.error.message).toMatch(
      /^Failed to parse timeout: time: invalid duration "soon"/,
    );
    expect((await bed.actionSet('vacuous')).status?.state).toBe('complete');
    await expect
      .poll(async () => {
        const { items } = await bed.client.list<KubernetesObject & { reason: string; type: string }>(EVENTS, {
          namespace: 'kanister',
        });
        return items.filter(({ reason }) => reason === 'VacuousCondition').map(({ type }) => type);
      })
      .toEqual(['Warning']);
  });
});
