import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createPhase,
  createTestCluster,
  type PhaseOptions,
  type TestCluster,
} from '../../test/pods/phase.ts';
import { decodeArguments } from '../engine/arguments.ts';
import { ExecLost } from '../kubernetes/client.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import { PODS } from '../kubernetes/resources.ts';
import { ConnectionFailed } from '../kubernetes/transport.ts';
import type { Pod } from '../pods/pod.ts';
import { kubeExecAll } from './kube-exec-all.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await createTestCluster();
  for (const name of ['pa', 'pb']) {
    await cluster.client.create<Pod>(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'app' },
      spec: { containers: ['c1', 'c2'].map((container) => ({ name: container, image: 'busybox' })) },
    });
    await cluster.run(await cluster.bind());
  }
});
afterEach(() => cluster.stop());

type Act = (name: string) => Promise<{ text?: string; exitCode?: number }>;

/** What was begun, in order, and what each printed and ended with. */
const execAll = (act: Act, raw: JsonObject = {}, more: Partial<PhaseOptions> = {}) => {
  const begun: string[] = [];
  const client = {
    ...cluster.client,
    exec: (async (pod, { container = '', stdout }) => {
      const name = `${pod.name}/${container}`;
      begun.push(name);
      const { text = '', exitCode = 0 } = await act(name);
      stdout?.write(Buffer.from(text));
      return { exitCode };
    }) satisfies TestCluster['client']['exec'],
  };
  const args = decodeArguments(kubeExecAll.args, {
    namespace: 'app',
    pods: 'pa pb',
    containers: 'c1 c2',
    command: ['dump'],
    ...raw,
  });
  const { context } = createPhase({ client });
  const phase = createPhase({ client, intents: kubeExecAll.intents?.(args, context) ?? [], ...more });
  const result = kubeExecAll.run(args, phase.context);
  result.catch(() => undefined);
  return { ...phase, result, begun };
};
const output = (key: string, value: string) => `###Phase-output###: {"key":"${key}","value":"${value}"}\n`;
const never = new Promise<never>(() => undefined);

describe('KubeExecAll', () => {
  it.each([
    ['texts', { pods: ' pa\n pb ', containers: 'c1\tc2' }],
    ['lists', { pods: ['pa', 'pb'], containers: ['c1', 'c2'] }],
    ['both', { pods: ['pa pb', 'pa'], containers: ['c1', 'c2 c1'] }],
  ])('takes names as %s, and runs once in each container of each pod', async (_form, names) => {
    const { result, begun } = execAll(async () => ({}), names);
    expect(await result).toBeUndefined();
    expect(begun).toEqual(['pa/c1', 'pa/c2', 'pb/c1', 'pb/c2']);
  });

  it('does nothing, well, where no pod or no container is named, and tells so', async () => {
    const { result, begun, warnings } = execAll(async () => ({}), { pods: ' ' });
    expect([await result, begun]).toEqual([undefined, []]);
    expect(warnings).toEqual([expect.stringMatching(/^NothingToDo: no command was run/)]);
  });

  it('gives the outputs of all of them; of a key that several emit, that of the last pod, whoever is first', async () => {
    const { result } = execAll(async (name) => {
      if (name === 'pb/c2') return { text: output('who', name) };
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { text: output('who', name) + output(name.replace('/', '_'), 'x') };
    });
    expect(await result).toEqual({ who: 'pb/c2', pa_c1: 'x', pa_c2: 'x', pb_c1: 'x' });
  });

  it('runs to the end in all of them when some fail, and names each that did', async () => {
    const { result, begun } = execAll(async (name) =>
      name.endsWith('c1') ? { text: `bad ${name}\n`, exitCode: 4 } : {},
    );
    await expect(result).rejects.toMatchObject({
      reason: 'CommandFailed',
      message: ['pa/c1', 'pb/c1']
        .map(
          (name) =>
            `${name}: Failed to exec command in pod: command terminated with exit code 4.\nstdout: bad ${name}\nstderr: `,
        )
        .join('\n'),
      details: { pod: { name: 'pa', exitCode: 4 } },
    });
    expect(begun).toHaveLength(4);
  });

  it.each([
    [{ namespace: '' }, 'namespace'],
    [{ command: [] }, 'command'],
    [{ command: [''], detached: true }, 'command'],
  ])(
    'with %j, as of a template that found nothing, fails before anything is asked',
    async (raw, argument) => {
      const { length } = cluster.requests;
      const args = decodeArguments(kubeExecAll.args, {
        namespace: 'app',
        pods: 'pa pb',
        containers: 'c1 c2',
        command: ['dump'],
        ...raw,
      });
      const exec = () => Promise.reject(new Error('an exec was asked for'));
      const { context } = createPhase({ client: { ...cluster.client, exec } });
      await expect(kubeExecAll.run(args, context)).rejects.toMatchObject({
        reason: 'InvalidArgument',
        message: `Failed to exec command in pod: argument ${argument} is empty${argument === 'command' ? ': you must specify at least one command for the container' : ''}`,
        details: { argument },
      });
      expect(cluster.requests).toHaveLength(length);
    },
  );

  it('tries none again whose connection broke before it was there, and names those that were begun', async () => {
    const lost = new ExecLost(new Error('socket hang up'));
    const { result, begun } = execAll((name) =>
      name.startsWith('pa') ? Promise.reject(lost) : Promise.resolve({}),
    );
    await expect(result).rejects.toMatchObject({
      reason: 'OutcomeUnknown',
      message: expect.stringMatching(
        /^pa\/c1: Failed to exec command in pod: the connection .*: socket hang up: its outcome is unknown, .*\npa\/c2: /s,
      ),
    });
    expect(begun).toHaveLength(4);
  });

  it('tries those no longer that wait for the API server when the outcome of another is unknown', async () => {
    const away = new ConnectionFailed('connect ECONNREFUSED', { sent: false, transient: true });
    const lost = Promise.withResolvers<never>();
    const { result, begun } = execAll((name) => {
      if (name === 'pa/c1') return lost.promise;
      return name === 'pb/c2' ? Promise.reject(away) : Promise.resolve({});
    });
    await expect.poll(() => begun.filter((name) => name === 'pb/c2').length).toBeGreaterThan(1);
    lost.reject(new ExecLost(new Error('socket hang up')));
    await expect(result).rejects.toThrow('\nNot begun, because of that: pb/c2');
  });

  it('begins 16 at a time', async () => {
    const pods = Array.from({ length: 20 }, (_, index) => `p${index}`);
    const gate = Promise.withResolvers<void>();
    const { result, begun } = execAll(() => gate.promise.then(() => ({})), { pods, containers: 'c1' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(begun).toHaveLength(16);
    gate.resolve();
    await result;
    expect(begun).toHaveLength(20);
  });
});

describe('KubeExecAll after the operator was interrupted', () => {
  it('knows how those ended that had, and says of which others it does not', async () => {
    const first = execAll((name) => {
      if (name === 'pb/c1') return never;
      return Promise.resolve(name === 'pa/c1' ? { text: output('k', 'v') } : { exitCode: 3 });
    });
    await expect.poll(() => Object.keys(first.stored().steps).length).toBe(3);

    const second = execAll(async () => ({}), {}, { journal: first.stored() });
    await expect(second.result).rejects.toMatchObject({
      reason: 'OutcomeUnknown',
      message: expect.stringMatching(
        /^pa\/c2: Failed to exec.*exit code 3 \(before the operator was interrupted.*\npb\/c1: .*"exec\/pb\/c1".*unknown\npb\/c2: .*exit code 3/s,
      ),
    });
    expect(second.begun).toEqual([]);
  });

  it('begins no further ones when the outcome of one is unknown, and names them', async () => {
    const pods = Array.from({ length: 18 }, (_, index) => `p${index}`);
    const first = execAll(() => never, { pods, containers: 'c1' });
    await first.context.checkpoints.write('another action of the ActionSet', true);
    const second = execAll(async () => ({}), { pods, containers: 'c1' }, { journal: first.stored() });
    await expect(second.result).rejects.toThrow('\nNot begun, because of that: p16/c1, p17/c1');
    expect(second.begun).toEqual([]);
  });

  it('goes on with the rest when all that had begun have ended', async () => {
    const pods = Array.from({ length: 18 }, (_, index) => `p${index}`);
    const act: Act = async (name) => ({ text: output(name.replace('/', '_'), 'x') });
    const first = execAll(async (name) => (/p1[67]/.test(name) ? never : act(name)), {
      pods,
      containers: 'c1',
    });
    await expect.poll(() => Object.keys(first.stored().steps).length).toBe(16);
    const journal = first.stored();
    // As it was before the last two had their turn.
    journal.intents = journal.intents.filter((step) => !/p1[67]/.test(step));
    const second = execAll(act, { pods, containers: 'c1' }, { journal });
    expect(Object.keys((await second.result) ?? {})).toHaveLength(18);
    expect(second.begun).toEqual(['p16/c1', 'p17/c1']);
  });
});
