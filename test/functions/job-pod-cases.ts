import { expect } from 'vitest';
import type { ActionSetStatus, BlueprintPhase } from '../../src/api/kanister/types.ts';
import { ACTION_SETS } from '../../src/api/kanister/types.ts';
import type { JsonObject } from '../../src/kubernetes/objects.ts';
import { PODS } from '../../src/kubernetes/resources.ts';
import type { Pod } from '../../src/pods/pod.ts';
import { clientOfJobRole } from './client-of-job-role.ts';
import type { FunctionCase } from './function-case.ts';
import type { FunctionWorld } from './function-world.ts';

/** A function that runs a command in a pod of its own, as far as what all of them do alike. */
export interface JobPodFunction {
  /** Names of the pod's containers; the log of the first one counts. */
  containers: [main: string, ...others: string[]];
  /** A phase that runs the script by `sh -c`, and fails when that fails. */
  phase(world: FunctionWorld, script: string, more?: JsonObject): BlueprintPhase;
  /** What has to be in the namespace before. */
  prepare?(world: FunctionWorld): Promise<void>;
}

/** What is true of all functions that run a command in a pod of their own. */
export function jobPodCases(given: JobPodFunction): FunctionCase[] {
  return [
    ...outputCases(given),
    ...lifeCases(given),
    ...logCases(given),
    ...restartCases(given),
    ...badInputCases(given),
  ].map((each) => ({
    ...each,
    async run(world) {
      await given.prepare?.(world);
      await each.run(world);
    },
  }));
}

export const marker = (key: string, value: string) =>
  `echo '###Phase-output###: ${JSON.stringify({ key, value })}'`;

export function outputOf(status: ActionSetStatus, phase = 0): JsonObject | undefined {
  return status.actions[0]?.phases[phase]?.output ?? undefined;
}

export function expectComplete(status: ActionSetStatus): void {
  expect(status.error.message ?? '').toBe('');
  expect(status.state).toBe('complete');
}

/** The pod of the function, once it runs. */
export function runningPod(world: FunctionWorld): Promise<Pod> {
  return world.until('the pod runs', async () => {
    const [pod] = await world.jobPods();
    return pod?.status?.phase === 'Running' ? pod : (pod?.status?.phase ?? 'no pod');
  });
}

/** Phases' pods are removed after their result is stored, so a moment may pass. */
export async function expectNoPods(world: FunctionWorld): Promise<void> {
  await world.until('no pod is left', async () => {
    const left = await world.jobPods();
    return left.length === 0 ? true : left.map(({ metadata }) => metadata.name).join();
  });
}

function outputCases({ phase }: JobPodFunction): FunctionCase[] {
  return [
    {
      aspect: 'outputs',
      name: 'many keys, a marker in the middle of a line, the last of one name, stderr and words between them',
      run: async (world) => {
        const keys = Array.from({ length: 50 }, (_, index) => marker(`key${index}`, `value ${index}`));
        const script = [
          ...keys,
          'echo words >&2',
          `printf 'rows: '; ${marker('rows', '1')}`,
          marker('rows', '2'),
          'echo done',
        ].join('\n');
        const status = await world.run([phase(world, script)]);
        expectComplete(status);
        expect(outputOf(status)).toEqual({
          ...Object.fromEntries(keys.map((_, index) => [`key${index}`, `value ${index}`])),
          rows: '2',
        });
      },
    },
    {
      aspect: 'outputs',
      name: 'a value of 100,000 characters, written in two pieces, arrives whole',
      run: async (world) => {
        const half = 'head -c 50000 /dev/zero | tr "\\0" x';
        const start = '###Phase-output###: {"key":"long","value":"';
        const status = await world.run([
          phase(world, `printf '${start}'; ${half}; sleep 1; ${half}; printf '"}\\n'`),
        ]);
        expectComplete(status);
        expect(outputOf(status)).toEqual({ long: 'x'.repeat(100_000) });
      },
    },
    {
      aspect: 'outputs',
      name: 'one that can’t be read fails the phase, and is named with its line',
      run: async (world) => {
        const status = await world.run([phase(world, `echo '###Phase-output###: {"key":"k"'`)]);
        expect(status.state).toBe('failed');
        expect(status.error.message).toContain('Failed to unmarshal key-value pair');
        expect(status.actions[0]?.phases[0]?.failure).toMatchObject({
          reason: 'InvalidPhaseOutput',
          pod: { logTail: '###Phase-output###: {"key":"k"' },
        });
      },
    },
  ];
}

function lifeCases({ phase }: JobPodFunction): FunctionCase[] {
  return [
    {
      aspect: 'life',
      name: 'the pod is gone after success and after a failure',
      run: async (world) => {
        expectComplete(await world.run([phase(world, 'true')]));
        await expectNoPods(world);
        expect((await world.run([phase(world, 'exit 3')])).state).toBe('failed');
        await expectNoPods(world);
      },
    },
    {
      aspect: 'life',
      name: 'a cancel ends the pod, and the ActionSet with it',
      run: async (world) => {
        const name = await world.start([phase(world, 'trap "exit 0" TERM; sleep 600 & wait')]);
        await runningPod(world);
        await world.cancel(name);
        const status = await world.ended(name);
        expect(status.state).toBe('failed');
        await expectNoPods(world);
      },
    },
    {
      aspect: 'life',
      name: 'a pod that is not ready in time is removed, and the failure has the original’s text',
      run: async (world) => {
        world.startOperator({ env: { TIMEOUT_WORKER_POD_READY: '0' } });
        const override = { podOverride: { nodeSelector: { 'example.com/no': 'node' } } };
        const status = await world.run([phase(world, 'true', override)]);
        expect(status.state).toBe('failed');
        expect(status.error.message).toMatch(
          /Pod did not transition into running state\. Timeout:0s {2}Namespace:\S+, Name:/,
        );
        expect(status.actions[0]?.phases[0]?.failure).toMatchObject({ reason: 'PodNotReady' });
        await expectNoPods(world);
      },
    },
    {
      aspect: 'life',
      name: 'a pod whose ActionSet was taken away by force while no operator ran is swept up',
      run: async (world) => {
        const { client, namespace } = { ...world, ...world.cluster };
        const name = await world.start([phase(world, 'trap "exit 0" TERM; sleep 600 & wait')]);
        await runningPod(world);
        await world.stopOperator();
        const body = { metadata: { finalizers: null } };
        await client.patch(ACTION_SETS, { name, namespace }, { type: 'merge', body });
        await client.delete(ACTION_SETS, { name, namespace });
        world.startOperator({ flags: ['--sweep-after', '1s'] });
        await expectNoPods(world);
      },
    },
    {
      aspect: 'life',
      name: 'rights to create, get and delete pods and to get their logs are enough, and the pod is gone afterwards',
      run: async (world) => {
        const rules = [
          { resources: ['pods'], verbs: ['create', 'get', 'delete'] },
          { resources: ['pods/log'], verbs: ['get'] },
          { resources: ['persistentvolumeclaims'], verbs: ['get'] },
        ];
        const runner = await clientOfJobRole(world, rules);
        try {
          world.startOperator({ client: runner.client });
          const status = await world.run([phase(world, `sleep 1; ${marker('k', 'v')}`)]);
          expectComplete(status);
          expect(outputOf(status)).toEqual({ k: 'v' });
          await expectNoPods(world);
        } finally {
          await world.stopOperator();
          await runner.close();
        }
      },
    },
  ];
}

const EXITS: [code: number, hint: RegExp][] = [
  [1, /last lines of the log/],
  [126, /may not be run/],
  [127, /command exists/],
  [137, /was killed/],
  [143, /told to stop/],
];

function logCases({ phase, containers: [container] }: JobPodFunction): FunctionCase[] {
  return [
    ...EXITS.map(([code, hint]): FunctionCase => ({
      aspect: 'exec and logs',
      name: `a command that exits with ${code} is told with its last words and what to do`,
      run: async (world) => {
        const status = await world.run([phase(world, `echo all is lost >&2; exit ${code}`)]);
        expect(status.state).toBe('failed');
        expect(status.error.message).toContain(
          'Failed while waiting for Pod to complete: Pod failed to complete in time: Pod failed or did not transition into complete state',
        );
        expect(status.error.message).toContain(`container "${container}" exited with code ${code}`);
        const failure = status.actions[0]?.phases[0]?.failure;
        expect(failure).toMatchObject({
          reason: 'PodFailed',
          pod: { exitCode: code, logTail: expect.stringContaining('all is lost') },
        });
        expect(failure?.hint).toMatch(hint);
      },
    })),
    {
      aspect: 'exec and logs',
      name: 'the tail of a failure is the last ten lines, of bytes that are no text, too',
      run: async (world) => {
        const script =
          "i=0; while [ $i -lt 15 ]; do i=$((i+1)); printf 'line %s\\r\\n' $i; done; printf '\\377\\376 end\\n'; exit 1";
        const status = await world.run([phase(world, script)]);
        const { logTail = '' } = status.actions[0]?.phases[0]?.failure?.pod ?? {};
        const lines = logTail.split('\n');
        expect(lines.slice(0, -1)).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15].map((line) => `line ${line}`));
        expect(lines.at(-1)).toMatch(/ end$/);
      },
    },
  ];
}

function restartCases({ phase }: JobPodFunction): FunctionCase[] {
  return [
    {
      aspect: 'restart',
      name: 'the next operator goes on with the pod: one pod, and all outputs, those of the time between as well',
      run: async (world) => {
        const script = `${marker('early', '1')}; sleep 3; ${marker('between', '2')}; sleep 3; ${marker('late', '3')}`;
        const name = await world.start([phase(world, script)]);
        const before = await runningPod(world);
        await world.stopOperator();
        await world.until('the pod has printed the second output', async () => {
          const [pod] = await world.jobPods();
          const started = Date.parse(pod?.metadata.creationTimestamp ?? '');
          return Date.now() - started > 5_000 ? true : 'not yet';
        });
        const [during] = await world.jobPods();
        expect(during?.metadata.uid).toBe(before.metadata.uid);
        world.startOperator();
        const status = await world.ended(name);
        expectComplete(status);
        expect(outputOf(status)).toEqual({ early: '1', between: '2', late: '3' });
      },
    },
    {
      aspect: 'restart',
      name: 'a pod that went away meanwhile is an unknown outcome, and is not run again',
      run: async (world) => {
        const name = await world.start([phase(world, 'sleep 600')]);
        const pod = await runningPod(world);
        await world.stopOperator();
        const { name: podName = '', namespace } = pod.metadata;
        await world.cluster.client.delete(
          PODS,
          { name: podName, ...(namespace !== undefined && { namespace }) },
          { gracePeriodSeconds: 0 },
        );
        world.startOperator();
        const status = await world.ended(name);
        expect(status.actions[0]?.phases[0]?.failure).toMatchObject({ reason: 'OutcomeUnknown' });
        await expectNoPods(world);
      },
    },
  ];
}

function badInputCases({ phase, containers }: JobPodFunction): FunctionCase[] {
  const failure = (status: ActionSetStatus) => status.actions[0]?.phases[0]?.failure;
  return [
    {
      aspect: 'bad input',
      name: 'an image that is not on the node and may not be pulled is told at once',
      run: async (world) => {
        const script = phase(world, 'true');
        const images = Object.keys(script.args ?? {}).filter((key) => /image$/i.test(key));
        const args = {
          ...script.args,
          ...Object.fromEntries(images.map((key) => [key, 'localhost/no-such-image:1'])),
          podOverride: { containers: containers.map((name) => ({ name, imagePullPolicy: 'Never' })) },
        };
        const status = await world.run([{ ...script, args }]);
        expect(status.error.message).toContain('ErrImageNeverPull');
        expect(failure(status)).toMatchObject({
          reason: 'PodNotReady',
          pod: { reason: 'ErrImageNeverPull' },
        });
      },
    },
    {
      aspect: 'bad input',
      name: 'a podOverride that is no part of a PodSpec is told with its place, and nothing is created',
      run: async (world) => {
        const status = await world.run([phase(world, 'true', { podOverride: { containers: 'nonsense' } })]);
        expect(status.error.message).toContain('Failed to override pod specs.: ');
        expect(failure(status)).toMatchObject({ reason: 'InvalidPodOverride', argument: 'podOverride' });
        expect(await world.jobPods()).toEqual([]);
      },
    },
    {
      aspect: 'bad input',
      name: 'a pod that somebody removes in the middle is an unknown outcome',
      run: async (world) => {
        const name = await world.start([phase(world, 'sleep 600')]);
        const { metadata } = await runningPod(world);
        const pod = {
          name: metadata.name ?? '',
          ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
        };
        await world.cluster.client.delete(PODS, pod, { gracePeriodSeconds: 0 });
        const status = await world.ended(name);
        expect(failure(status)?.reason).toBe('OutcomeUnknown');
        expect(status.error.message).toContain(`pods "${pod.name}" not found`);
      },
    },
  ];
}
