import { expect } from 'vitest';
import type { ActionSetStatus } from '../../src/api/kanister/types.ts';
import type { FunctionDefinition } from '../../src/engine/function.ts';
import type { JsonObject, KubernetesObject } from '../../src/kubernetes/objects.ts';
import { named, NAMESPACES, PERSISTENT_VOLUME_CLAIMS } from '../../src/kubernetes/resources.ts';
import { clientOfRole } from './client-of-role.ts';
import { createClaim } from './create-claim.ts';
import type { FunctionCase } from './function-case.ts';
import type { FunctionWorld } from './function-world.ts';
import { runPageExample } from './run-page-example.ts';
import { sampleArguments } from './sample-arguments.ts';

/** What has to be shown of every function of a kind, the kind being told by its rights. */
export function commonCases(definition: FunctionDefinition): FunctionCase[] {
  const { permissions } = definition;
  const makesPods = permissions.some(
    ({ group, resources, verbs }) => group === '' && resources.includes('pods') && verbs.includes('create'),
  );
  return [
    {
      aspect: 'outputs',
      name: 'the example on its page runs to its end, with no rights but those that the pages name',
      run: (world) => runPageExample(world, definition.name),
    },
    ...(permissions.length > 0 ? [withoutRights(definition)] : []),
    ...(makesPods ? [nowhere(definition), endingNamespace(definition), usedUpQuota(definition)] : []),
  ];
}

/** What functions need beyond what they require; none of it is there, unless the case makes it. */
const FURTHER: Record<string, JsonObject> = {
  KubeOps: {
    objectReference: { apiVersion: 'v1', resource: 'services', name: 'nothing', namespace: 'default' },
  },
  PrepareData: { volumes: { data: '/data' } },
  ScaleWorkload: { name: 'app', kind: 'deployment' },
};

function attempt(
  definition: FunctionDefinition,
  world: FunctionWorld,
  args: JsonObject = {},
): Promise<ActionSetStatus> {
  const { name: func } = definition;
  const place: JsonObject = 'namespace' in definition.args ? { namespace: world.namespace } : {};
  const sample = { ...sampleArguments(definition, world), ...place, ...FURTHER[func], ...args };
  return world.run([{ name: 'only', func, args: sample }]);
}

function withoutRights(definition: FunctionDefinition): FunctionCase {
  return {
    aspect: 'bad input',
    name: 'an operator without the rights is told which it lacks',
    async run(world) {
      world.startOperator();
      await world.run([]); // the CRDs are there once this is
      const client = await clientOfRole(world, []);
      try {
        await world.restartOperator({ client, env: { CREATEORUPDATE_CRDS: 'false' } });
        const status = await attempt(definition, world);
        expect(status.state).toBe('failed');
        expect(status.error.message).toMatch(/forbidden: User "operator-of-.* cannot \w+ resource/);
      } finally {
        await world.stopOperator();
        await client.close();
      }
    },
  };
}

function nowhere(definition: FunctionDefinition): FunctionCase {
  return {
    aspect: 'bad input',
    name: 'a namespace that is not there is named',
    async run(world) {
      const status = await attempt(definition, world, { namespace: 'no-such-namespace' });
      expect(status.state).toBe('failed');
      expect(status.error.message).toMatch(
        /namespaces? "?no-such-namespace"? (not|was not) found|persistentvolumeclaims "data" not found/,
      );
    },
  };
}

function endingNamespace(definition: FunctionDefinition): FunctionCase {
  return {
    aspect: 'bad input',
    name: 'a namespace that is being deleted takes no pod, and the failure says so',
    async run(world) {
      const namespace = await world.createNamespace();
      const release = await createHeldClaim(world, namespace);
      try {
        await world.cluster.client.delete(NAMESPACES, { name: namespace });
        const status = await attempt(definition, world, { namespace });
        expect(status.state).toBe('failed');
        expect(status.error.message).toContain('because it is being terminated');
        expect(await world.jobPods(namespace)).toEqual([]);
      } finally {
        await release();
      }
    },
  };
}

function usedUpQuota(definition: FunctionDefinition): FunctionCase {
  return {
    aspect: 'bad input',
    name: 'a quota that is used up is named',
    async run(world) {
      const { cluster, namespace } = world;
      const release = await createHeldClaim(world, namespace);
      try {
        const quotas = named('', 'resourcequotas', 'ResourceQuota');
        await cluster.client.create<Quota>(quotas, {
          apiVersion: 'v1',
          kind: 'ResourceQuota',
          metadata: { name: 'no-pods', namespace },
          spec: { hard: { pods: '0' } },
        });
        await world.until('a quota that is counted', async () => {
          const { status } = await cluster.client.get<Quota>(quotas, { name: 'no-pods', namespace });
          return status?.hard !== undefined || 'it is not counted yet';
        });
        const status = await attempt(definition, world);
        expect(status.state).toBe('failed');
        expect(status.error.message).toContain('exceeded quota: no-pods');
        expect(await world.jobPods()).toEqual([]);
      } finally {
        await release();
      }
    },
  };
}

type Quota = KubernetesObject & { spec: JsonObject; status?: JsonObject };

/** A claim that can be mounted, and that keeps its namespace from being gone until what this returns is called. */
async function createHeldClaim(world: FunctionWorld, namespace: string): Promise<() => Promise<void>> {
  await createClaim(world, 'data', { namespace, finalizers: ['test.kanister.io/held'] });
  const released = { type: 'merge', body: { metadata: { finalizers: null } } } as const;
  return async () => {
    await world.cluster.client.patch(PERSISTENT_VOLUME_CLAIMS, { name: 'data', namespace }, released);
  };
}
