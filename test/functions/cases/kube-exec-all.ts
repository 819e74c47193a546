import { expect } from 'vitest';
import type { BlueprintPhase } from '../../../src/api/kanister/types.ts';
import type { JsonObject } from '../../../src/kubernetes/objects.ts';
import { PODS } from '../../../src/kubernetes/resources.ts';
import { createPod } from '../create-pod.ts';
import { execCases, expectFailure, failureOf, MARKER, sh } from '../exec-cases.ts';
import { execInWorld } from '../exec-in-world.ts';
import type { FunctionCases } from '../function-case.ts';
import type { FunctionWorld } from '../function-world.ts';

const NAMES = ['pa/c1', 'pa/c2', 'pb/c1', 'pb/c2'];

export const cases: FunctionCases = {
  function: 'KubeExecAll',
  none: { pod: 'it runs in containers that exist' },
  cases: [
    {
      aspect: 'arguments',
      name: 'pods and containers are texts with white space between names, or lists; each container of each pod has its turn',
      run: async (world) => {
        await createPods(world);
        const forms = [
          { pods: 'pa  pb', containers: 'c1\nc2' },
          { pods: ['pa', 'pb'], containers: ['c1', 'c2'] },
          { pods: ['{{ "pa pb" }}'], containers: ['c1 c2', 'c1'] },
        ];
        for (const [index, form] of forms.entries()) {
          const status = await world.run([phase(world, { ...form, command: sh('echo x >>/tmp/runs') })]);
          expect([status.error.message, status.state]).toEqual(['', 'complete']);
          expect(await runs(world)).toEqual(NAMES.map(() => index + 1));
        }
      },
    },
    {
      aspect: 'arguments',
      name: 'without a pod or without a container there is nothing to do',
      run: async (world) => {
        const forms: JsonObject[] = [{ pods: '' }, { containers: [] }];
        for (const form of forms) {
          const status = await world.run([phase(world, { ...form, command: ['true'] })]);
          expect([status.error.message, status.state]).toEqual(['', 'complete']);
          expect(status.actions[0]?.phases[0]?.output ?? {}).toEqual({});
        }
      },
    },
    {
      aspect: 'outputs',
      name: 'are those of all of them; of a key that several emit, that of the last container of the last pod',
      run: async (world) => {
        await createPods(world);
        // The last one is there first.
        const script = `[ "$(hostname)" = pb ] || sleep 1
          echo '${MARKER} {"key":"who","value":"'$(hostname)'"}'
          echo '${MARKER} {"key":"of_'$(hostname)'","value":"x"}'`;
        for (const detached of [false, true]) {
          const status = await world.run([phase(world, { command: sh(script), detached })]);
          expect(status.error.message).toBe('');
          expect(status.actions[0]?.phases[0]?.output).toEqual({ who: 'pb', of_pa: 'x', of_pb: 'x' });
        }
      },
    },
    {
      aspect: 'life',
      name: 'detached commands leave nothing in any container, also when they are cancelled',
      run: async (world) => {
        await createPods(world);
        const command = sh('echo x >>/tmp/runs; sleep 2999');
        const name = await world.start([phase(world, { command, detached: true })]);
        await begun(world);
        await world.cancel(name);
        const status = await world.ended(name);
        expectFailure(status, 'Cancelled');
        expect(status.error.message).not.toContain('may still be going on');
        await world.until('nothing to be left', async () => {
          const left = await inEach(world, 'ls -d /tmp/kanister-*; ps | grep "[2]999"');
          return left.every((text) => text === '') || left.join('\n');
        });
      },
    },
    {
      aspect: 'exec and logs',
      name: 'all run to their end when some fail, and each that failed is named with its exit code and its last lines',
      run: async (world) => {
        await createPods(world);
        const script =
          'echo x >>/tmp/runs; echo host $(hostname); [ $(hostname) = pa ] || { echo bad >&2; exit 4; }';
        const status = await world.run([phase(world, { command: sh(script) })]);
        const failed = (name: string) =>
          `${name}: Failed to exec command in pod: command terminated with exit code 4.\nstdout: host pb\nstderr: bad`;
        expectFailure(status, `${failed('pb/c1')}\n${failed('pb/c2')}`);
        expect(await runs(world)).toEqual([1, 1, 1, 1]);
      },
    },
    {
      aspect: 'restart',
      name: 'those that had ended are not run again, those that had begun are named as unknown',
      run: async (world) => {
        await createPods(world);
        const script = 'echo x >>/tmp/runs; [ $(hostname) = pa ] || sleep 30';
        const name = await world.start([phase(world, { command: sh(script) })]);
        await begun(world);
        // Ends are stored from time to time.
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        await world.restartOperator();
        const status = await world.ended(name);
        expectFailure(status, 'step "exec/pb/c1", which can\'t be repeated safely: its outcome is unknown');
        expect(status.error.message).toContain('pb/c2: ');
        expect(status.error.message).not.toContain('pa/c');
        expect(failureOf(status)?.reason).toBe('OutcomeUnknown');
        expect(await runs(world)).toEqual([1, 1, 1, 1]);
      },
    },
    {
      aspect: 'restart',
      name: 'detached commands go on without an operator, and the next one has all of their outputs',
      run: async (world) => {
        await createPods(world);
        const script = `echo x >>/tmp/runs; sleep 3; echo '${MARKER} {"key":"'$(hostname)'","value":"late"}'`;
        const name = await world.start([phase(world, { command: sh(script), detached: true })]);
        await begun(world);
        await world.restartOperator();
        const status = await world.ended(name);
        expect(status.error.message).toBe('');
        expect(status.actions[0]?.phases[0]?.output).toEqual({ pa: 'late', pb: 'late' });
        expect(await runs(world)).toEqual([1, 1, 1, 1]);
      },
    },
    {
      aspect: 'restart',
      name: 'detached commands that are cancelled while no operator runs are ended by the next one',
      run: async (world) => {
        await createPods(world);
        const command = sh('echo x >>/tmp/runs; sleep 2998 & wait');
        const name = await world.start([phase(world, { command, detached: true })]);
        await begun(world);
        await world.stopOperator();
        await world.cancel(name);
        world.startOperator();
        expectFailure(await world.ended(name), 'Cancelled');
        const left = await inEach(world, 'ls -d /tmp/kanister-*; ps | grep "[2]998"');
        expect(left.filter((text) => text !== '')).toEqual([]);
        expect(await runs(world)).toEqual([1, 1, 1, 1]);
      },
    },
    {
      aspect: 'bad input',
      name: 'pods and containers that are not there are named, the others are run',
      run: async (world) => {
        await createPods(world);
        const args = { pods: 'pa nosuch', containers: 'c1 cx', command: sh('echo x >>/tmp/runs') };
        const status = await world.run([phase(world, args)]);
        const begin = 'Failed to exec command in pod: ';
        expectFailure(status, `pa/cx: ${begin}container cx is not valid for pod pa.\nstdout: \nstderr: `);
        expectFailure(status, `nosuch/c1: ${begin}pods "nosuch" not found.\nstdout: \nstderr: `);
        expectFailure(status, `nosuch/cx: ${begin}pods "nosuch" not found.`);
        expect(await runs(world)).toEqual([1, 0, 0, 0]);
      },
    },
    {
      aspect: 'bad input',
      name: 'an output that can’t be read is told with its container',
      run: async (world) => {
        await createPods(world);
        const command = sh(`[ $(hostname) = pa ] || echo '${MARKER} {nonsense'`);
        const status = await world.run([phase(world, { command, containers: 'c1' })]);
        expectFailure(status, "pb/c1: Failed to unmarshal key-value pair: invalid character 'n'");
        expect(JSON.stringify(failureOf(status))).toContain('{nonsense');
      },
    },
    {
      aspect: 'bad input',
      name: 'a pod that goes away under some of the commands is named, the others run to their end',
      run: async (world) => {
        await createPods(world);
        const script = 'echo x >>/tmp/runs; if [ $(hostname) = pa ]; then sleep 4; exit 3; else sleep 60; fi';
        for (const detached of [false, true]) {
          if (detached) await createPods(world, ['pb']);
          await inEach(world, 'rm -f /tmp/runs');
          const name = await world.start([phase(world, { command: sh(script), detached })]);
          await begun(world);
          await world.cluster.client.delete(PODS, { name: 'pb', namespace: world.namespace });
          const status = await world.ended(name);
          const begin = 'Failed to exec command in pod: ';
          for (const own of ['pa/c1', 'pa/c2']) {
            expectFailure(status, `${own}: ${begin}command terminated with exit code 3.`);
          }
          for (const lost of ['pb/c1', 'pb/c2']) expectFailure(status, `${lost}: ${begin}`);
          expect(status.error.message).toMatch(/gone|being deleted|has ended/);
          await world.until('the pod to be gone', async () => {
            const left = await world.cluster.client.list(PODS, { namespace: world.namespace });
            return left.items.every(({ metadata }) => metadata?.name !== 'pb') || 'it is there';
          });
        }
      },
    },
    {
      aspect: 'bad input',
      name: 'a template that leaves the namespace empty is told by name',
      run: async (world) => {
        await createPods(world);
        const status = await world.run([phase(world, { namespace: '{{ "" }}', command: ['true'] })]);
        expectFailure(status, 'Failed to exec command in pod: argument namespace is empty');
        expect(failureOf(status)).toMatchObject({ reason: 'InvalidArgument', argument: 'namespace' });
      },
    },
    ...execCases({
      phase: (world, args) => phase(world, { pods: 'one', containers: 'main', ...args }),
      prefix: 'one/main: ',
    }),
  ],
};

async function createPods(world: FunctionWorld, names = ['pa', 'pb']): Promise<void> {
  await Promise.all(names.map((name) => createPod(world, { name, containers: ['c1', 'c2'] })));
}

function phase({ namespace }: FunctionWorld, args: JsonObject): BlueprintPhase {
  return {
    name: 'only',
    func: 'KubeExecAll',
    args: { namespace, pods: 'pa pb', containers: 'c1 c2', ...args },
  };
}

/** What a script prints in each of the containers. */
function inEach(world: FunctionWorld, script: string): Promise<string[]> {
  return Promise.all(
    NAMES.map((name) => {
      const [pod = '', container = ''] = name.split('/');
      return execInWorld(world, { pod, container }, script);
    }),
  );
}

/** How often the command has begun in each of the containers. */
async function runs(world: FunctionWorld): Promise<number[]> {
  const noted = await inEach(world, 'cat /tmp/runs');
  return noted.map((lines) => lines.split('\n').filter(Boolean).length);
}

async function begun(world: FunctionWorld): Promise<void> {
  await world.until('all commands to begin', async () => {
    const counts = await runs(world);
    return counts.every((count) => count === 1) || counts.join(' ');
  });
}
