import { expect } from 'vitest';
import type { BlueprintPhase } from '../../../src/api/kanister/types.ts';
import type { JsonObject } from '../../../src/kubernetes/objects.ts';
import { createPod } from '../create-pod.ts';
import { execCases, expectFailure, failureOf, MARKER, noted, outputOf, sh } from '../exec-cases.ts';
import { execInWorld } from '../exec-in-world.ts';
import type { FunctionCase, FunctionCases } from '../function-case.ts';
import type { FunctionWorld } from '../function-world.ts';

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
      aspect: 'restart',
      name: 'a command that had begun is not run again, and its outcome is unknown',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        const name = await world.start([phase(world, { command: sh('echo x >>/tmp/runs; sleep 5') })]);
        await noted(world, 1);
        await world.restartOperator();
        const status = await world.ended(name);
        expectFailure(status, 'its outcome is unknown');
        expect(failureOf(status)?.reason).toBe('OutcomeUnknown');
        await noted(world, 1);
      },
    },
    {
      aspect: 'restart',
      name: 'a detached command goes on without an operator, and the next one has its outputs and exit code',
      run: async (world) => {
        await createPod(world, { name: 'one' });
        const script = `echo x >>/tmp/runs; ${output('early', '1')}; sleep 4; ${output('late', '2')}`;
        const name = await world.start([phase(world, { command: sh(script), detached: true })]);
        await noted(world, 1);
        await world.stopOperator();
        world.startOperator();
        expect(outputOf(await world.ended(name))).toEqual({ early: '1', late: '2' });
        await noted(world, 1);
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
        await noted(world, 1);
        await world.stopOperator();
        await world.cancel(name);
        world.startOperator();
        expectFailure(await world.ended(name), 'Cancelled');
        expect(await execInWorld(world, { pod: 'one' }, 'ls -d /tmp/kanister-*; ps | grep "[2]998"')).toBe(
          '',
        );
        await noted(world, 1);
      },
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
    emptyPlace('pod'),
    emptyPlace('namespace'),
    ...execCases({ phase, prefix: '' }),
  ],
};

/** Arguments that are no texts in YAML. */
const untyped = (...given: string[]) => [
  ...sh(`echo "${MARKER} {\\"key\\":\\"k\\",\\"value\\":\\"$*\\"}"`),
  '--',
  ...given.map((word) => (word === 'true' ? true : Number(word))),
];

function emptyPlace(argument: 'pod' | 'namespace'): FunctionCase {
  return {
    aspect: 'bad input',
    name: `a template that leaves ${argument} empty is told by name, with what to look at`,
    async run(world) {
      await createPod(world, { name: 'one' });
      for (const detached of [false, true]) {
        const args = { [argument]: '{{ "" }}', command: ['true'], detached };
        const status = await world.run([phase(world, args)]);
        expectFailure(status, `Failed to exec command in pod: argument ${argument} is empty`);
        expect(failureOf(status)).toMatchObject({
          reason: 'InvalidArgument',
          argument,
          hint: `Give the ${argument === 'pod' ? 'name' : 'namespace'} of the pod, and check what its template refers to.`,
        });
      }
    },
  };
}

function phase({ namespace }: FunctionWorld, args: JsonObject): BlueprintPhase {
  return { name: 'only', func: 'KubeExec', args: { namespace, pod: 'one', ...args } };
}
