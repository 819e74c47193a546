import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { JsonObject } from '../../../src/kubernetes/objects.ts';
import { acceleratedClock } from '../../pods/accelerated-clock.ts';
import { PODS } from '../../../src/kubernetes/resources.ts';
import type { FunctionCases } from '../function-case.ts';
import type { FunctionWorld } from '../function-world.ts';
import { podTroubleCases } from '../pod-trouble-cases.ts';
import { expectComplete, jobPodCases, marker, outputOf, runningPod } from '../job-pod-cases.ts';

const phase = (world: FunctionWorld, script: string, more: JsonObject = {}) => ({
  name: 'only',
  func: 'KubeTask',
  args: { namespace: world.namespace, image: world.images.shell, command: ['sh', '-c', script], ...more },
});

export const cases: FunctionCases = {
  function: 'KubeTask',
  cases: [
    ...jobPodCases({ containers: ['container'], phase }),
    ...podTroubleCases({ containers: ['container'], phase }),
    {
      aspect: 'outputs',
      name: 'of kando are had from the termination message when the log is lost, and an event tells so',
      run: async (world) => {
        const lost = 'unable to retrieve container logs for containerd://0\n';
        const { client } = world.cluster;
        world.startOperator({
          client: { ...client, log: async () => Readable.from([Buffer.from(lost)]) },
          // It asks for the log for two minutes. A lease would have to be renewed as many times as often.
          clock: acceleratedClock(20),
          flags: ['--no-leader-election'],
        });
        const script = `kando output key early; kando output key late; kando output other '<ü>'`;
        const name = await world.start([phase(world, script, { image: world.images.tools })]);
        const status = await world.ended(name);
        expectComplete(status);
        expect(outputOf(status)).toEqual({ key: 'late', other: '<ü>' });
        const events = await world.events(name);
        expect(events.find(({ reason }) => reason === 'LogGap')?.message).toContain('termination message');
      },
    },
    {
      aspect: 'arguments',
      name: 'a command of one text is one word and no line of a shell',
      run: async (world) => {
        const good = await world.run([phase(world, '', { command: 'true' })]);
        expectComplete(good);
        const bad = await world.run([phase(world, '', { command: 'echo hello' })]);
        expect(bad.state).toBe('failed');
        expect(bad.error.message).toMatch(/echo hello/);
      },
    },
    {
      aspect: 'arguments',
      name: 'numbers and booleans in command and labels become texts',
      run: async (world) => {
        const script = `${marker('k', '')}; test "$1" = 7 && test "$2" = 1 && test "$3" = 100000000000000000000`;
        const status = await world.run([
          phase(world, '', {
            command: ['sh', '-c', script, '--', 7, true, 1e20],
            podLabels: { enabled: true, count: 3 },
          }),
        ]);
        expectComplete(status);
      },
    },
    {
      aspect: 'pod',
      name: 'is the original’s: name, container, policies, labels and annotations, in the operator’s namespace and elsewhere',
      run: async (world) => {
        const elsewhere = await world.createNamespace();
        const action = {
          podLabels: { team: 'actionset', more: 'x' },
          podAnnotations: { note: 'actionset' },
        };
        const labels = { 'kanister.io/JobID': 'abc', 'kanister.io/other': 'x' };
        for (const namespace of [undefined, elsewhere]) {
          const { namespace: _own, ...args } = phase(world, 'sleep 3', {
            podLabels: { team: 'blueprint' },
          }).args;
          const name = await world.start(
            [{ name: 'only', func: 'KubeTask', args: { ...args, ...(namespace && { namespace }) } }],
            action,
            { labels },
          );
          const pod = await world.until('the pod is there', async () => {
            const [found] = await world.jobPods(namespace);
            return found ?? 'no pod';
          });
          expect(pod.metadata.name).toMatch(/^kanister-job-[a-z0-9]{10}$/);
          expect(pod.metadata.labels).toEqual({
            createdBy: 'kanister',
            'kanister.io/JobID': 'abc',
            team: 'blueprint',
            more: 'x',
          });
          expect(pod.metadata.annotations).toMatchObject({ note: 'actionset' });
          expect(pod.spec).toMatchObject({ restartPolicy: 'Never', serviceAccountName: 'default' });
          expect(pod.spec.containers).toMatchObject([
            {
              name: 'container',
              image: world.images.shell,
              command: ['sh', '-c', 'sleep 3'],
              imagePullPolicy: 'IfNotPresent',
            },
          ]);
          expectComplete(await world.ended(name));
        }
      },
    },
    {
      aspect: 'pod',
      name: 'has secure defaults where the operator is told so, which podOverride changes',
      run: async (world) => {
        world.startOperator({ env: { SECURE_DEFAULTS_FOR_JOB_PODS: 'true' } });
        const name = await world.start([phase(world, 'sleep 2')]);
        const { spec } = await runningPod(world);
        expect([spec.serviceAccountName, spec.automountServiceAccountToken]).toEqual(['default', false]);
        expectComplete(await world.ended(name));
        const script = 'test -s /var/run/secrets/kubernetes.io/serviceaccount/token';
        const override = { podOverride: { automountServiceAccountToken: true } };
        expectComplete(await world.run([phase(world, script, override)]));
        expect((await world.run([phase(world, script)])).state).toBe('failed');
      },
    },
    {
      aspect: 'pod',
      name: 'podOverride: the ActionSet’s over the Blueprint’s over the defaults; a sidecar never comes first',
      run: async (world) => {
        const env = (value: string) => [{ name: 'WHO', value }];
        const blueprint: JsonObject = {
          containers: [
            { name: 'sidecar', image: world.images.shell, command: ['true'] },
            { name: 'container', env: env('blueprint') },
          ],
        };
        const action = { podOverride: { containers: [{ name: 'container', env: env('actionset') }] } };
        const script = `echo "###Phase-output###: {\\"key\\":\\"who\\",\\"value\\":\\"$WHO\\"}"`;
        const status = await world.run([phase(world, script, { podOverride: blueprint })], action);
        expectComplete(status);
        expect(outputOf(status)).toEqual({ who: 'actionset' });
      },
    },
    {
      aspect: 'bad input',
      name: 'a pod that its node evicts in the middle is told as that, with the words of who did it',
      only: {
        on: 'sandbox',
        because: 'a real node has to lack memory for it, and takes back a status that is not its own',
      },
      run: async (world) => {
        const name = await world.start([phase(world, 'sleep 600')]);
        const { metadata } = await runningPod(world);
        const message = 'The node was low on resource: memory.';
        await world.cluster.client.patch(
          PODS,
          { name: metadata.name ?? '', namespace: world.namespace },
          { type: 'merge', body: { status: { phase: 'Failed', reason: 'Evicted', message } } },
          { subresource: 'status' },
        );
        const status = await world.ended(name);
        expect(status.error.message).toContain(`Pod failed: Evicted: ${message}`);
        expect(status.actions[0]?.phases[0]?.failure).toMatchObject({ pod: { reason: 'Evicted' } });
      },
    },
  ],
};
