import { describe, expect, it } from 'vitest';
import { kanisterCrds } from '../api/kanister/crds.ts';
import { ACTION_SETS, API_VERSION, BLUEPRINTS } from '../api/kanister/types.ts';
import type { StructuralSchema } from '../api/kanister/structural-schema.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kubernetes/resources.ts';
import { APP_NAMESPACE, createOperatorBed } from '../../test/support/operator-bed.ts';
import { echo } from '../../test/support/functions.ts';

/** The CRDs as the original installs them, as far as this is about: without fields of ours. */
function without(schema: StructuralSchema, names: string[]): StructuralSchema {
  const properties = Object.entries(schema.properties ?? {})
    .filter(([name]) => !names.includes(name))
    .map(([name, child]) => [name, without(child, names)] as const);
  return {
    ...schema,
    ...(schema.properties && { properties: Object.fromEntries(properties) }),
    ...(schema.items && { items: without(schema.items, names) }),
    ...(schema.additionalProperties && { additionalProperties: without(schema.additionalProperties, names) }),
  };
}

const OURS = ['if', 'timeout', 'retry', 'onInterrupted', 'history', 'needs', 'executionMode', 'continueFrom'];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

describe('with CRDs of the original, which may not be updated', () => {
  it('what asks for a field that they drop is refused by its name, and everything else is run', async () => {
    const bed = await createOperatorBed();
    try {
      for (const crd of kanisterCrds) {
        const old = structuredClone(crd);
        for (const version of old.spec.versions)
          version.schema.openAPIV3Schema = without(version.schema.openAPIV3Schema, OURS);
        await bed.client.create(CUSTOM_RESOURCE_DEFINITIONS, old);
      }
      bed.start({ functions: [echo], env: { CREATEORUPDATE_CRDS: 'false' } });
      await expect.poll(() => bed.log.join('')).toContain('the installed CRD of Blueprint is older');
      const applied = async (kind: typeof BLUEPRINTS, name: string, body: object) => {
        const object = {
          apiVersion: API_VERSION,
          kind: kind.kind,
          metadata: { name, namespace: 'kanister' },
          ...body,
        };
        const annotations = { [LAST_APPLIED]: JSON.stringify(object) };
        await bed.client.create(kind, { ...object, metadata: { ...object.metadata, annotations } });
      };
      const phase = { func: 'Echo', name: 'one', args: { value: 'x' } };
      await applied(BLUEPRINTS, 'plain', { actions: { run: { phases: [phase] } } });
      await applied(BLUEPRINTS, 'careful', { actions: { run: { phases: [{ ...phase, if: 'false' }] } } });
      const action = { name: 'run', object: APP_NAMESPACE };
      await applied(ACTION_SETS, 'runs', { spec: { actions: [{ ...action, blueprint: 'plain' }] } });
      await applied(ACTION_SETS, 'refused', { spec: { actions: [{ ...action, blueprint: 'careful' }] } });
      await applied(ACTION_SETS, 'ordered', {
        spec: { executionMode: 'sequential', actions: [{ ...action, blueprint: 'plain' }] },
      });
      expect((await bed.actionSet('runs')).status?.state).toBe('complete');
      expect((await bed.actionSet('refused')).status?.error.message).toContain(
        'Blueprint careful was applied with actions.*.phases[].if, which the installed CRD does not know',
      );
      expect((await bed.actionSet('ordered')).status?.error.message).toContain(
        'ActionSet ordered was applied with spec.executionMode',
      );
    } finally {
      await bed.close();
    }
  });
});
