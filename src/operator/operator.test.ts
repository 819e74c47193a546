import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acceleratedClock } from '../../test/pods/accelerated-clock.ts';
import { APP_NAMESPACE, createOperatorBed, type OperatorBed } from '../../test/support/operator-bed.ts';
import { echo, fail, wait } from '../../test/support/functions.ts';
import { defineFunction } from '../engine/function.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { EVENTS, NAMESPACES, SECRETS } from '../kubernetes/resources.ts';
import { ACTION_SETS, API_VERSION, BLUEPRINTS, PROFILES } from '../api/kanister/types.ts';
import type { ActionSet, Blueprint, Profile } from '../api/kanister/types.ts';

interface Event extends KubernetesObject {
  involvedObject: { kind: string; name: string };
  reason: string;
  message: string;
  type: string;
}

const functions = [echo, fail, wait];

describe('the operator', () => {
  let bed: OperatorBed;
  beforeEach(async () => {
    bed = await createOperatorBed();
  });
  afterEach(() => bed.close());

  const eventsOf = async (name: string) => {
    const { items } = await bed.client.list<Event>(EVENTS, { namespace: 'kanister' });
    return items.filter((event) => event.involvedObject.name === name);
  };

  /** Sees all that is written of ActionSets until one has ended. */
  const watching = async (see: (actionSet: ActionSet) => void, act: () => Promise<unknown>) => {
    const watch = bed.client.watch<ActionSet>(ACTION_SETS, { namespace: 'kanister' });
    const seen = (async () => {
      for await (const { object } of watch) {
        see(object);
        if (object.status?.state === 'complete') return;
      }
    })();
    await Promise.all([act(), seen]);
  };

  it('runs the phases of an action in order, and renders its artifacts from their outputs', async () => {
    const operator = bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: {
        outputArtifacts: {
          dump: { keyValue: { path: '{{ .Phases.two.Output.value }}/{{ .DeferPhase.Output.value }}' } },
        },
        phases: [
          { func: 'Echo', name: 'one', args: { value: '{{ .Namespace.Name }}' } },
          { func: 'Echo', name: 'two', args: { value: '{{ .Phases.one.Output.value | upper }}' } },
        ],
        deferPhase: { func: 'Echo', name: 'cleanup', args: { value: 'deferred' } },
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    const done = await bed.actionSet('as');
    expect(done.status).toMatchObject({
      state: 'complete',
      error: { message: '' },
      progress: { percentCompleted: '100' },
      actions: [
        {
          name: 'run',
          blueprint: 'bp',
          object: {
            apiVersion: '',
            group: '',
            resource: '',
            kind: 'Namespace',
            name: 'app',
            namespace: 'app',
          },
          phases: [
            {
              name: 'one',
              state: 'complete',
              output: { value: 'app' },
              progress: { progressPercent: '100' },
            },
            { name: 'two', state: 'complete', output: { value: 'APP' } },
          ],
          artifacts: { dump: { keyValue: { path: 'APP/deferred' } } },
          deferPhase: { name: 'cleanup', state: 'complete', output: { value: 'deferred' } },
        },
      ],
    });
    expect(done.status?.progress.runningPhase).toBeUndefined();
    expect(done.metadata.finalizers).toBeUndefined();
    expect(done.metadata.annotations).toBeUndefined();
    expect(done.metadata.managedFields).toBeUndefined();
    await bed.close();
    expect(operator.resolutions).toEqual(['success']);
    bed = await createOperatorBed();
  });

  it('takes the default version of a function that has not the one that is preferred, and says so in the log', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: { phases: [{ func: 'Echo', name: 'one', args: { value: 'v' } }] },
    });
    await bed.createActionSet('as', { blueprint: 'bp', preferredVersion: 'v9.9.9' });
    expect((await bed.actionSet('as')).status?.state).toBe('complete');
    const lines = bed.log.filter((line) => line.includes('Falling back to default version of the function'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { Function: 'Echo', PreferredVersion: 'v9.9.9', FallbackVersion: 'v0.0.0' },
    ]);
  });

  it('tells what it does in events, with the texts that people know', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: {
        phases: [{ func: 'Echo', name: 'one' }],
        deferPhase: { func: 'Fail', name: 'cleanup', args: { message: 'no luck' } },
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as');
    await expect.poll(async () => (await eventsOf('as')).length).toBe(5);
    const events = await eventsOf('as');
    expect(events.map(({ type, reason }) => `${type} ${reason}`).toSorted()).toEqual([
      'Normal Ended Phase',
      'Normal Started Action',
      'Normal Started Phase',
      'Normal Started deferPhase',
      'Warning ActionSetFailed Action: run',
    ]);
    expect(events.find((event) => event.type === 'Warning')?.message).toMatch(
      /^Failed to execute defer phase: no luck/,
    );
    expect(events.map((event) => event.message)).toContain('Executing phase one');
    const added = (await eventsOf('bp')).filter(({ reason }) => reason === 'Added');
    expect(added.map(({ message }) => message)).toEqual(['Added blueprint bp']);
  });

  it.each([
    ['an unknown Blueprint', { blueprint: 'nobody' }, /^Failed to query blueprint: .*"nobody" not found/],
    ['no Blueprint', {}, /^Blueprint is not specified for action/],
    [
      'an unknown action',
      { blueprint: 'bp', name: 'runn' },
      /^Action runn for object kind Namespace not found in blueprint bp.*run/,
    ],
    [
      'an unknown kind',
      { blueprint: 'bp', object: { kind: 'Pod', name: 'x' } },
      /must specify Resource name and API version: Validation Failed/,
    ],
    ['an empty kind', { blueprint: 'bp', object: { kind: '', name: 'x' } }, /: Validation Failed/],
    [
      'a missing object',
      { blueprint: 'bp', object: { kind: 'Deployment', name: 'x', namespace: 'app' } },
      /^deployments.apps "x" not found/,
    ],
    [
      'a kind that the cluster does not serve',
      { blueprint: 'bp', object: { kind: 'DeploymentConfig', name: 'x', namespace: 'app' } },
      /^the server could not find the requested resource \(GET \/apis\/apps\.openshift\.io\/v1\/namespaces\/app\/deploymentconfigs\/x\).*\. The cluster does not serve this kind: install/,
    ],
    [
      'an unknown function',
      { blueprint: 'bp', name: 'unknown' },
      /^Requested function \{Ecco\} has not been registered.*Did you mean Echo\?/,
    ],
    [
      'a missing argument',
      { blueprint: 'bp', name: 'missing' },
      /^Required args missing for function Fail: Required arg missing: message/,
    ],
    ['an unsupported argument', { blueprint: 'bp', name: 'unsupported' }, /argument colour is not supported/],
    [
      'a key that a template misses',
      { blueprint: 'bp', name: 'template' },
      /^Failed to render template: "absent" not found/,
    ],
    ['a template that does not parse', { blueprint: 'bp', name: 'syntax' }, /^template: config:1: /],
    [
      'a Profile that is not there',
      { blueprint: 'bp', profile: { name: 'p', namespace: 'kanister' } },
      /^profiles.cr.kanister.io "p" not found/,
    ],
    [
      'a Profile without its Secret',
      { blueprint: 'bp', profile: { name: 'without-secret', namespace: 'kanister' } },
      /^secrets "keys" not found.*The Profile's credentials are in the Secret kanister\/keys/,
    ],
    [
      'a Secret that is not there',
      { blueprint: 'bp', secrets: { s: { name: 's', namespace: 'app' } } },
      /^secrets "s" not found/,
    ],
  ])('fails an ActionSet with %s, and says so', async (_what, action, message) => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: { phases: [{ func: 'Echo', name: 'one' }] },
      unknown: { phases: [{ func: 'Ecco', name: 'one' }] },
      missing: { phases: [{ func: 'Fail', name: 'one' }] },
      unsupported: { phases: [{ func: 'Echo', name: 'one', args: { colour: 'red' } }] },
      template: { phases: [{ func: 'Echo', name: 'one', args: { value: '{{ .Options.absent }}' } }] },
      syntax: { phases: [{ func: 'Echo', name: 'one', args: { value: '{{ if }}' } }] },
    });
    await bed.client.create<Profile>(PROFILES, {
      apiVersion: 'cr.kanister.io/v1alpha1',
      kind: 'Profile',
      metadata: { name: 'without-secret', namespace: 'kanister' },
      location: { type: 's3Compliant', bucket: 'b' },
      credential: {
        type: 'keyPair',
        keyPair: { idField: 'id', secretField: 'key', secret: { name: 'keys', namespace: 'kanister' } },
      },
    });
    await bed.createActionSet('as', action);
    const { status, metadata } = await bed.actionSet('as');
    expect(status?.state).toBe('failed');
    expect(status?.error.message).toMatch(message);
    expect(metadata.finalizers).toBeUndefined();
  });

  it('fails an ActionSet without a spec', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {});
    await bed.client.create(ACTION_SETS, {
      apiVersion: 'cr.kanister.io/v1alpha1',
      kind: 'ActionSet',
      metadata: { name: 'as', namespace: 'kanister' },
    });
    const { status } = await bed.actionSet('as');
    expect(status).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('Spec must be non-nil') },
    });
  });

  it('runs the deferPhase after a failure, and leaves phases that never began pending', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: {
        outputArtifacts: { a: { keyValue: { k: '{{ .Phases.one.Output.value }}' } } },
        phases: [
          { func: 'Fail', name: 'one', args: { message: 'disk full', hint: 'Make room.' } },
          { func: 'Echo', name: 'two' },
        ],
        deferPhase: { func: 'Echo', name: 'cleanup', args: { value: 'x' } },
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    const { status } = await bed.actionSet('as');
    expect(status?.state).toBe('failed');
    expect(status?.error.message).toBe('disk full (action run, phase one, function Fail). Make room.');
    expect(status?.actions[0]?.phases.map((phase) => phase.state)).toEqual(['failed', 'pending']);
    expect(status?.actions[0]?.phases[0]?.failure).toMatchObject({
      reason: 'Failed',
      message: 'disk full',
      hint: 'Make room.',
    });
    expect(status?.actions[0]?.deferPhase).toMatchObject({ state: 'complete', output: { value: 'x' } });
    expect(status?.actions[0]?.artifacts).toEqual({
      a: { keyValue: { k: '{{ .Phases.one.Output.value }}' } },
    });
  });

  it('tells of a failure at once, and ends as failed when the deferPhase has', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: {
        phases: [{ func: 'Fail', name: 'one', args: { message: 'disk full' } }],
        deferPhase: { func: 'Sleep', name: 'cleanup', args: { milliseconds: 1_000 } },
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await expect
      .poll(async () => (await eventsOf('as')).map(({ reason }) => reason))
      .toContain('ActionSetFailed Action: run');
    expect((await bed.actionSet('as', () => true)).status).toMatchObject({
      state: 'running',
      error: { message: expect.stringMatching(/^disk full/) },
      actions: [{ phases: [{ state: 'failed' }], deferPhase: { state: 'running' } }],
    });
    expect((await bed.actionSet('as')).status).toMatchObject({
      state: 'failed',
      actions: [{ deferPhase: { state: 'complete' } }],
    });
  });

  it('writes no state on the way of an ActionSet that runs at once, but those of its run', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Echo', name: 'one' }] } });
    const states = new Set<string>();
    await watching(
      ({ status }) => states.add(status?.state ?? 'none'),
      async () => {
        await bed.createActionSet('as', { blueprint: 'bp' });
        await bed.actionSet('as');
      },
    );
    expect([...states]).toEqual(['none', 'running', 'complete']);
  });

  it('names in its log the ActionSet with its labels of kanister.io, and the phase', async () => {
    bed.start({ functions });
    const failing = { func: 'Fail', name: 'one', args: { message: 'disk full' } };
    await bed.createBlueprint('bp', { run: { phases: [failing] } });
    await bed.client.create<ActionSet>(ACTION_SETS, {
      apiVersion: API_VERSION,
      kind: 'ActionSet',
      metadata: {
        name: 'as',
        namespace: 'kanister',
        labels: { 'kanister.io/JobID': 'abc', 'example.com/team': 'db' },
      },
      spec: { actions: [{ name: 'run', blueprint: 'bp', object: APP_NAMESPACE }] },
    });
    await bed.actionSet('as');
    const lines = bed.log.map((line) => JSON.parse(line) as object).filter((line) => 'Phase' in line);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toMatchObject({
        ActionSet: 'as',
        Phase: 'one',
        'kanister.io/JobID': 'abc',
        error: expect.stringContaining('disk full'),
      });
      expect(line).not.toHaveProperty(['example.com/team']);
    }
  });

  it('writes the progress of a phase once a second at most', async () => {
    let took = 0;
    const chatty = defineFunction({
      name: 'Chatty',
      args: {},
      outputs: {},
      permissions: [],
      revision: 1,
      async run(_args, { clock, signal, progress }) {
        const begun = clock.monotonic();
        for (let percent = 1; percent < 90; percent += 1) {
          progress(percent);
          await clock.sleep(100, signal);
        }
        took = clock.monotonic() - begun;
        return undefined;
      },
    });
    bed.start({ functions: [chatty], clock: acceleratedClock(20), flags: ['--no-leader-election'] });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Chatty', name: 'one' }] } });
    const percents = new Set<string | undefined>();
    await bed.createActionSet('as', { blueprint: 'bp' });
    await watching(
      ({ status }) => percents.add(status?.actions?.[0]?.phases[0]?.progress?.progressPercent),
      () => bed.actionSet('as'),
    );
    // None at first, and all of it in the end.
    const written = percents.size - 2;
    expect(written).toBeGreaterThan(2);
    expect(written).toBeLessThanOrEqual(took / 1_000);
  });

  it.each([
    ['those that are named', ['--watch-namespace', 'kanister', '--watch-namespace', 'app'], ['other']],
    ['all', ['--watch-namespace', '*'], []],
  ])('runs the ActionSets of several namespaces: %s', async (_which, flags, left) => {
    bed.start({ functions, flags });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Echo', name: 'one' }] } });
    const namespaces = ['other', 'app', 'kanister'];
    await bed.client.create(NAMESPACES, { metadata: { name: 'other' } });
    const stateIn = async (namespace: string) =>
      (await bed.client.get<ActionSet>(ACTION_SETS, { name: 'as', namespace })).status?.state;
    for (const namespace of namespaces) {
      const phases = [{ func: 'Echo', name: 'one' }];
      if (namespace !== 'kanister')
        await bed.client.create<Blueprint>(BLUEPRINTS, {
          apiVersion: API_VERSION,
          kind: 'Blueprint',
          metadata: { name: 'bp', namespace },
          actions: { run: { phases } },
        });
      const object = { kind: 'Namespace', name: namespace, namespace };
      await bed.client.create<ActionSet>(ACTION_SETS, {
        apiVersion: API_VERSION,
        kind: 'ActionSet',
        metadata: { name: 'as', namespace },
        spec: { actions: [{ name: 'run', blueprint: 'bp', object }] },
      });
    }
    for (const namespace of namespaces.filter((name) => !left.includes(name)))
      await expect.poll(() => stateIn(namespace)).toBe('complete');
    for (const namespace of left) expect(await stateIn(namespace)).toBeUndefined();
  });

  it('runs the actions of a set in parallel; one that fails does not stop another', async () => {
    const operator = bed.start({ functions });
    await bed.createBlueprint('bp', {
      good: {
        phases: [
          { func: 'Sleep', name: 'a', args: { milliseconds: 50 } },
          { func: 'Echo', name: 'b' },
        ],
      },
      bad: { phases: [{ func: 'Fail', name: 'a', args: { message: 'no' } }] },
    });
    await bed.createActionSet('as', { blueprint: 'bp', name: 'good' }, { blueprint: 'bp', name: 'bad' });
    const { status } = await bed.actionSet('as');
    expect(status?.state).toBe('failed');
    expect(status?.actions.map((action) => action.phases.map((phase) => phase.state))).toEqual([
      ['complete', 'complete'],
      ['failed'],
    ]);
    expect(operator.resolutions.toSorted()).toEqual(['failure', 'success']);
  });

  it('goes on with what another operator began, and repeats no phase that has ended', async () => {
    const first = bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: {
        phases: [
          { func: 'Echo', name: 'one', args: { value: '{{ randAlphaNum 12 }}' } },
          { func: 'Sleep', name: 'two', args: { milliseconds: 400 } },
          { func: 'Echo', name: 'three', args: { value: '{{ .Phases.one.Output.value }}' } },
        ],
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    const running = await bed.actionSet(
      'as',
      ({ status }) => status?.actions?.[0]?.phases[1]?.state === 'running',
    );
    const value = running.status?.actions[0]?.phases[0]?.output?.['value'];
    expect(running.metadata.finalizers).toEqual(['cr.kanister.io/run']);
    await first.stop();
    bed.start({ functions, identity: 'second' });
    const { status } = await bed.actionSet('as');
    expect(status?.state).toBe('complete');
    expect(status?.actions[0]?.phases[2]?.output).toEqual({ value });
  });

  it('cancels an ActionSet that is deleted while it runs: its deferPhase runs, then it is gone', async () => {
    bed.start({ functions });
    await bed.createBlueprint('bp', {
      run: {
        phases: [{ func: 'Sleep', name: 'long' }],
        deferPhase: { func: 'Echo', name: 'cleanup' },
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as', ({ status }) => status?.state === 'running');
    await bed.client.delete(ACTION_SETS, { name: 'as', namespace: 'kanister' });
    await expect
      .poll(() =>
        bed.client.get(ACTION_SETS, { name: 'as', namespace: 'kanister' }).then(
          () => 'there',
          () => 'gone',
        ),
      )
      .toBe('gone');
    await expect
      .poll(async () => (await eventsOf('as')).map((event) => event.reason))
      .toContain('Ended deferPhase');
    const warning = (await eventsOf('as')).find((event) => event.type === 'Warning');
    expect(warning?.message).toContain('Cancelled');
  });

  it('shows no secret in status, events or log', async () => {
    bed.start({ functions });
    const password = 'correct-horse-battery';
    await bed.client.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'app' },
      data: { password: Buffer.from(password).toString('base64') },
    } as KubernetesObject);
    await bed.createBlueprint('bp', {
      run: {
        phases: [
          {
            func: 'Fail',
            name: 'one',
            args: { message: 'login as {{ index .Secrets.s.Data "password" | toString }} refused' },
          },
        ],
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp', secrets: { s: { name: 's', namespace: 'app' } } });
    const { status } = await bed.actionSet('as');
    expect(status?.error.message).toContain('login as <masked> refused');
    await expect.poll(async () => (await eventsOf('as')).length).toBe(3);
    expect(JSON.stringify([status, await eventsOf('as'), bed.log])).not.toContain(password);
  });
});
