import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kanisterCrds } from '../../src/api/kanister/crds.ts';
import {
  ACTION_SETS,
  API_VERSION,
  BLUEPRINTS,
  PROFILES,
  type ActionSet,
  type ActionSetStatus,
} from '../../src/api/kanister/types.ts';
import { any } from '../../src/engine/arguments.ts';
import { defineFunction, type FunctionDefinition } from '../../src/engine/function.ts';
import { JOURNAL_ANNOTATION } from '../../src/engine/journal.ts';
import { ApiError } from '../../src/kubernetes/api-error.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  EVENTS,
  LEASES,
  SECRETS,
} from '../../src/kubernetes/resources.ts';
import { acceleratedClock } from '../pods/accelerated-clock.ts';
import { failingClient, type Request, type Trouble } from '../support/failing-client.ts';
import { echo, fail, wait } from '../support/functions.ts';
import { createOperatorBed, type OperatorBed } from '../support/operator-bed.ts';

/** Effects, counted in the world and not in a journal. */
const acts = new Map<string, number>();

/** Makes a ConfigMap, does what must not be done twice, and stays a while. */
const act = defineFunction({
  name: 'Act',
  args: { value: any({ doc: 'returned' }) },
  outputs: { value: 'the argument' },
  permissions: [],
  revision: 1,
  intents: () => [
    { step: 'note', creates: CONFIG_MAPS, namespace: 'kanister', prefix: 'act-' },
    { step: 'act', unrepeatable: true },
  ],
  async run({ value }, { step, createTemporary, owner, phase, clock, signal }) {
    await createTemporary('note', {
      type: CONFIG_MAPS,
      namespace: 'kanister',
      prefix: 'act-',
      object: { apiVersion: 'v1', kind: 'ConfigMap' },
    });
    const key = `${owner.uid}/${phase}`;
    await step('act', () => Promise.resolve(void acts.set(key, (acts.get(key) ?? 0) + 1)), {
      resume: 'unrepeatable',
    });
    await clock.sleep(30, signal);
    return { value: value ?? null };
  },
}) as FunctionDefinition;

const functions = [act, echo as FunctionDefinition, fail as FunctionDefinition, wait as FunctionDefinition];
const TWO_PHASES = {
  run: {
    outputArtifacts: { a: { keyValue: { k: '{{ .Phases.two.Output.value }}' } } },
    phases: [
      { func: 'Act', name: 'one', args: { value: 'x' } },
      { func: 'Act', name: 'two', args: { value: '{{ .Phases.one.Output.value }}y' } },
    ],
    deferPhase: { func: 'Act', name: 'cleanup' },
  },
};
const NAME = { name: 'as', namespace: 'kanister' };

const reasonsOf = (status: ActionSetStatus | null | undefined) =>
  status?.conditions?.map(({ reason }) => reason);

describe('in trouble', () => {
  let bed: OperatorBed;
  beforeEach(async () => {
    acts.clear();
    bed = await createOperatorBed();
  });
  afterEach(() => bed.close());

  const leftovers = async () => {
    const { items } = await bed.client.list(CONFIG_MAPS, { namespace: 'kanister' });
    return items.map(({ metadata }) => metadata?.name ?? '').filter((name) => name.startsWith('act-'));
  };
  const everythingDoneOnce = async (names: string[]) => {
    for (const name of names) {
      const { status, metadata } = await bed.actionSet(name);
      expect(status?.state, JSON.stringify(status)).toBe('complete');
      expect(status?.actions[0]?.artifacts).toEqual({ a: { keyValue: { k: 'xy' } } });
      expect(metadata.finalizers).toBeUndefined();
      expect(metadata.annotations).toBeUndefined();
      for (const phase of ['one', 'two', 'cleanup']) expect(acts.get(`${metadata.uid}/${phase}`)).toBe(1);
    }
  };
  const replaceActionSet = async (change: (found: ActionSet) => ActionSet) => {
    for (;;) {
      const found = await bed.client.get<ActionSet>(ACTION_SETS, NAME);
      const done = await bed.client.replace(ACTION_SETS, change(found)).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ApiError && error.code === 409) return false;
          throw error;
        },
      );
      if (done) return;
    }
  };
  const isGone = () =>
    bed.client.get(ACTION_SETS, NAME).then(
      () => 'there',
      () => 'gone',
    );

  it('two operators without a lease do everything once, and each ActionSet ends once', async () => {
    bed.start({ functions, identity: 'a', flags: ['--no-leader-election'] });
    await bed.createBlueprint('bp', TWO_PHASES);
    bed.start({ functions, identity: 'b', flags: ['--no-leader-election'] });
    await expect.poll(() => bed.log.join('').split('watching ActionSets').length).toBe(3);
    const names = ['one', 'two', 'three', 'four', 'five', 'six'];
    await Promise.all(names.map((name) => bed.createActionSet(name, { blueprint: 'bp' })));
    await everythingDoneOnce(names);
    expect(await leftovers()).toEqual([]);
  });

  it('an operator that starts beside one without a lease takes its runs over; what can’t be repeated is done once', async () => {
    bed.start({ functions, identity: 'a', flags: ['--no-leader-election'] });
    await bed.createBlueprint('bp', TWO_PHASES);
    const names = ['one', 'two', 'three', 'four'];
    for (const name of names) await bed.createActionSet(name, { blueprint: 'bp' });
    await bed.actionSet('one', ({ status }) => status?.state !== undefined);
    bed.start({ functions, identity: 'b', flags: ['--no-leader-election'] });
    for (const name of names) {
      const { status, metadata } = await bed.actionSet(name);
      for (const phase of ['one', 'two', 'cleanup'])
        expect(acts.get(`${metadata.uid}/${phase}`) ?? 0).toBeLessThanOrEqual(1);
      if (status?.state === 'failed') expect(status.error.message).toContain('outcome is unknown');
      expect(metadata.finalizers).toBeUndefined();
      expect(metadata.annotations).toBeUndefined();
    }
    expect(await leftovers()).toEqual([]);
  });

  /** Of the requests that it applies to, every `nth` one meets the trouble. */
  const troubled = (
    trouble: Trouble,
    nth: number,
    applies: (request: Request) => boolean,
  ): KubernetesClient => {
    let count = 0;
    return failingClient(bed.client, (request) => {
      if (request.type.resource === LEASES.resource || !applies(request)) return undefined;
      count += 1;
      return count % nth === 1 ? trouble : undefined;
    });
  };
  const isWrite = ({ verb }: Request) => verb !== 'get';

  it.each<[string, Trouble, number, (request: Request) => boolean]>([
    ['fails with 429', { error: new ApiError(429, { message: 'slow down' }) }, 2, isWrite],
    ['fails with 500', { error: new ApiError(500, { message: 'no leader' }) }, 2, isWrite],
    ['is cut off before it arrives', { error: new Error('connection refused') }, 2, isWrite],
    ['is done, but its answer is lost', { error: new Error('connection reset'), lost: true }, 2, isWrite],
    [
      'of an ActionSet is done, but its answer is a 500',
      { error: new ApiError(500, { message: 'timed out' }), lost: true },
      2,
      ({ verb, type }) => verb === 'replace' && type.resource === ACTION_SETS.resource,
    ],
    ['or read fails with 500', { error: new ApiError(500, { message: 'no leader' }) }, 5, () => true],
  ])(
    'completes, and does everything once, although many a write %s',
    async (_how, trouble, nth, applies) => {
      const installer = bed.start({ functions });
      await bed.createBlueprint('bp', TWO_PHASES);
      await bed.client.create(SECRETS, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 's', namespace: 'kanister' },
        data: { id: 'aWQ=', key: 'a2V5' },
      } as KubernetesObject);
      await bed.client.create(PROFILES, {
        apiVersion: API_VERSION,
        kind: 'Profile',
        metadata: { name: 'p', namespace: 'kanister' },
        location: { type: 's3Compliant', bucket: 'b' },
        credential: {
          type: 'keyPair',
          keyPair: { idField: 'id', secretField: 'key', secret: { name: 's', namespace: 'kanister' } },
        },
      } as KubernetesObject);
      await installer.stop();
      bed.start({
        functions,
        client: troubled(trouble, nth, applies),
        env: { CREATEORUPDATE_CRDS: 'false' },
        flags: ['--no-leader-election'],
      });
      const names = ['as', 'bs'];
      const object = { apiVersion: 'v1', resource: 'namespaces', kind: 'unstructured', name: 'app' };
      const profile = { name: 'p', namespace: 'kanister' };
      for (const name of names) await bed.createActionSet(name, { blueprint: 'bp', profile, object });
      await everythingDoneOnce(names);
      expect(await leftovers()).toEqual([]);
    },
    30_000,
  );

  it('completes and resumes with the CRDs of the original, that keep none of our fields', async () => {
    const ours = ['failure', 'startTime', 'completionTime', 'conditions', 'attempts'];
    for (const crd of kanisterCrds) {
      const json = JSON.stringify(crd, (key, value: unknown) =>
        ours.includes(key) || key === 'selectableFields' ? undefined : value,
      );
      await bed.client.create(CUSTOM_RESOURCE_DEFINITIONS, JSON.parse(json) as KubernetesObject);
    }
    const env = { CREATEORUPDATE_CRDS: 'false' };
    const slow = {
      run: {
        ...TWO_PHASES.run,
        phases: [
          TWO_PHASES.run.phases[0],
          { func: 'Sleep', name: 'wait', args: { milliseconds: 300 } },
          TWO_PHASES.run.phases[1],
        ],
      },
    };
    const first = bed.start({ functions, env });
    await bed.createBlueprint('bp', slow as typeof TWO_PHASES);
    await bed.createActionSet('as', { blueprint: 'bp' });
    const running = await bed.actionSet(
      'as',
      ({ status }) => status?.actions?.[0]?.phases[1]?.state === 'running',
    );
    expect(running.status?.startTime).toBeUndefined();
    await first.stop();
    bed.start({ functions, env, identity: 'second' });
    await everythingDoneOnce(['as']);
    expect(await leftovers()).toEqual([]);
  });

  it('goes on as it began when its Blueprint is changed and then deleted', async () => {
    bed.start({ functions });
    const blueprint = await bed.createBlueprint('bp', {
      run: {
        phases: [
          { func: 'Sleep', name: 'a', args: { milliseconds: 200 } },
          { func: 'Echo', name: 'b', args: { value: 'old' } },
        ],
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as', ({ status }) => status?.state === 'running');
    await bed.client.replace(BLUEPRINTS, { ...blueprint, actions: {} });
    await bed.client.delete(BLUEPRINTS, { name: 'bp', namespace: 'kanister' });
    const { status } = await bed.actionSet('as');
    expect(status?.state).toBe('complete');
    expect(status?.actions[0]?.phases[1]?.output).toEqual({ value: 'old' });
  });

  it('writes its status again after kubectl replace wiped it with the journal, the finalizer and all', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: {
        ...TWO_PHASES.run,
        phases: [{ func: 'Sleep', name: 'w', args: { milliseconds: 200 } }, ...TWO_PHASES.run.phases],
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as', ({ status }) => status?.state === 'running');
    await replaceActionSet(({ apiVersion, kind, spec, metadata }) => {
      const { name, namespace, resourceVersion, uid } = metadata;
      return { apiVersion, kind, spec, metadata: { name, namespace, resourceVersion, uid } };
    });
    await everythingDoneOnce(['as']);
    expect(await leftovers()).toEqual([]);
  });

  it('fails, and does not run again, what was wiped by kubectl replace while no operator was there', async () => {
    const first = bed.start({ functions });
    await bed.createBlueprint('bp', TWO_PHASES);
    await first.stop();
    const { spec } = await bed.createActionSet('as', { blueprint: 'bp' });
    await replaceActionSet((found) => ({ ...found, status: { state: 'running' } as ActionSetStatus }));
    await replaceActionSet(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata, spec }));
    bed.start({ functions });
    const { status } = await bed.actionSet('as');
    expect(status?.state).toBe('failed');
    expect(status?.error.message).toContain('its status was removed');
    expect(reasonsOf(status)).toContain('StatusRemoved');
    expect(acts.size).toBe(0);
  });

  it('stops and removes what it made when the ActionSet is taken away under it, and runs one of the same name', async () => {
    bed.start({ functions: [...functions, holding] });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Hold', name: 'long' }] } });
    await bed.createBlueprint('quick', TWO_PHASES);
    await bed.createActionSet('as', { blueprint: 'bp' });
    await expect.poll(leftovers).toHaveLength(1);
    await replaceActionSet((found) => ({ ...found, metadata: { ...found.metadata, finalizers: [] } }));
    await bed.client.delete(ACTION_SETS, NAME).catch(() => undefined);
    // Its own write may have come between the two, with the finalizer: then it is cancelled in the ordinary way.
    await expect.poll(isGone).toBe('gone');
    await bed.createActionSet('as', { blueprint: 'quick' });
    await expect.poll(leftovers, { timeout: 10_000 }).toEqual([]);
    await everythingDoneOnce(['as']);
    expect(await leftovers()).toEqual([]);
  });

  it.each<[string, () => object]>([
    ['a BigInt', () => ({ value: 1n })],
    [
      'itself',
      () => {
        const output: Record<string, unknown> = {};
        output['value'] = output;
        return output;
      },
    ],
    ['a function', () => ({ value: () => 1 })],
  ])('fails a phase whose output holds %s, which can’t be stored', async (_what, output) => {
    const odd = {
      ...echo,
      name: 'Odd',
      run: () => Promise.resolve(output()),
    } as unknown as FunctionDefinition;
    bed.start({ functions: [...functions, odd] });
    await bed.createBlueprint('bp', {
      run: { phases: [{ func: 'Odd', name: 'a' }], deferPhase: { func: 'Act', name: 'cleanup' } },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    const { status } = await bed.actionSet('as');
    expect(status?.actions[0]?.phases[0]?.failure?.reason).toBe('InvalidOutput');
    expect(status?.actions[0]?.deferPhase.state).toBe('complete');
  });

  it('lets no effect of a function happen after its phase has ended', async () => {
    const late = Promise.withResolvers<unknown>();
    const leaving = defineFunction({
      name: 'Leave',
      args: {},
      outputs: {},
      permissions: [],
      revision: 1,
      run(_args, { kubernetes, clock, step }) {
        const metadata = { name: 'act-late', namespace: 'kanister' };
        const create = () =>
          kubernetes.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
        late.resolve(
          clock.sleep(100).then(async () => {
            await step('before', () => Promise.resolve(1));
            return step('late', () => create().then(() => undefined));
          }),
        );
        return Promise.resolve(undefined);
      },
    }) as FunctionDefinition;
    bed.start({ functions: [...functions, leaving] });
    await bed.createBlueprint('bp', {
      run: {
        phases: [
          { func: 'Leave', name: 'a' },
          { func: 'Sleep', name: 'b', args: { milliseconds: 300 } },
        ],
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await expect(late.promise).rejects.toThrow('the phase is over');
    expect((await bed.actionSet('as')).status?.state).toBe('complete');
    expect(await leftovers()).toEqual([]);
  });

  it('lets an ActionSet go with its namespace, in which nothing can be created any more', async () => {
    const message = 'unable to create new content in namespace kanister because it is being terminated';
    const error = new ApiError(403, { reason: 'Forbidden', message });
    let terminating = false;
    const client = failingClient(bed.client, ({ verb }) =>
      terminating && verb === 'create' ? { error } : undefined,
    );
    bed.start({ functions, client });
    await bed.createBlueprint('bp', {
      run: { phases: [{ func: 'Sleep', name: 'long' }], deferPhase: { func: 'Act', name: 'cleanup' } },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as', ({ status }) => status?.state === 'running');
    terminating = true;
    await bed.client.delete(ACTION_SETS, NAME);
    await expect.poll(isGone, { timeout: 10_000 }).toBe('gone');
  });

  it('gives the deferPhase of a cancelled run the time that it needs, but not for ever', async () => {
    const clock = acceleratedClock(1_000);
    const told = Promise.withResolvers<void>();
    const clean = defineFunction({
      name: 'Clean',
      args: { milliseconds: any({ doc: 'how long' }) },
      outputs: {},
      permissions: [],
      revision: 1,
      async run({ milliseconds }, { clock: own, signal }) {
        await own.sleep(Number(milliseconds), signal).catch((error: unknown) => {
          told.resolve();
          throw error;
        });
        return undefined;
      },
    }) as FunctionDefinition;
    bed.start({ functions: [...functions, clean], clock, flags: ['--no-leader-election'] });
    const cancelled = async (name: string, milliseconds: number) => {
      await bed.createBlueprint(name, {
        run: {
          phases: [{ func: 'Sleep', name: 'long' }],
          deferPhase: { func: 'Clean', name: 'cleanup', args: { milliseconds } },
        },
      });
      const { metadata } = await bed.createActionSet('as', { blueprint: name });
      await bed.actionSet('as', ({ status }) => status?.state === 'running');
      await bed.client.delete(ACTION_SETS, NAME);
      await expect.poll(isGone, { timeout: 10_000 }).toBe('gone');
      return metadata.uid ?? '';
    };
    const eventsOf = async (uid: string) => {
      const events = await bed.client.list<KubernetesObject & { message: string }>(EVENTS, {
        namespace: 'kanister',
        fieldSelector: `involvedObject.uid=${uid}`,
      });
      return events.items.map(({ message }) => message).join('\n');
    };
    const minutes = await cancelled('minutes', 5 * 60_000);
    await expect.poll(() => eventsOf(minutes)).toContain('Completed deferPhase cleanup');
    const forever = await cancelled('forever', 24 * 3_600_000);
    await expect
      .poll(() => eventsOf(forever))
      .toContain('Failed to execute defer phase: the deferPhase did not end within 30 minutes');
    await told.promise;
  }, 30_000);

  describe('what another program left running, once it has stood still for two minutes', () => {
    const leaveRunning = async (lastTransitionTime: Date, progress: object = {}) => {
      const clock = acceleratedClock(500);
      bed.start({ functions, clock, flags: ['--no-leader-election'] });
      await bed.createBlueprint('bp', TWO_PHASES);
      const phases = [
        { name: 'one', state: 'running', progress: {} },
        { name: 'two', state: 'pending', progress: {} },
      ];
      const deferPhase = { name: 'cleanup', state: 'pending', progress: {} };
      const status = {
        state: 'running',
        actions: [{ name: 'run', phases, deferPhase }],
        error: { message: '' },
        progress: { lastTransitionTime: lastTransitionTime.toISOString(), ...progress },
      };
      const began = clock.monotonic();
      await bed.client.create(ACTION_SETS, {
        apiVersion: 'cr.kanister.io/v1alpha1',
        kind: 'ActionSet',
        metadata: NAME,
        spec: {
          actions: [
            { name: 'run', blueprint: 'bp', object: { kind: 'Namespace', name: 'app', namespace: 'app' } },
          ],
        },
        status,
      } as KubernetesObject);
      const ended = await bed.actionSet('as');
      expect(clock.monotonic() - began).toBeGreaterThan(120_000);
      expect(ended.status?.state).toBe('failed');
      expect(ended.status?.error.message).toContain('was begun by another operator');
      expect(ended.metadata.finalizers).toBeUndefined();
      const [action] = ended.status?.actions ?? [];
      return {
        states: [...(action?.phases ?? []), action?.deferPhase].map((phase) => phase?.state),
        done: [...acts.keys()].map((key) => key.split('/')[1]),
        message: ended.status?.error.message ?? '',
      };
    };
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

    it('fails, and has its deferPhase run, and no other phase', async () => {
      const { states, done, message } = await leaveRunning(hoursAgo(0));
      expect(states).toEqual(['failed', 'pending', 'complete']);
      expect(done).toEqual(['cleanup']);
      expect(message).toContain('Its deferPhase was run');
    });

    it('fails without more ado when nothing has moved for over an hour, and says what can be done', async () => {
      const { states, done, message } = await leaveRunning(hoursAgo(2));
      expect(states).toEqual(['failed', 'pending', 'pending']);
      expect(done).toEqual([]);
      expect(message).toContain('Its deferPhase was not run: nothing has moved for over an hour');
      expect(message).toContain('spec.continueFrom: as');
    });

    it('fails without its deferPhase when that had been begun', async () => {
      const { states, done } = await leaveRunning(hoursAgo(0), { runningPhase: 'cleanup' });
      expect(states).toEqual(['failed', 'pending', 'failed']);
      expect(done).toEqual([]);
    });
  });

  it('fails an action whose artifacts do not fit, and keeps their templates', async () => {
    bed.start({ functions });
    const half = '{{ .Phases.p.Output.value }}';
    await bed.createBlueprint('bp', {
      run: {
        outputArtifacts: { a: { keyValue: { one: half, two: half } } },
        phases: [{ func: 'Echo', name: 'p', args: { value: '{{ repeat 600000 "x" }}' } }],
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    const { status } = await bed.actionSet('as');
    expect(status?.state).toBe('failed');
    expect(status?.error.message).toContain('do not fit into the ActionSet');
    expect(reasonsOf(status)).toContain('ArtifactsTooLarge');
    expect(status?.actions[0]?.artifacts).toEqual({ a: { keyValue: { one: half, two: half } } });
  });

  it('fails an ActionSet that had ended, and lost its status since', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', TWO_PHASES);
    await bed.createActionSet('as', { blueprint: 'bp' });
    await everythingDoneOnce(['as']);
    expect(await leftovers()).toEqual([]);
    await expect.poll(() => bed.log.join('')).toContain('ActionSet complete');
    await replaceActionSet(({ apiVersion, kind, metadata, spec }) => ({ apiVersion, kind, metadata, spec }));
    expect((await bed.actionSet('as')).status?.error.message).toContain('its status was removed');
    expect(acts.size).toBe(3);
  });

  it.each<[string, unknown]>([
    ['an empty status', {}],
    ['a pending status without phases', { state: 'pending', actions: [{ name: 'run' }] }],
    [
      'a pending status with other phases',
      { state: 'pending', actions: [{ name: 'run', phases: [{ name: 'z', state: 'complete' }] }] },
    ],
    ['a pending status of other actions', { state: 'pending', actions: [] }],
    [
      'a pending status with an empty progress',
      {
        state: 'pending',
        actions: [
          {
            name: 'run',
            phases: [
              { name: 'one', state: 'pending' },
              { name: 'two', state: 'pending' },
            ],
            deferPhase: { name: 'cleanup', state: 'pending' },
          },
        ],
      },
    ],
  ])('ends an ActionSet that came with %s', async (_what, status) => {
    const installer = bed.start({ functions });
    await bed.createBlueprint('bp', TWO_PHASES);
    await installer.stop();
    await bed.client.create(ACTION_SETS, {
      apiVersion: API_VERSION,
      kind: 'ActionSet',
      metadata: NAME,
      spec: {
        actions: [
          { name: 'run', blueprint: 'bp', object: { kind: 'Namespace', name: 'app', namespace: 'app' } },
        ],
      },
      status,
    } as KubernetesObject);
    bed.start({ functions });
    const ended = await bed.actionSet('as');
    expect(ended.metadata.finalizers).toBeUndefined();
    expect(ended.status?.error.message ?? '').not.toMatch(/undefined|TypeError|Cannot read/);
    expect(bed.log.join('')).not.toMatch(/Cannot read|TypeError/);
  });

  it.each<[string, Parameters<OperatorBed['createBlueprint']>[1], string]>([
    ['no phases', { run: {} }, 'complete'],
    ['only a deferPhase', { run: { deferPhase: { func: 'Act', name: 'd' } } }, 'complete'],
    [
      'two phases of one name',
      {
        run: {
          phases: [
            { func: 'Act', name: 'p' },
            { func: 'Echo', name: 'p' },
          ],
        },
      },
      'complete',
    ],
    [
      'a null argument',
      { run: { phases: [{ func: 'Echo', name: 'p', args: { value: null } }] } },
      'complete',
    ],
    [
      'an output that is too large',
      {
        run: {
          phases: [{ func: 'Echo', name: 'p', args: { value: '{{ repeat 1500000 "x" }}' } }],
          deferPhase: { func: 'Act', name: 'd' },
        },
      },
      'failed',
    ],
  ])('ends an action with %s', async (what, actions, state) => {
    bed.start({ functions });
    await bed.createBlueprint('bp', actions);
    await bed.createActionSet('as', { blueprint: 'bp' }, { blueprint: 'bp' });
    const { status } = await bed.actionSet('as');
    expect(status?.state, JSON.stringify(status?.error)).toBe(state);
    if (what.includes('large')) {
      expect(status?.actions[0]?.phases[0]?.failure?.reason).toBe('OutputTooLarge');
      expect(status?.actions[0]?.deferPhase.state).toBe('complete');
    }
    expect(await leftovers()).toEqual([]);
  });

  it('completes an ActionSet without actions', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {});
    await bed.createActionSet('as');
    expect((await bed.actionSet('as')).status?.state).toBe('complete');
  });

  /** Stops the operator while `as` holds its ConfigMap, and changes its journal. */
  const interruptAndChange = async (change: (journal: string) => string) => {
    const first = bed.start({ functions: [...functions, holding] });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Hold', name: 'long' }] } });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await expect.poll(leftovers).toHaveLength(1);
    await first.stop();
    await replaceActionSet((found) => {
      const annotations = { ...found.metadata.annotations };
      annotations[JOURNAL_ANNOTATION] = change(annotations[JOURNAL_ANNOTATION] ?? '');
      return { ...found, metadata: { ...found.metadata, annotations } };
    });
    bed.start({ functions: [...functions, holding] });
  };
  const packed = (value: unknown) => gzipSync(JSON.stringify(value)).toString('base64');

  it.each([
    ['is no base64 of gzip', () => 'spoilt'],
    ['holds null', () => packed(null)],
    ['holds an empty object', () => packed({})],
    ['holds no claim', () => packed({ version: 1, actions: [] })],
  ])('fails an ActionSet whose journal %s', async (_how, change) => {
    await interruptAndChange(change);
    const { status, metadata } = await bed.actionSet('as');
    expect(status?.state).toBe('failed');
    expect(metadata.finalizers).toBeUndefined();
    expect(metadata.annotations).toBeUndefined();
  });

  it('leaves an ActionSet alone whose journal is of a later version', async () => {
    await interruptAndChange((text) => {
      const journal = JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString()) as object;
      return packed({ ...journal, version: 99, claim: 'of another form' });
    });
    await expect.poll(() => bed.log.join('')).toContain('left to a later version');
    const { status, metadata } = await bed.client.get<ActionSet>(ACTION_SETS, NAME);
    expect(status?.state).toBe('running');
    expect(metadata.finalizers).toEqual(['cr.kanister.io/run']);
  });

  it('removes what was made when the status was changed so that the run can’t go on', async () => {
    const first = bed.start({ functions: [...functions, holding] });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Hold', name: 'long' }] } });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await expect.poll(leftovers).toHaveLength(1);
    await first.stop();
    await replaceActionSet((found) => {
      const changed = structuredClone(found);
      delete changed.status;
      return changed;
    });
    bed.start({ functions: [...functions, holding] });
    const { status, metadata } = await bed.actionSet('as');
    expect(status?.error.message).toContain('the status of the ActionSet was changed');
    expect(metadata.finalizers).toBeUndefined();
    expect(await leftovers()).toEqual([]);
  });
});

/** Makes a ConfigMap, and holds it until it is told to end. */
const holding = defineFunction({
  name: 'Hold',
  args: {},
  outputs: {},
  permissions: [],
  revision: 1,
  async run(_args, { createTemporary, clock, signal }) {
    await createTemporary('note', {
      type: CONFIG_MAPS,
      namespace: 'kanister',
      prefix: 'act-',
      object: { apiVersion: 'v1', kind: 'ConfigMap' },
    });
    await clock.sleep(3_600_000, signal);
    return undefined;
  },
}) as FunctionDefinition;
