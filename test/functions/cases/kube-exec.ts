import { expect } from 'vitest';
import type { ActionSetStatus, BlueprintPhase } from '../../../src/api/kanister/types.ts';
import type { JsonObject } from '../../../src/kubernetes/objects.ts';
import { PODS } from '../../../src/kubernetes/resources.ts';
import { createPod } from '../create-pod.ts';
import { execInWorld } from '../exec-in-world.ts';
import type { FunctionCase, FunctionCases } from '../function-case.ts';
import type { FunctionWorld } from '../function-world.ts';

const MARKER = '###Phase-output###:';
const output = (key: string, value: string) => `echo '${MARKER} {"key":"${key}","value":"${value}"}'`;

export const cases: FunctionCases = {
  function: 'KubeExec',
  none: { pod: 'it runs in containers that exist' },
  cases: [
    {
      aspect: 'arguments',
      name: 'container may be left out where there is one; a command that is a text is one word',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        expect((await world.run([phase(world, { command: 'hostname' })])).state).toBe('complete');
        expectFailure(await world.run([phase(world, { command: 'hostname -i' })]), 'hostname -i');
        expect(outputOf(await world.run([phase(world, { command: untyped('7', 'true') })]))).toEqual({
          k: '7 1',
        });
      },
    },
    {
      aspect: 'arguments',
      name: 'detached is a boolean also as a text, and changes neither outputs nor exit codes',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        const run = (script: string, detached: string) =>
          world.run([phase(world, { command: sh(script), detached })]);
        for (const detached of ['true', 'false', '1', '']) {
          expect(outputOf(await run(output('k', 'v'), detached))).toEqual({ k: 'v' });
        }
        expectFailure(await run('echo words >&2; exit 7', 'true'), 'exit code 7.\nstdout: \nstderr: words');
      },
    },
    {
      aspect: 'outputs',
      name: 'are what is printed with the marker to stdout: many, among other lines, the last of each key; else there are none',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        const many = Array.from({ length: 50 }, (_, index) => output(`k${index}`, `v${index}`));
        const script = [...many, 'echo text >&2', `printf 'before it '`, output('k0', 'last')].join('\n');
        const outputs = outputOf(await world.run([phase(world, { command: sh(script) })]));
        expect(outputs).toMatchObject({ k0: 'last', k49: 'v49' });
        expect(Object.keys(outputs ?? {})).toHaveLength(50);
        expect(outputOf(await world.run([phase(world, { command: sh('echo hi') })])) ?? {}).toEqual({});
      },
    },
    largeOutput(false),
    largeOutput(true),
    {
      aspect: 'outputs',
      name: 'of kando leave the last words of the container to its own command',
      run: async (world) => {
        const containers = [{ name: 'main', image: world.images.tools, command: ['sleep', '3600'] }];
        await createPod(world, { name: 'one', podSpec: { containers } });
        const script = 'kando output k v && test -f /dev/termination-log && test ! -s /dev/termination-log';
        const status = await world.run([phase(world, { command: sh(script) })]);
        expect(status.error.message ?? '').toBe('');
        expect(outputOf(status)).toEqual({ k: 'v' });
      },
    },
    {
      aspect: 'life',
      name: 'a detached command leaves nothing in its container: after success, failure and cancel',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        const expectNothing = () =>
          world.until('nothing to be left', async () => {
            const left = await execInWorld(
              world,
              { pod: 'one' },
              'ls -d /tmp/kanister-*; ps | grep "[2]999"',
            );
            return left === '' || left;
          });
        await world.run([phase(world, { command: sh('echo hi'), detached: true })]);
        await world.run([phase(world, { command: sh('exit 3'), detached: true })]);
        await expectNothing();
        const script = 'echo begun >/tmp/begun; sleep 2999 & wait';
        const name = await world.start([phase(world, { command: sh(script), detached: true })]);
        await world.until(
          'the command to begin',
          async () =>
            (await execInWorld(world, { pod: 'one' }, 'cat /tmp/begun')) === 'begun' || 'it has not',
        );
        await world.cancel(name);
        const status = await world.ended(name);
        expectFailure(status, 'Cancelled');
        expect(status.error.message).not.toContain('may still be going on');
        await expectNothing();
      },
    },
    {
      aspect: 'exec and logs',
      name: 'exit codes come with the last ten lines of both outputs, and with what they mean',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        const script = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo out $i; echo err $i >&2; done; exit 5';
        const lines = (word: string) =>
          Array.from({ length: 10 }, (_, index) => `${word} ${index + 3}`).join('\r\n');
        expectFailure(
          await world.run([phase(world, { command: sh(script) })]),
          `command terminated with exit code 5.\nstdout: ${lines('out')}\nstderr: ${lines('err')}`,
        );
        const codes = {
          1: 'exit 1',
          126: '/etc/passwd',
          127: 'nosuchprogram',
          137: 'kill -9 $$',
          143: 'kill -15 $$',
        };
        for (const [code, command] of Object.entries(codes)) {
          const status = await world.run([phase(world, { command: sh(command) })]);
          expectFailure(status, `command terminated with exit code ${code}`);
          expect(failureOf(status)?.pod).toMatchObject({ name: 'one', exitCode: Number(code) });
          if (code !== '1') expect(failureOf(status)?.hint).toMatch(/^(The|A) /);
        }
      },
    },
    {
      aspect: 'exec and logs',
      name: 'binary output, CRLF and markers in the middle of a line do no harm',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        const script = `head -c 300000 /dev/urandom; printf '\\n\\377\\000 in a line ${MARKER} {"key":"k","value":"v"}\\r\\n'`;
        const status = await world.run([phase(world, { command: sh(script) })]);
        expect(outputOf(status)).toEqual({ k: 'v' });
      },
    },
    {
      aspect: 'restart',
      name: 'a command that had begun is not run again, and its outcome is unknown',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        const name = await world.start([phase(world, { command: sh('echo x >>/tmp/runs; sleep 5') })]);
        await runs(world, 1);
        await world.restartOperator();
        const status = await world.ended(name);
        expectFailure(status, 'its outcome is unknown');
        expect(failureOf(status)?.reason).toBe('OutcomeUnknown');
        await runs(world, 1);
      },
    },
    {
      aspect: 'restart',
      name: 'a detached command goes on without an operator, and the next one has its outputs and exit code',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        const script = `echo x >>/tmp/runs; ${output('early', '1')}; sleep 4; ${output('late', '2')}`;
        const name = await world.start([phase(world, { command: sh(script), detached: true })]);
        await runs(world, 1);
        await world.stopOperator();
        world.startOperator();
        expect(outputOf(await world.ended(name))).toEqual({ early: '1', late: '2' });
        await runs(world, 1);
        expect(await execInWorld(world, { pod: 'one' }, 'ls -d /tmp/kanister-*')).toBe('');
      },
    },
    {
      aspect: 'restart',
      name: 'a detached command that is cancelled while no operator runs is ended by the next one',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        const command = sh('echo x >>/tmp/runs; sleep 2998 & wait');
        const name = await world.start([phase(world, { command, detached: true })]);
        await runs(world, 1);
        await world.stopOperator();
        await world.cancel(name);
        world.startOperator();
        expectFailure(await world.ended(name), 'Cancelled');
        expect(await execInWorld(world, { pod: 'one' }, 'ls -d /tmp/kanister-*; ps | grep "[2]998"')).toBe(
          '',
        );
        await runs(world, 1);
      },
    },
    {
      aspect: 'restart',
      name: 'a detached command whose container was started anew has an unknown outcome, and is not run again',
      run: async (world) => {
        const command = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.2; done'];
        await createPod(world, {
          name: 'one',
          command,
        });
        const script = 'kill -TERM 1; sleep 60';
        const status = await world.run([phase(world, { command: sh(script), detached: true })]);
        expectFailure(status, 'its outcome is unknown');
        expect(failureOf(status)?.reason).toBe('OutcomeUnknown');
      },
      timeout: 240_000,
    },
    {
      aspect: 'bad input',
      name: 'a pod, a container or a program that is not there, and a container that is not named where there are two',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        await createPod(world, { name: 'two', containers: ['first', 'second'] });
        const begin = 'Failed to exec command in pod: ';
        const fail = async (args: JsonObject, words: string) =>
          expectFailure(await world.run([phase(world, { command: ['true'], ...args })]), words);
        for (const detached of [false, true]) {
          await fail({ detached, pod: 'none' }, `${begin}pods "none" not found.\nstdout: \nstderr: `);
          await fail({ detached, container: 'nosuch' }, `${begin}container nosuch is not valid for pod one`);
          await fail(
            { detached, pod: 'two' },
            `${begin}a container name must be specified for pod two, choose one of: [first second]`,
          );
        }
        await fail({ command: ['/no/such', 'a'] }, '/no/such');
        await fail({ command: ['/no/such', 'a'], detached: true }, 'exit code 127');
      },
    },
    {
      aspect: 'bad input',
      name: 'an output that can’t be read is told with its line',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        const status = await world.run([phase(world, { command: sh(`echo 'a ${MARKER} {nonsense'`) })]);
        expectFailure(
          status,
          "Failed to unmarshal key-value pair: invalid character 'n' looking for beginning of object key string",
        );
        expect(JSON.stringify(failureOf(status))).toContain('{nonsense');
      },
    },
    podGone(false),
    podGone(true),
  ],
};

const sh = (script: string) => ['sh', '-c', script];
/** Arguments that are no texts in YAML. */
const untyped = (...given: string[]) => [
  ...sh(`echo "${MARKER} {\\"key\\":\\"k\\",\\"value\\":\\"$*\\"}"`),
  '--',
  ...given.map((word) => (word === 'true' ? true : Number(word))),
];

function largeOutput(detached: boolean): FunctionCase {
  return {
    aspect: 'outputs',
    name: `have 100,000 characters in several writes${detached ? ', of a detached command, too' : ''}`,
    async run(world) {
      await createPod(world, { name: 'one' });
      const script = `printf '${MARKER} {"key":"long","value":"'; head -c 60000 /dev/zero | tr '\\0' v
        sleep 0.3; head -c 40000 /dev/zero | tr '\\0' v; printf '"}'`;
      const status = await world.run([phase(world, { command: sh(script), detached })]);
      expect(outputOf(status)).toEqual({ long: 'v'.repeat(100_000) });
    },
  };
}

function podGone(detached: boolean): FunctionCase {
  return {
    aspect: 'bad input',
    name: `a pod that goes away under ${detached ? 'a detached command' : 'the command'} is no success`,
    async run(world) {
      await createPod(world, { name: 'one' });
      const command = sh('echo x >>/tmp/runs; sleep 60');
      const name = await world.start([phase(world, { command, detached })]);
      await runs(world, 1);
      await world.cluster.client.delete(PODS, { name: 'one', namespace: world.namespace });
      const { state, error } = await world.ended(name);
      expect(state).toBe('failed');
      expect(error.message).toMatch(/exit code 1(37|43)|outcome is unknown/);
      expect(error.message).toMatch(/gone|being deleted|has ended/);
    },
  };
}

function phase({ namespace }: FunctionWorld, args: JsonObject): BlueprintPhase {
  return { name: 'only', func: 'KubeExec', args: { namespace, pod: 'one', ...args } };
}

function outputOf({ state, error, actions }: ActionSetStatus) {
  expect(error.message).toBe('');
  expect(state).toBe('complete');
  return actions[0]?.phases[0]?.output;
}

function expectFailure({ state, error }: ActionSetStatus, words: string): void {
  expect(state).toBe('failed');
  expect(error.message).toContain(words);
}

function failureOf({ actions }: ActionSetStatus) {
  return actions[0]?.phases[0]?.failure;
}

/** Waits until the command has noted that it runs. */
async function runs(world: FunctionWorld, count: number): Promise<void> {
  await world.until('the command to begin', async () => {
    const lines = await execInWorld(world, { pod: 'one' }, 'cat /tmp/runs');
    const noted = lines.split('\n').filter(Boolean).length;
    return noted === count || `it has begun ${noted} times`;
  });
}
