import type { Logger } from 'pino';
import type { CustomResourceDefinition } from '../api/kanister/custom-resource-definition.ts';
import { kanisterCrds } from '../api/kanister/crds.ts';
import type { StructuralSchema } from '../api/kanister/structural-schema.ts';
import type { OutdatedCrds } from '../engine/lost-fields.ts';
import { messageOf } from '../engine/failure.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kubernetes/resources.ts';

/**
 * The fields of specs that the installed CRDs do not know, because somebody else installed them and they may not be updated: the API
 * server drops these without a word. Where CRDs may not be read, nothing is known.
 */
export async function outdatedCrds(client: KubernetesClient, log: Logger): Promise<OutdatedCrds> {
  const outdated = new Map<string, string[]>();
  for (const wanted of kanisterCrds) {
    const { kind } = wanted.spec.names;
    const missing = await missingFields(wanted, client, log);
    if (missing.length === 0) continue;
    outdated.set(kind, missing);
    log.warn(
      { fields: missing },
      `the installed CRD of ${kind} is older than this operator: what uses these fields is refused`,
    );
  }
  return outdated;
}

async function missingFields(
  wanted: CustomResourceDefinition,
  client: KubernetesClient,
  log: Logger,
): Promise<string[]> {
  try {
    const installed = await client.get<KubernetesObject & Pick<CustomResourceDefinition, 'spec'>>(
      CUSTOM_RESOURCE_DEFINITIONS,
      { name: wanted.metadata.name },
    );
    const found = new Set(paths(schemaOf(installed)));
    // What is not there in the status is nothing that this program reads.
    return paths(schemaOf(wanted)).filter((path) => !found.has(path) && !/^status\b/.test(path));
  } catch (error) {
    log.debug({ error: messageOf(error) }, `${wanted.metadata.name} can't be read`);
    return [];
  }
}

function schemaOf({ spec }: Pick<CustomResourceDefinition, 'spec'>): StructuralSchema | undefined {
  return spec.versions.find(({ name }) => name === 'v1alpha1')?.schema?.openAPIV3Schema;
}

/** The outermost ones that a schema has: `spec.actions[].needs[]`, `actions.*.phases[].if`. */
function paths(schema: StructuralSchema | undefined, above = ''): string[] {
  if (schema === undefined) return [];
  const below = (step: string) => (above === '' ? step : `${above}.${step}`);
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => [
      below(name),
      ...paths(child, below(name)),
    ]),
    ...(schema.items ? paths(schema.items, `${above}[]`) : []),
    ...(schema.additionalProperties ? paths(schema.additionalProperties, below('*')) : []),
  ];
}
