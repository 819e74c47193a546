import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionSet, ActionSpec, Blueprint } from '../../src/api/kanister/types.ts';
import { integer } from '../../src/engine/arguments.ts';
import { defineFunction } from '../../src/engine/function.ts';
import type { JsonObject, KubernetesObject, ResourceType } from '../../src/kubernetes/objects.ts';
import { EVENTS, PERSISTENT_VOLUME_CLAIMS, SECRETS, STATEFUL_SETS } from '../../src/kubernetes/resources.ts';
import { acceleratedClock } from '../pods/accelerated-clock.ts';
import { echo, fail, wait } from '../support/functions.ts';
import { createOperatorBed, type OperatorBed, type RunningOperator } from '../support/operator-bed.ts';

/** Says how far it is, and then works on for an hour. */
const report = defineFunction({
  name: 'Report',
  args: { percent: integer({ doc: 'how far', required: true }) },
  outputs: {},
  permissions: [],
  revision: 1,
  async run({ percent }, { progress, clock, signal }) {
    progress(percent, { estimatedTimeSeconds: 42 });
    await clock.sleep(3_600_000, signal);
    return undefined;
  },
});

/** Divides by zero to find out how far it is. */
const confused = defineFunction({
  name: 'Confused',
  args: {},
  outputs: { value: 'of its work' },
  permissions: [],
  revision: 1,
  run(_args, { progress }) {
    progress(0 / 0);
    return Promise.resolve({ value: 'kept' });
  },
});

interface Event extends KubernetesObject {
  involvedObject: { name: string };
  reason: string;
  message: string;
}

const functions = [echo, fail, wait, report, confused];
const isRunning = (state: string | undefined) => state === 'running';

describe('what an ActionSet shows', () => {
  let bed: OperatorBed;
  let operator: RunningOperator;
  beforeAll(async () => {
    bed = await createOperatorBed();
    const clock = acceleratedClock(20);
    operator = bed.start({ functions, clock, flags: ['--no-leader-election'] });
  });
  afterAll(() => bed.close());

  let runs = 0;
  const run = async (
    action: NonNullable<Blueprint['actions']>[string],
    spec: Partial<ActionSpec> = {},
    name = `run-${(runs += 1)}`,
  ): Promise<NonNullable<ActionSet['status']>> => {
    await bed.createBlueprint(name, { run: action });
    await bed.createActionSet(name, { blueprint: name, ...spec });
    const { status } = await bed.actionSet(name);
    if (!status) throw new Error('it has no status');
    return status;
  };
  const create = (type: ResourceType, object: JsonObject & { metadata: JsonObject }) =>
    bed.client.create<KubernetesObject>(type, {
      apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`,
      kind: type.kind,
      ...object,
      metadata: { namespace: 'app', ...object.metadata },
    });

  it('of its progress is its own: neither another action’s phase of that name nor another ActionSet changes it', async () => {
    const actions = [70, 20, 45].map((percent): [string, NonNullable<Blueprint['actions']>[string]] => [
      `at${percent}`,
      { phases: [{ func: 'Report', name: 'copy', args: { percent } }] },
    ]);
    await bed.createBlueprint('progress', Object.fromEntries(actions));
    const start = (name: string) => ({ blueprint: 'progress', name });
    await bed.createActionSet('as', start('at70'), start('at20'));
    await bed.createActionSet('bs', start('at45'));
    const progress = async (name: string, percent: string) => {
      const { status } = await bed.actionSet(
        name,
        (found) => found.status?.progress?.percentCompleted === percent,
      );
      return status?.actions.map(({ phases }) => phases[0]?.progress);
    };
    const at = (progressPercent: string) =>
      expect.objectContaining({ progressPercent, estimatedTimeSeconds: 42 });
    expect(await progress('as', '45')).toEqual([at('70'), at('20')]);
    expect(await progress('bs', '45')).toEqual([at('45')]);
  });

  it('are the outputs of a phase, also when its progress made no sense', async () => {
    const status = await run({ phases: [{ func: 'Confused', name: 'one' }] });
    expect(status.state).toBe('complete');
    expect(status.actions[0]?.phases[0]?.output).toEqual({ value: 'kept' });
    expect(status.progress.percentCompleted).toBe('100');
  });

  it('of a deferPhase is that it runs; a complete one has 100 percent, even without phases', async () => {
    await bed.createBlueprint('deferred', {
      run: { deferPhase: { func: 'Sleep', name: 'cleanup', args: { milliseconds: 6_000 } } },
    });
    await bed.createActionSet('deferred', { blueprint: 'deferred' });
    await bed.actionSet('deferred', ({ status }) => isRunning(status?.actions?.[0]?.deferPhase.state));
    expect((await bed.actionSet('deferred')).status).toMatchObject({
      state: 'complete',
      progress: { percentCompleted: '100' },
    });
  });

  it('is, before the first phase, what its Blueprint asks for and it does not give', async () => {
    const status = await run(
      {
        kind: 'StatefulSet',
        inputArtifactNames: ['dump', 'given'],
        secretNames: ['login'],
        configMapNames: ['bucket'],
        phases: [{ func: 'Echo', name: 'one' }],
      },
      { artifacts: { given: { keyValue: {} } } },
      'inputs',
    );
    // Blueprints whose lists are out of date run with the original.
    expect(status.state).toBe('complete');
    const told = async () => {
      const { items } = await bed.client.list<Event>(EVENTS, { namespace: 'kanister' });
      const own = items.filter(({ involvedObject }) => involvedObject.name === 'inputs');
      const version = ({ metadata }: KubernetesObject) => Number(metadata?.resourceVersion);
      return own.toSorted((a, b) => version(a) - version(b));
    };
    await expect
      .poll(async () => (await told()).map(({ reason }) => reason), { timeout: 10_000 })
      .toContain('Started Phase');
    const events = await told();
    const reasons = events.map(({ reason }) => reason);
    expect(reasons.indexOf('InputMissing')).toBeLessThan(reasons.indexOf('Started Phase'));
    expect(events.find(({ reason }) => reason === 'InputMissing')?.message).toBe(
      'Blueprint inputs asks for an object of kind StatefulSet, artifact dump, Secret login, ConfigMap bucket in action run, ' +
        'which the ActionSet does not give: a template that needs it will fail',
    );
  });

  it('to templates is a namespace that is given by its name alone, and a PVC by its full kind', async () => {
    await create(PERSISTENT_VOLUME_CLAIMS, {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    await bed.createBlueprint('kinds', {
      namespace: { phases: [{ func: 'Echo', name: 'a', args: { value: '{{ .Namespace.Name }}' } }] },
      pvc: { phases: [{ func: 'Echo', name: 'a', args: { value: '{{ .PVC.Namespace }}/{{ .PVC.Name }}' } }] },
    });
    await bed.createActionSet(
      'kinds',
      { blueprint: 'kinds', name: 'namespace', object: { kind: 'Namespace', name: 'app' } },
      {
        blueprint: 'kinds',
        name: 'pvc',
        object: { kind: 'PersistentVolumeClaim', name: 'data', namespace: 'app' },
      },
    );
    const { status } = await bed.actionSet('kinds');
    expect(status?.error.message).toBe('');
    expect(status?.actions.map(({ phases }) => phases[0]?.output)).toEqual([
      { value: 'app' },
      { value: 'app/data' },
    ]);
  });

  it('of a workload without running pods is that, where a template wants the first one', async () => {
    const labels = { app: 'db' };
    await create(STATEFUL_SETS, {
      metadata: { name: 'db' },
      spec: {
        replicas: 0,
        serviceName: 'db',
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'db', image: 'db' }] } },
      },
    });
    const status = await run(
      { phases: [{ func: 'Echo', name: 'a', args: { value: '{{ index .StatefulSet.Pods 0 }}' } }] },
      { object: { kind: 'StatefulSet', name: 'db', namespace: 'app' } },
    );
    expect(status.error.message).toMatch(/index out of range.*StatefulSet app\/db had no running pods/);
  });

  it('to a deferPhase are the Secrets that it names itself, not those of the last phase', async () => {
    for (const name of ['first', 'last']) {
      await create(SECRETS, {
        metadata: { name },
        data: { user: Buffer.from(`${name}-user`).toString('base64') },
      });
    }
    const objects = (name: string) => ({ login: { kind: 'Secret', name, namespace: 'app' } });
    const value = '{{ index .DeferPhase.Secrets.login.Data "user" | toString }}';
    const status = await run({
      phases: [{ func: 'Echo', name: 'one', objects: objects('first') }],
      deferPhase: { func: 'Echo', name: 'cleanup', objects: objects('last'), args: { value } },
    });
    expect(status.actions[0]?.deferPhase.output).toEqual({ value: 'last-user' });
  });

  it('of two phases of one name are two results, each of its own arguments', async () => {
    const phase = (value: string) => ({ func: 'Echo', name: 'same', args: { value } });
    const status = await run({ phases: [phase('first'), phase('second')] });
    expect(status.state).toBe('complete');
    expect(status.actions[0]?.phases.map(({ output }) => output)).toEqual([
      { value: 'first' },
      { value: 'second' },
    ]);
  });

  it('to templates is nothing of the operator’s environment', async () => {
    process.env['DEFECT_TEST_PASSWORD'] = 'hunter2';
    try {
      const value = '[{{ env "DEFECT_TEST_PASSWORD" }}{{ expandenv "$DEFECT_TEST_PASSWORD" }}]';
      const status = await run({ phases: [{ func: 'Echo', name: 'a', args: { value } }] });
      expect(status.actions[0]?.phases[0]?.output).toEqual({ value: '[]' });
    } finally {
      delete process.env['DEFECT_TEST_PASSWORD'];
    }
  });

  it('is counted: what can’t be started, and artifacts that can’t be rendered, are failures', async () => {
    const before = operator.resolutions.length;
    await bed.createActionSet('unknown', { blueprint: 'nobody' });
    expect((await bed.actionSet('unknown')).status?.state).toBe('failed');
    const status = await run({
      outputArtifacts: { a: { keyValue: { k: '{{ .Options.absent }}' } } },
      phases: [{ func: 'Echo', name: 'one' }],
    });
    expect(status.state).toBe('failed');
    expect(status.actions[0]?.artifacts).toEqual({ a: { keyValue: { k: '{{ .Options.absent }}' } } });
    expect(operator.resolutions.slice(before)).toEqual(['failure', 'failure']);
  });
});
