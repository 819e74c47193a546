import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createPhase,
  createTestCluster,
  type PhaseOptions,
  type TestCluster,
} from '../../test/pods/phase.ts';
import { decodeArguments } from '../engine/arguments.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { PODS } from '../kubernetes/resources.ts';
import type { Pod } from '../pods/pod.ts';
import { kubeExec } from './kube-exec.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await createTestCluster();
  for (const [name, ...containers] of [
    ['one', 'main'],
    ['two', 'first', 'second'],
  ]) {
    await cluster.client.create<Pod>(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: name ?? '', namespace: 'app' },
      spec: { containers: containers.map((container) => ({ name: container, image: 'busybox' })) },
    });
    await cluster.run(await cluster.bind());
  }
});
afterEach(() => cluster.stop());

const sh = (script: string, more: object = {}) => ({
  namespace: 'app',
  pod: 'one',
  command: ['sh', '-c', script],
  ...more,
});
const exec = (raw: Record<string, never> | ReturnType<typeof sh>, more: Partial<PhaseOptions> = {}) => {
  const args = decodeArguments(kubeExec.args, raw);
  const base = createPhase({ client: cluster.client }).context;
  const phase = createPhase({
    client: cluster.client,
    intents: kubeExec.intents?.(args, base) ?? [],
    ...more,
  });
  const result = kubeExec.run(args, phase.context);
  result.catch(() => undefined);
  return { ...phase, result };
};
/** The cluster's client, and how many execs went through it. */
const counted = () => {
  let execs = 0;
  const client: KubernetesClient = {
    ...cluster.client,
    exec(pod, options) {
      execs += 1;
      return cluster.client.exec(pod, options);
    },
  };
  return { client, execs: () => execs };
};
const OUTPUT = '###Phase-output###:';

describe('KubeExec', () => {
  it('gives what the command prints with the marker to stdout, the rest goes to the log', async () => {
    const { result, podOutput } = exec(
      sh(
        `echo hello; echo '${OUTPUT} {"key":"k","value":"v"}'; echo '${OUTPUT} {"key":"no","value":"x"}' >&2`,
      ),
    );
    expect(await result).toEqual({ k: 'v' });
    expect(podOutput).toContain(': hello');
  });

  it('without output gives none', async () => {
    expect(await exec(sh('true')).result).toBeUndefined();
  });

  it('gives a value of 100,000 characters, though it comes in pieces', async () => {
    const script = `printf '${OUTPUT} {"key":"long","value":"'; head -c 100000 /dev/zero | tr '\\0' v; sleep 0.05; printf '"}'`;
    expect(await exec(sh(script)).result).toEqual({ long: 'v'.repeat(100_000) });
  });

  it('fails with the exit code and the last ten lines of both outputs', async () => {
    const lines = (word: string) =>
      [3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((line) => `${word} ${line}`).join('\r\n');
    const { result } = exec(
      sh('for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo out $i; echo err $i >&2; done; exit 5'),
    );
    await expect(result).rejects.toMatchObject({
      reason: 'CommandFailed',
      message: `Failed to exec command in pod: command terminated with exit code 5.\nstdout: ${lines('out')}\nstderr: ${lines('err')}`,
      details: { pod: { name: 'one', exitCode: 5 } },
    });
  });

  it('fails for its exit code, not for an output that can’t be read', async () => {
    await expect(exec(sh(`echo '${OUTPUT} {nope'; exit 3`)).result).rejects.toThrow('exit code 3');
    await expect(exec(sh(`echo '${OUTPUT} {nope'`)).result).rejects.toThrow(
      "Failed to unmarshal key-value pair: invalid character 'n' looking for beginning of object key string",
    );
  });

  it.each([
    [{ pod: 'two' }, 'a container name must be specified for pod two, choose one of: [first second]'],
    [{ container: 'nosuch' }, 'container nosuch is not valid for pod one'],
    [{ pod: 'none' }, 'pods "none" not found'],
  ])('with %j fails with the API server’s words', async (more, words) => {
    await expect(exec(sh('true', more)).result).rejects.toThrow(
      `Failed to exec command in pod: ${words}.\nstdout: \nstderr: `,
    );
  });

  it.each([
    [{ namespace: '' }, 'namespace'],
    [{ pod: '' }, 'pod'],
    [{ command: [] }, 'command'],
    [{ command: [''] }, 'command'],
    [{ command: '' }, 'command'],
    [{ command: [], detached: true }, 'command'],
    [{ pod: '', detached: true }, 'pod'],
  ])(
    'with %j, as of a template that found nothing, fails before anything is asked',
    async (more, argument) => {
      const { length } = cluster.requests;
      const { client, execs } = counted();
      await expect(exec(sh('true', more), { client }).result).rejects.toMatchObject({
        reason: 'InvalidArgument',
        message: `Failed to exec command in pod: argument ${argument} is empty${argument === 'command' ? ': you must specify at least one command for the container' : ''}`,
        details: { argument, hint: expect.stringContaining('check what its template refers to') },
      });
      expect([cluster.requests.length, execs()]).toEqual([length, 0]);
    },
  );

  it('is stopped by the end of its phase', async () => {
    const { result, abort } = exec(sh('sleep 60'));
    abort.abort(new Error('cancelled'));
    await expect(result).rejects.toThrow('cancelled');
  });
});

describe('KubeExec after the operator was interrupted', () => {
  it('is not run a second time: its outcome is unknown', async () => {
    const first = exec(sh('sleep 60'));
    first.abort.abort(new Error('killed'));
    await first.result.catch(() => undefined);

    const second = exec(sh('echo ran again'), { journal: first.stored() });
    await expect(second.result).rejects.toMatchObject({ reason: 'OutcomeUnknown' });
    expect(second.podOutput).toEqual([]);
  });

  it('gives the outputs again when the command had ended', async () => {
    const first = exec(sh(`echo '${OUTPUT} {"key":"k","value":"v"}'`));
    await first.result;
    await first.context.checkpoints.write('another action of the ActionSet', true);
    expect(await exec(sh('echo ran again'), { journal: first.stored() }).result).toEqual({ k: 'v' });
  });

  it('never succeeds without outputs that were too large for the journal', async () => {
    const first = exec(
      sh(`printf '${OUTPUT} {"key":"k","value":"'; head -c 50000 /dev/zero | tr '\\0' v; echo '"}'`),
    );
    await first.result;
    await first.context.checkpoints.write('another action of the ActionSet', true);
    await expect(exec(sh('true'), { journal: first.stored() }).result).rejects.toMatchObject({
      reason: 'OutcomeUnknown',
    });
  });
});
