import { expect } from 'vitest';
import type { ActionSetStatus, BlueprintPhase } from '../../src/api/kanister/types.ts';
import type { JsonObject } from '../../src/kubernetes/objects.ts';
import { PODS } from '../../src/kubernetes/resources.ts';
import { createPod } from './create-pod.ts';
import { execInWorld } from './exec-in-world.ts';
import type { FunctionCase } from './function-case.ts';
import type { FunctionWorld } from './function-world.ts';

/** A function that runs a command in containers that exist, as far as what all of them do alike. */
export interface ExecFunction {
  /** A phase that runs a command in the only container, `main`, of pod `one`. */
  phase(world: FunctionWorld, args: JsonObject): BlueprintPhase;
  /** What stands before the words of that container's failure. */
  prefix: string;
}

export const MARKER = '###Phase-output###:';

export const sh = (script: string) => ['sh', '-c', script];

/** What is true of all functions that run a command in containers that exist. */
export function execCases(given: ExecFunction): FunctionCase[] {
  return [false, true]
    .flatMap((detached) => [
      largeOutput(given, detached),
      exitCodes(given, detached),
      binaryOutput(given, detached),
      podGone(given, detached),
      containerGone(given, detached),
      emptyCommand(given, detached),
    ])
    .concat(lackingShell(given), lackingPrograms(given));
}

export function outputOf({ state, error, actions }: ActionSetStatus): JsonObject | undefined {
  expect(error.message).toBe('');
  expect(state).toBe('complete');
  return actions[0]?.phases[0]?.output ?? undefined;
}

export function expectFailure({ state, error }: ActionSetStatus, words: string): void {
  expect(state).toBe('failed');
  expect(error.message).toContain(words);
}

export function failureOf({ actions }: ActionSetStatus) {
  return actions[0]?.phases[0]?.failure;
}

/** Waits until the command has noted in pod `one` that it runs. */
export async function noted(world: FunctionWorld, count: number): Promise<void> {
  await world.until('the command to begin', async () => {
    const lines = await execInWorld(world, { pod: 'one' }, 'cat /tmp/runs');
    const begun = lines.split('\n').filter(Boolean).length;
    return begun === count || `it has begun ${begun} times`;
  });
}

const named = (what: string, detached: boolean) => `${what}${detached ? ', of a detached command, too' : ''}`;

function largeOutput({ phase }: ExecFunction, detached: boolean): FunctionCase {
  return {
    aspect: 'outputs',
    name: named('have 100,000 characters in several writes', detached),
    async run(world) {
      await createPod(world, { name: 'one' });
      const script = `printf '${MARKER} {"key":"long","value":"'; head -c 60000 /dev/zero | tr '\\0' v
        sleep 0.3; head -c 40000 /dev/zero | tr '\\0' v; printf '"}'`;
      const status = await world.run([phase(world, { command: sh(script), detached })]);
      expect(outputOf(status)).toEqual({ long: 'v'.repeat(100_000) });
    },
  };
}

const EXITS = {
  1: 'exit 1',
  126: '/etc/passwd',
  127: 'nosuchprogram',
  137: 'kill -9 $$',
  143: 'kill -15 $$',
};

function exitCodes({ phase, prefix }: ExecFunction, detached: boolean): FunctionCase {
  return {
    aspect: 'exec and logs',
    name: named('exit codes come with the last ten lines of both outputs, and with what they mean', detached),
    async run(world) {
      await createPod(world, { name: 'one' });
      const run = (script: string) => world.run([phase(world, { command: sh(script), detached })]);
      const script = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo out $i; echo err $i >&2; done; exit 5';
      const lines = (word: string) =>
        Array.from({ length: 10 }, (_, index) => `${word} ${index + 3}`).join('\r\n');
      expectFailure(
        await run(script),
        `${prefix}Failed to exec command in pod: command terminated with exit code 5.\nstdout: ${lines('out')}\nstderr: ${lines('err')}`,
      );
      for (const [code, command] of Object.entries(EXITS)) {
        const status = await run(command);
        expectFailure(status, `command terminated with exit code ${code}`);
        expect(failureOf(status)?.pod).toMatchObject({ name: 'one', exitCode: Number(code) });
        if (code !== '1') expect(failureOf(status)?.hint).toMatch(/^(The|A) /);
      }
    },
  };
}

function binaryOutput({ phase }: ExecFunction, detached: boolean): FunctionCase {
  return {
    aspect: 'exec and logs',
    name: named('binary output, CRLF and markers in the middle of a line do no harm', detached),
    async run(world) {
      await createPod(world, { name: 'one' });
      const script = `head -c 300000 /dev/urandom; printf '\\n\\377\\000 in a line ${MARKER} {"key":"k","value":"v"}\\r\\n'`;
      const status = await world.run([phase(world, { command: sh(script), detached })]);
      expect(outputOf(status)).toEqual({ k: 'v' });
    },
  };
}

function podGone({ phase, prefix }: ExecFunction, detached: boolean): FunctionCase {
  return {
    aspect: 'bad input',
    name: `a pod that goes away under ${detached ? 'a detached command' : 'the command'} is no success`,
    async run(world) {
      await createPod(world, { name: 'one' });
      const command = sh('echo x >>/tmp/runs; sleep 60');
      const name = await world.start([phase(world, { command, detached })]);
      await noted(world, 1);
      await world.cluster.client.delete(PODS, { name: 'one', namespace: world.namespace });
      const status = await world.ended(name);
      expectFailure(status, `${prefix}Failed to exec command in pod: `);
      expect(status.error.message).toMatch(/exit code 1(37|43)|outcome is unknown/);
      expect(status.error.message).toMatch(/gone|being deleted|has ended/);
    },
  };
}

function containerGone({ phase, prefix }: ExecFunction, detached: boolean): FunctionCase {
  return {
    aspect: 'bad input',
    name: `a container that ends under ${detached ? 'a detached command' : 'the command'}, and is started anew, is no success; with an unknown outcome it is not run again`,
    timeout: 240_000,
    async run(world) {
      const volume = { name: 'noted', emptyDir: {} };
      const container = {
        name: 'main',
        image: world.images.shell,
        command: sh('trap "exit 0" TERM; while :; do sleep 0.2; done'),
        // What the command notes outlives its container.
        volumeMounts: [{ name: 'noted', mountPath: '/noted' }],
      };
      await createPod(world, { name: 'one', podSpec: { containers: [container], volumes: [volume] } });
      const command = sh('echo x >>/noted/runs; kill -TERM 1; sleep 60');
      const retry = { attempts: 2, backoff: '1s' };
      const status = await world.run([{ ...phase(world, { command, detached }), retry }]);
      expectFailure(status, `${prefix}Failed to exec command in pod: `);
      if (detached) expect(failureOf(status)?.reason).toBe('OutcomeUnknown');
      else expect(status.error.message).toMatch(/exit code 1(37|43)|outcome is unknown/);
      if (failureOf(status)?.reason !== 'OutcomeUnknown') return;
      await world.until('the container to run again', async () => {
        const runs = await execInWorld(world, { pod: 'one' }, 'cat /noted/runs').catch(String);
        return runs === 'x' || runs;
      });
    },
  };
}

function emptyCommand({ phase }: ExecFunction, detached: boolean): FunctionCase {
  return {
    aspect: 'bad input',
    name: named(
      'a command that a template leaves empty is refused by name, and nothing is a success',
      detached,
    ),
    async run(world) {
      await createPod(world, { name: 'one' });
      for (const command of [[], '', ['{{ "" }}']]) {
        const status = await world.run([phase(world, { command, detached })]);
        expectFailure(status, 'Failed to exec command in pod: argument command is empty: you must specify');
        expect(failureOf(status)).toMatchObject({ reason: 'InvalidArgument', argument: 'command' });
      }
    },
  };
}

function lackingShell({ phase, prefix }: ExecFunction): FunctionCase {
  return {
    aspect: 'bad input',
    name: 'a detached command in a container without a shell is told what it needs one for',
    async run(world) {
      await createPodWithPath(world, '/nowhere');
      const status = await world.run([phase(world, { command: ['/bin/true'], detached: true })]);
      expectFailure(status, `${prefix}Failed to exec command in pod: \`detached: true\` needs sh, `);
      expect(status.error.message).toContain('does not find sh (');
      expect(failureOf(status)?.reason).toBe('ProgramsMissing');
    },
  };
}

function lackingPrograms({ phase, prefix }: ExecFunction): FunctionCase {
  return {
    aspect: 'bad input',
    name: 'a detached command in a container that lacks programs is told which, and is not begun',
    async run(world) {
      await createPodWithPath(world, '/only');
      const script = 'for name in sh mkdir cat sleep; do /bin/ln -s "/bin/$name" /only || exit 1; done';
      const { cluster, namespace } = world;
      const linked = await cluster.client.exec(
        { name: 'one', namespace },
        { command: ['/bin/sh', '-c', script] },
      );
      expect(linked.exitCode).toBe(0);
      const command = ['/bin/sh', '-c', 'echo x >>/tmp/runs'];
      const status = await world.run([phase(world, { command, detached: true })]);
      expectFailure(status, `${prefix}Failed to exec command in pod: \`detached: true\` needs sh, `);
      expect(status.error.message).toContain('does not find mv, tail, rm.');
      expect(failureOf(status)?.reason).toBe('ProgramsMissing');
      const begun = await cluster.client.exec(
        { name: 'one', namespace },
        { command: ['/bin/sh', '-c', 'test -e /tmp/runs'] },
      );
      expect(begun.exitCode).toBe(1);
    },
  };
}

/**
 * A pod whose container finds its programs in one folder only. Its image is not that of a shell: those have programs in the shell itself.
 */
function createPodWithPath(world: FunctionWorld, path: string): Promise<void> {
  const container = {
    name: 'main',
    image: world.images.tools,
    command: ['/bin/sleep', '3600'],
    env: [{ name: 'PATH', value: path }],
    volumeMounts: [{ name: 'only', mountPath: '/only' }],
  };
  const volumes = [{ name: 'only', emptyDir: {} }];
  return createPod(world, { name: 'one', podSpec: { containers: [container], volumes } });
}
