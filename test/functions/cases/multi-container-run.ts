import { expect } from 'vitest';
import type { JsonObject } from '../../../src/kubernetes/objects.ts';
import type { FunctionCases } from '../function-case.ts';
import type { FunctionWorld } from '../function-world.ts';
import { expectComplete, jobPodCases, marker, outputOf, runningPod } from '../job-pod-cases.ts';

const phase = (world: FunctionWorld, script: string, more: JsonObject = {}) => ({
  name: 'only',
  func: 'MultiContainerRun',
  args: {
    namespace: world.namespace,
    backgroundImage: world.images.shell,
    backgroundCommand: ['true'],
    outputImage: world.images.shell,
    outputCommand: ['sh', '-c', script],
    ...more,
  },
});

export const cases: FunctionCases = {
  function: 'MultiContainerRun',
  cases: [
    ...jobPodCases({ containers: ['output', 'background'], phase }),
    {
      aspect: 'arguments',
      name: 'sharedVolumeSizeLimit that is no quantity is refused before a pod is created; without a namespace the operator’s is taken',
      run: async (world) => {
        const bad = await world.run([phase(world, 'true', { sharedVolumeSizeLimit: 'much' })]);
        expect(bad.error.message).toContain('Failed to parse sharedStorageSize arg: ');
        expectComplete(await world.run([phase(world, 'true', { namespace: '', sharedVolumeSizeLimit: '' })]));
      },
    },
    {
      aspect: 'pod',
      name: 'is the original’s: output before background, both on an empty volume; label and annotation can’t be changed',
      run: async (world) => {
        const name = await world.start([
          phase(world, 'sleep 3', {
            initImage: world.images.shell,
            initCommand: ['true'],
            sharedVolumeDir: '/shared',
            sharedVolumeMedium: 'Memory',
            sharedVolumeSizeLimit: '16Mi',
            podLabels: { createdBy: 'me', team: 'db' },
            podAnnotations: { 'kubectl.kubernetes.io/default-container': 'x' },
          }),
        ]);
        const pod = await world.until('the pod is there', async () => {
          const [found] = await world.pods({ labelSelector: 'team=db' });
          return found ?? 'no pod';
        });
        expect(pod.metadata.name).toMatch(/^kanister-job-[a-z0-9]{10}$/);
        expect(pod.metadata.labels).toEqual({ createdBy: 'kanister', team: 'db' });
        expect(pod.metadata.annotations).toMatchObject({
          'kubectl.kubernetes.io/default-container': 'output',
        });
        const { containers, initContainers = [], volumes, restartPolicy } = pod.spec;
        expect(containers.map((container) => container.name)).toEqual(['output', 'background']);
        expect(initContainers.map((container) => container.name)).toEqual(['init']);
        expect(restartPolicy).toBe('Never');
        expect(volumes).toContainEqual({
          name: 'shared',
          emptyDir: { medium: 'Memory', sizeLimit: '16Mi' },
        });
        for (const { volumeMounts } of [...containers, ...initContainers]) {
          expect(volumeMounts).toContainEqual({ name: 'shared', mountPath: '/shared' });
        }
        expectComplete(await world.ended(name));
      },
    },
    {
      aspect: 'pod',
      name: 'what the ActionSet’s podOverride says of `container` holds for output, background and init',
      run: async (world) => {
        const override = { containers: [{ name: 'container', env: [{ name: 'WHO', value: 'all' }] }] };
        const say = (file: string) => ['sh', '-c', `echo "$WHO" > /shared/${file}`];
        const script =
          'while [ ! -s /shared/background ]; do sleep 0.1; done; test "$WHO$(cat /shared/init /shared/background)" = "allall\nall"';
        const status = await world.run(
          [
            phase(world, script, {
              sharedVolumeDir: '/shared',
              initImage: world.images.shell,
              initCommand: say('init'),
              backgroundCommand: say('background'),
            }),
          ],
          { podOverride: override },
        );
        expectComplete(status);
      },
    },
    {
      aspect: 'outputs',
      name: 'are those of output, which reads what background writes through a pipe that init made',
      run: async (world) => {
        const read = `echo "###Phase-output###: {\\"key\\":\\"words\\",\\"value\\":\\"$(wc -w < /shared/data | tr -d ' ')\\"}"`;
        const status = await world.run([
          phase(world, read, {
            sharedVolumeDir: '/shared',
            initImage: world.images.shell,
            initCommand: ['mkfifo', '/shared/data'],
            backgroundCommand: ['sh', '-c', `${marker('other', 'x')}; echo one two three > /shared/data`],
          }),
        ]);
        expectComplete(status);
        expect(outputOf(status)).toEqual({ words: '3' });
      },
    },
    {
      aspect: 'exec and logs',
      name: 'an init container that fails is told with its exit code and last words',
      run: async (world) => {
        const status = await world.run([
          phase(world, 'true', {
            initImage: world.images.shell,
            initCommand: ['sh', '-c', 'echo no room >&2; exit 5'],
          }),
        ]);
        expect(status.error.message).toMatch(/container "init" exited with code 5[^]*no room/);
      },
    },
    {
      aspect: 'exec and logs',
      name: 'a background that fails is told with its own last words and those of output',
      run: async (world) => {
        const status = await world.run([
          phase(world, 'echo waiting; sleep 3', {
            backgroundCommand: ['sh', '-c', 'echo all is lost >&2; exit 4'],
          }),
        ]);
        expect(status.error.message).toMatch(
          /container "background" exited with code 4[^]*all is lost[^]*container "output":\nwaiting/,
        );
      },
    },
    {
      aspect: 'life',
      name: 'the pod is gone when the phase ends, not when the action does',
      run: async (world) => {
        const name = await world.start([
          phase(world, 'true'),
          { ...phase(world, 'sleep 5'), name: 'second' },
        ]);
        await world.until('the second phase runs', async () => {
          const { status } = await world.actionSet(name);
          return status?.actions[0]?.phases[1]?.state === 'running' ? true : 'not yet';
        });
        await runningPod(world);
        await world.until('only the second pod is left', async () => {
          const pods = await world.jobPods();
          return pods.length === 1 ? true : `${pods.length} pods`;
        });
        expectComplete(await world.ended(name));
      },
    },
  ],
};
