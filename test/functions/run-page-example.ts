import { expect } from 'vitest';
import type { Artifact } from '../../src/api/kanister/types.ts';
import type { PermissionRule } from '../../src/engine/function.ts';
import { functions } from '../../src/functions/index.ts';
import { clientOfRole } from './client-of-role.ts';
import { createClaim } from './create-claim.ts';
import type { FunctionWorld } from './function-world.ts';
import { examplesOf } from './page-examples.ts';

const WORKLOADS = ['Deployment', 'StatefulSet'] as const;

/** How the operator reads a workload that an action is about. */
const OF_WORKLOADS: PermissionRule[] = [
  { group: 'apps', resources: ['deployments', 'statefulsets'], verbs: ['get'] },
  { group: 'apps', resources: ['replicasets'], verbs: ['list'] },
  { group: '', resources: ['pods'], verbs: ['list'] },
];

/**
 * Runs the actions of a page's Blueprint one after the other, each on a workload of the kind that it names, or else on the namespace, in which there is a claim `data`; what
 * one puts out as artifacts goes into those that ask for it. The operator has the rights that the pages of the functions name, in the
 * world's namespace alone.
 */
export async function runPageExample(world: FunctionWorld, functionName: string): Promise<void> {
  world.startOperator();
  await world.run([]); // the CRDs are there once this is
  const { cluster, namespace } = world;
  const profile = { name: await cluster.createProfile(namespace), namespace };
  await createClaim(world, 'data');
  for (const { blueprint } of examplesOf(functionName)) {
    const actions = Object.entries(blueprint.actions ?? {});
    const used = new Set(actions.flatMap(([, action]) => (action.phases ?? []).map(({ func }) => func)));
    const permissions = functions.filter(({ name }) => used.has(name)).flatMap((one) => one.permissions);
    const kinds = WORKLOADS.filter((one) => actions.some(([, { kind }]) => kind === one));
    for (const kind of kinds) await world.createWorkload({ kind, name: kind.toLowerCase(), replicas: 2 });
    const client = await clientOfRole(world, [...permissions, ...(kinds.length > 0 ? OF_WORKLOADS : [])]);
    try {
      await world.restartOperator({ client, env: { CREATEORUPDATE_CRDS: 'false' } });
      const artifacts: Record<string, Artifact> = {};
      for (const [name, action] of actions) {
        const { kind = '', phases = [], inputArtifactNames = [], ...more } = action;
        const about = WORKLOADS.some((one) => one === kind)
          ? { kind, name: kind.toLowerCase(), namespace }
          : { kind: 'Namespace', name: namespace, namespace };
        const wanted = inputArtifactNames.map((artifact) => [artifact, artifacts[artifact] ?? {}] as const);
        const status = await world.run(
          phases,
          { object: about, profile, artifacts: Object.fromEntries(wanted) },
          more,
        );
        expect(status.error.message, `action ${name}`).toBe('');
        expect(status.state, `action ${name}`).toBe('complete');
        Object.assign(artifacts, status.actions[0]?.artifacts);
      }
    } finally {
      await world.stopOperator();
      await client.close();
    }
  }
}
