import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functions } from '../../src/functions/index.ts';
import type { ActionSpec, BlueprintPhase as Phase } from '../../src/api/kanister/types.ts';
import { PODS } from '../../src/kubernetes/resources.ts';
import type { Pod } from '../../src/pods/pod.ts';
import { createFunctionWorld, type FunctionWorld } from '../functions/function-world.ts';
import type { OperatorBed } from '../support/operator-bed.ts';
import { IMAGES } from './images.ts';
import { openTestCluster } from './test-cluster.ts';
import type { TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
let bed: OperatorBed;
let world: FunctionWorld;
beforeAll(async () => {
  cluster = await openTestCluster();
  bed = await cluster.createBed();
  cluster.startOperator(bed);
  world = createFunctionWorld(cluster, bed);
}, 120_000);
afterAll(() => cluster.close(), 120_000);

/** Runs phases as one action on the bed's namespace, to its end. */
async function run(name: string, phases: Phase[], action: Partial<ActionSpec> = {}) {
  const { namespace } = bed;
  await bed.createBlueprint(name, { run: { kind: '', phases } });
  await bed.createActionSet(name, {
    blueprint: name,
    object: { kind: 'Namespace', name: namespace, namespace },
    ...action,
  });
  const { status } = await bed.actionSet(name);
  return status;
}

const task = (name: string, ...command: string[]): Phase => ({
  name,
  func: 'KubeTask',
  args: { namespace: '{{ .Namespace.Name }}', image: IMAGES.shell, command },
});

/** Those that are being deleted, too. */
const podsOf = async (app: string) =>
  (await cluster.client.list<Pod>(PODS, { namespace: bed.namespace, labelSelector: `app=${app}` })).items;

it('every function is one that this suite knows of', () => {
  expect(functions.map(({ name }) => name).toSorted()).toEqual([
    'KubeExec',
    'KubeExecAll',
    'KubeOps',
    'KubeTask',
    'LocationDelete',
    'MultiContainerRun',
    'PrepareData',
    'ScaleWorkload',
    'Wait',
    'WaitV2',
  ]);
});

describe('KubeTask', { timeout: 120_000 }, () => {
  it('hands its outputs on to the next phase, and leaves no pod', async () => {
    const status = await run('outputs', [
      task('first', 'sh', '-c', `echo '###Phase-output###: {"key":"answer","value":"4 2"}'; echo words >&2`),
      task('second', 'sh', '-c', 'test "$1" = "4 2"', '--', '{{ .Phases.first.Output.answer }}'),
    ]);
    expect(status?.error.message ?? '').toBe('');
    expect(status?.state).toBe('complete');
    expect(status?.actions[0]?.phases?.[0]?.output).toEqual({ answer: '4 2' });
    const pods = await cluster.client.list(PODS, {
      namespace: bed.namespace,
      labelSelector: 'createdBy=kanister',
    });
    expect(pods.items.filter(({ metadata }) => !metadata?.deletionTimestamp)).toEqual([]);
  });

  it('fails with the exit code and the last words of its command', async () => {
    const status = await run('failing', [task('only', 'sh', '-c', 'echo no such database >&2; exit 3')]);
    expect(status?.state).toBe('failed');
    expect(status?.error.message).toContain('no such database');
    expect(JSON.stringify(status?.actions[0]?.phases?.[0])).toContain('3');
  });

  it('gives its pod what podOverride says', async () => {
    const status = await run('override', [
      {
        name: 'only',
        func: 'KubeTask',
        args: {
          namespace: '{{ .Namespace.Name }}',
          image: IMAGES.shell,
          command: ['sh', '-c', 'test "$GREETING" = hello && touch /scratch/file'],
          podOverride: {
            containers: [
              {
                name: 'container',
                env: [{ name: 'GREETING', value: 'hello' }],
                volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
              },
            ],
            volumes: [{ name: 'scratch', emptyDir: {} }],
          },
        },
      },
    ]);
    expect(status?.error.message ?? '').toBe('');
    expect(status?.state).toBe('complete');
  });
});

describe('KubeExec', { timeout: 120_000 }, () => {
  it('runs in a pod of a Deployment, and gives what the command printed when it fails', async () => {
    const pods = await world.createWorkload({ name: 'exec' });
    const exec = (name: string, script: string): Phase => ({
      name,
      func: 'KubeExec',
      args: { namespace: bed.namespace, pod: pods[0]?.metadata.name ?? '', command: ['sh', '-c', script] },
    });
    const good = await run('exec-good', [exec('only', `echo '###Phase-output###: {"key":"k","value":"v"}'`)]);
    expect(good?.state).toBe('complete');
    expect(good?.actions[0]?.phases?.[0]?.output).toEqual({ k: 'v' });

    const bad = await run('exec-bad', [exec('only', 'echo hi; exit 7')]);
    expect(bad?.state).toBe('failed');
    expect(bad?.error.message).toContain('command terminated with exit code 7');
    expect(bad?.error.message).toContain('stdout: hi');
  });
});

describe('ScaleWorkload', { timeout: 180_000 }, () => {
  for (const kind of ['Deployment', 'StatefulSet'] as const) {
    it(`takes a ${kind} down, waits until its pods have ended, and brings it back`, async () => {
      const name = `scaled-${kind.toLowerCase()}`;
      await world.createWorkload({ kind, name, replicas: 2 });
      const scale = async (to: string, replicas: number) =>
        run(`${name}-${to}`, [
          { name: 'only', func: 'ScaleWorkload', args: { namespace: bed.namespace, name, kind, replicas } },
        ]);
      const down = await scale('down', 0);
      expect(down?.error.message ?? '').toBe('');
      expect(down?.actions[0]?.phases?.[0]?.output).toMatchObject({ originalReplicaCount: 2 });
      // Their objects may stay a moment longer than their processes.
      expect((await podsOf(name)).filter(({ status }) => status?.phase === 'Running')).toEqual([]);
      const up = await scale('up', 1);
      expect(up?.state).toBe('complete');
      expect((await podsOf(name)).flatMap(({ status }) => (status?.phase === 'Running' ? [1] : []))).toEqual([
        1,
      ]);
    });
  }
});
