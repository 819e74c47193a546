import { ACTION_SETS, API_VERSION, BLUEPRINTS } from '../../src/api/kanister/types.ts';
import type { ActionSet, Blueprint, BlueprintPhase } from '../../src/api/kanister/types.ts';
import type { Place } from '../operator/place.ts';

/** A Blueprint with one action, `run`, of one phase. */
export async function createBlueprint(
  { client, namespace }: Place,
  name: string,
  phase: Omit<BlueprintPhase, 'name'>,
): Promise<void> {
  await client.create<Blueprint>(BLUEPRINTS, {
    apiVersion: API_VERSION,
    kind: 'Blueprint',
    metadata: { name, namespace },
    actions: { run: { phases: [{ name: 'only', ...phase }] } },
  });
}

export async function createActionSet(
  { client, namespace }: Place,
  blueprint: string,
  name: string,
  options: Record<string, string> = {},
): Promise<void> {
  const object = { kind: 'Namespace', name: namespace, namespace };
  await client.create<ActionSet>(ACTION_SETS, {
    apiVersion: API_VERSION,
    kind: 'ActionSet',
    metadata: { name, namespace },
    spec: { actions: [{ name: 'run', blueprint, object, options }] },
  });
}
