import { dirname } from 'node:path';
import { expect } from 'vitest';
import type { ActionSetStatus, ActionSpec } from '../../src/api/kanister/types.ts';
import type { JsonObject, KubernetesObject } from '../../src/kubernetes/objects.ts';
import { DEPLOYMENTS, named, NAMESPACES, PODS, SERVICE_ACCOUNTS } from '../../src/kubernetes/resources.ts';
import { clientPrograms } from '../clients/client-programs.ts';
import { createClaim } from '../functions/create-claim.ts';
import type { WorkloadOptions } from '../functions/create-workload.ts';
import type { FunctionWorld } from '../functions/function-world.ts';
import type { Seed } from './seed.ts';

/** Every example of these functions in the references and in Kasten's pages, in the order in which they stand there. */
export const seeds: Seed[] = [
  ...['reference', 'older-reference'].map((page): Seed => ({
    file: `${page}/kube-exec.yaml`,
    prepare: aboutWorkload({ containers: ['kanister-sidecar'] }),
    check: printed(1),
  })),
  {
    file: 'reference/kube-exec-all.yaml',
    prepare: aboutWorkload({ replicas: 2, containers: ['container1', 'container2'] }),
    check: printed(4),
  },
  {
    file: 'older-reference/kube-exec-all.yaml',
    prepare: aboutWorkload({ replicas: 2, containers: ['kanister-sidecar1', 'kanister-sidecar2'] }),
    check: printed(4),
  },
  ...['reference', 'older-reference'].map((page): Seed => ({
    file: `${page}/kube-task.yaml`,
    prepare: aboutWorkload({}),
    check: printed(1),
  })),
  {
    file: 'reference/multi-container-run.yaml',
    prepare: aboutWorkload({}),
    fails: 'spec.containers[1].image: Required value',
  },
  {
    file: 'reference/multi-container-run-repaired.yaml',
    prepare: aboutWorkload({}),
    check: async ({ log }) => {
      expect(log.some((line) => line.includes('"Pod_Out":"10"'))).toBe(true);
    },
  },
  ...['reference', 'older-reference'].flatMap((page): Seed[] => [
    {
      file: `${page}/scale-down.yaml`,
      prepare: aboutWorkload({ replicas: 2 }),
      check: scaled({ from: 2, to: 0 }),
    },
    {
      file: `${page}/scale-up.yaml`,
      prepare: aboutWorkload({ replicas: 0 }),
      check: scaled({ from: 0, to: 1 }),
    },
    {
      file: `${page}/prepare-data.yaml`,
      prepare: aboutClaims,
      check: replaced,
    },
  ]),
  {
    file: 'reference/kube-ops.yaml',
    prepare: aboutWorkload({}),
    // The example creates a Deployment of the name that the one has which the action is about.
    before: [
      {
        func: 'KubeOps',
        name: 'makeRoom',
        args: {
          operation: 'delete',
          objectReference: {
            apiVersion: 'v1',
            group: 'apps',
            resource: 'deployments',
            name: '{{ .Deployment.Name }}',
            namespace: '{{ .Deployment.Namespace }}',
          },
        },
      },
    ],
    async check({ cluster, namespace }, { actions }) {
      expect(actions[0]?.phases[1]?.output).toMatchObject({
        apiVersion: 'v1',
        group: 'apps',
        resource: 'deployments',
        name: 'app',
        namespace,
      });
      expect((await cluster.client.list(DEPLOYMENTS, { namespace })).items).toEqual([]);
    },
  },
  { file: 'reference/wait-v2.yaml', prepare: aboutWorkload({}) },
  // Both of its conditions would have to hold, and a namespace has one phase.
  {
    file: 'reference/wait.yaml',
    fails:
      'Failed to wait for the condition to be met: Context done while polling: context deadline exceeded',
  },
  ...['label-hook', 'rootless-hook'].map((name): Seed => ({
    file: `kasten/${name}.yaml`,
    prepare: withKubectl,
    check: unlabelled,
  })),
  { file: 'kasten/pod-ready-hook.yaml', prepare: aboutPodOfTheSetsName },
];

function aboutWorkload(options: Partial<WorkloadOptions>) {
  return async (world: FunctionWorld): Promise<Partial<ActionSpec>> => {
    const kind = options.kind ?? 'Deployment';
    await world.createWorkload({ name: 'app', ...options });
    return { object: { kind, name: 'app', namespace: world.namespace } };
  };
}

/** In the operator's log, which is where the output of commands goes. */
function printed(times: number) {
  return async ({ log }: FunctionWorld): Promise<void> => {
    expect(log.filter((line) => line.includes('"Pod_Out":"Example"'))).toHaveLength(times);
  };
}

function scaled({ from, to }: { from: number; to: number }) {
  return async ({ cluster, namespace }: FunctionWorld, { actions }: ActionSetStatus): Promise<void> => {
    expect(actions[0]?.phases[0]?.output).toEqual({ originalReplicaCount: from });
    const { spec } = await cluster.client.get<KubernetesObject & { spec: { replicas: number } }>(
      DEPLOYMENTS,
      {
        name: 'app',
        namespace,
      },
    );
    expect(spec.replicas).toBe(to);
  };
}

const CLAIMS = { 'application-pvc-1': '/data', 'application-pvc-2': '/restore-data' };

/** A Deployment with the claims that the example names, on one of which there is the file that it copies. */
async function aboutClaims(world: FunctionWorld): Promise<Partial<ActionSpec>> {
  for (const name of Object.keys(CLAIMS)) await createClaim(world, name);
  const script = 'echo restored > /restore-data/file_to_replace.data; exec sleep 3600';
  const mounts = Object.entries(CLAIMS).map(([name, mountPath]) => ({ name, mountPath }));
  const container = {
    name: 'main',
    image: world.images.shell,
    command: ['sh', '-c', script],
    volumeMounts: mounts,
  };
  const volumes = Object.keys(CLAIMS).map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return aboutWorkload({ podSpec: { containers: [container], volumes } })(world);
}

async function replaced(world: FunctionWorld): Promise<void> {
  const read = `echo "###Phase-output###: {\\"key\\":\\"data\\",\\"value\\":\\"$(cat /data/file.data)\\"}"`;
  const { namespace, images } = world;
  const args = { namespace, image: images.shell, volumes: CLAIMS, command: ['sh', '-c', read] };
  const { actions } = await world.run([{ func: 'PrepareData', name: 'read', args }]);
  expect(actions[0]?.phases[0]?.output).toEqual({ data: 'restored' });
}

/** The account that Kasten's examples name may change the namespace, and `kubectl` is there for the image that has it. */
async function withKubectl(world: FunctionWorld): Promise<Partial<ActionSpec>> {
  const { cluster, namespace, images } = world;
  const { client } = cluster;
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = { name: 'k10-k10', namespace };
  await client.create(SERVICE_ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await client.create<KubernetesObject & { rules: JsonObject[] }>(named(rbac, 'roles', 'Role'), {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata,
    rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'patch'] }],
  });
  await client.create<KubernetesObject & { roleRef: JsonObject; subjects: JsonObject[] }>(
    named(rbac, 'rolebindings', 'RoleBinding'),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'k10-k10' },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  );
  await client.patch(
    NAMESPACES,
    { name: namespace },
    { type: 'merge', body: { metadata: { labels: { migrate: 'yes' } } } },
  );
  const { kubectl } = await clientPrograms();
  const container = {
    name: 'container',
    image: images.shell,
    env: [{ name: 'PATH', value: '/kubectl:/usr/bin:/bin' }],
    volumeMounts: [{ name: 'kubectl', mountPath: '/kubectl', readOnly: true }],
  };
  const volumes = [{ name: 'kubectl', hostPath: { path: dirname(kubectl) } }];
  return { podOverride: { containers: [container], volumes } };
}

async function unlabelled({ cluster, namespace }: FunctionWorld): Promise<void> {
  const { metadata } = await cluster.client.get(NAMESPACES, { name: namespace });
  expect(metadata?.labels).not.toHaveProperty('migrate');
}

/** The example looks for a pod that is called as the StatefulSet, whose own pods have a number at the end. */
async function aboutPodOfTheSetsName(world: FunctionWorld): Promise<Partial<ActionSpec>> {
  const { namespace, images, cluster } = world;
  const containers = [{ name: 'main', image: images.shell, command: ['sleep', '3600'] }];
  await cluster.client.create<KubernetesObject & { spec: JsonObject }>(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app', namespace },
    spec: { terminationGracePeriodSeconds: 1, containers },
  });
  return aboutWorkload({ kind: 'StatefulSet' })(world);
}
