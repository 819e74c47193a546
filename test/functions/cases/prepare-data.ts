import { expect } from 'vitest';
import type { JsonObject, KubernetesObject } from '../../../src/kubernetes/objects.ts';
import { PERSISTENT_VOLUME_CLAIMS, SERVICE_ACCOUNTS } from '../../../src/kubernetes/resources.ts';
import type { FunctionCases } from '../function-case.ts';
import type { FunctionWorld } from '../function-world.ts';
import { expectComplete, jobPodCases, marker, outputOf, runningPod } from '../job-pod-cases.ts';

const phase = (world: FunctionWorld, script: string, more: JsonObject = {}) => ({
  name: 'only',
  func: 'PrepareData',
  args: {
    namespace: world.namespace,
    image: world.images.shell,
    command: ['sh', '-c', script],
    volumes: { data: '/mnt/data' },
    failOnError: true,
    ...more,
  },
});

async function createClaim(world: FunctionWorld, name = 'data', accessMode = 'ReadWriteOnce'): Promise<void> {
  const { namespace } = world;
  await world.cluster.client.create<KubernetesObject & { spec: JsonObject }>(PERSISTENT_VOLUME_CLAIMS, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { accessModes: [accessMode], resources: { requests: { storage: '16Mi' } } },
  });
}

export const cases: FunctionCases = {
  function: 'PrepareData',
  cases: [
    ...jobPodCases({ containers: ['container'], phase, prepare: (world) => createClaim(world) }),
    {
      aspect: 'arguments',
      name: 'without volumes the claims of the subject are mounted, also after it was scaled down in the same action',
      run: async (world) => {
        await createClaim(world);
        await world.createWorkload({
          name: 'web',
          command: ['sh', '-c', 'echo mine > /data/file; exec sleep 3600'],
          podSpec: {
            terminationGracePeriodSeconds: 1,
            volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
            containers: [
              {
                name: 'main',
                image: world.images.shell,
                command: ['sh', '-c', 'echo mine > /data/file; exec sleep 3600'],
                volumeMounts: [{ name: 'data', mountPath: '/data' }],
              },
            ],
          },
        });
        const { volumes: _none, ...args } = phase(
          world,
          'test "$(cat /mnt/prepare_data/data/file)" = mine',
        ).args;
        const status = await world.run(
          [
            { name: 'down', func: 'ScaleWorkload', args: { replicas: 0 } },
            { name: 'only', func: 'PrepareData', args },
          ],
          { object: { kind: 'Deployment', name: 'web', namespace: world.namespace } },
        );
        expectComplete(status);
      },
    },
    {
      aspect: 'arguments',
      name: 'failOnError is false when absent, and may be a text',
      run: async (world) => {
        await createClaim(world);
        const { failOnError: _true, ...args } = phase(world, `${marker('k', 'v')}; exit 1`).args;
        const ignored = await world.run([{ name: 'only', func: 'PrepareData', args }]);
        expectComplete(ignored);
        expect(outputOf(ignored)).toEqual({ k: 'v' });
        const status = await world.run([phase(world, 'exit 1', { failOnError: '{{ "true" }}' })]);
        expect(status.error.message).toContain('exited with code 1');
      },
    },
    {
      aspect: 'pod',
      name: 'is the original’s: name, claims by name at their paths, service account; read-only where the claim is',
      run: async (world) => {
        await createClaim(world);
        await world.cluster.client.create(SERVICE_ACCOUNTS, {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: 'backup', namespace: world.namespace },
        });
        const more = { serviceaccount: 'backup', podLabels: { l: '1' }, podAnnotations: { a: '1' } };
        const labels = { 'kanister.io/JobID': 'abc' };
        const name = await world.start([phase(world, 'sleep 3', more)], {}, { labels });
        const pod = await runningPod(world);
        expect(pod.metadata.name).toMatch(/^prepare-data-job-[a-z0-9]{10}$/);
        expect(pod.metadata.labels).toEqual({ createdBy: 'kanister', l: '1' });
        expect(pod.metadata.annotations).toMatchObject({ a: '1' });
        expect(pod.spec).toMatchObject({ serviceAccountName: 'backup', restartPolicy: 'Never' });
        const volume = pod.spec.volumes?.find((each) => each.persistentVolumeClaim);
        expect(volume).toEqual({
          name: expect.stringMatching(/^vol-.{36}$/),
          persistentVolumeClaim: { claimName: 'data' },
        });
        expect(pod.spec.containers).toMatchObject([
          { name: 'container', imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', 'sleep 3'] },
        ]);
        expect(pod.spec.containers[0]?.volumeMounts).toContainEqual({
          name: volume?.name,
          mountPath: '/mnt/data',
        });
        expectComplete(await world.ended(name));
      },
    },
    {
      aspect: 'outputs',
      name: 'what one phase writes to a claim the next one reads',
      run: async (world) => {
        await createClaim(world);
        const read =
          'echo "###Phase-output###: {\\"key\\":\\"read\\",\\"value\\":\\"$(cat /mnt/data/file)\\"}"';
        const status = await world.run([
          { ...phase(world, 'echo written > /mnt/data/file'), name: 'first' },
          phase(world, read),
        ]);
        expectComplete(status);
        expect(outputOf(status, 1)).toEqual({ read: 'written' });
      },
    },
    {
      aspect: 'bad input',
      name: 'a claim that is not there is told before a pod is created',
      run: async (world) => {
        const status = await world.run([phase(world, 'true', { volumes: { 'no-such': '/x' } })]);
        expect(status.error.message).toContain(
          'Failed to retrieve PVC.: persistentvolumeclaims "no-such" not found',
        );
        expect(await world.jobPods()).toEqual([]);
      },
    },
    {
      aspect: 'bad input',
      name: 'without volumes and without a workload it can’t know what to mount, and says so',
      run: async (world) => {
        const status = await world.run([phase(world, 'true', { volumes: {} })]);
        expect(status.error.message).toContain('Failed to get volumes');
        expect(status.actions[0]?.phases[0]?.failure).toMatchObject({ argument: 'volumes' });
      },
    },
    {
      aspect: 'bad input',
      name: 'a command that is not in the image fails the phase, whatever failOnError says',
      run: async (world) => {
        await createClaim(world);
        const status = await world.run([
          phase(world, '', { command: ['no-such-command'], failOnError: false }),
        ]);
        expect(status.state).toBe('failed');
        expect(status.error.message).toContain('no-such-command');
      },
    },
  ],
};
