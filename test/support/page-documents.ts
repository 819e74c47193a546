import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkStructure } from '../../src/api/kanister/check-structure.ts';
import { kanisterCrds } from '../../src/api/kanister/crds.ts';
import type { Json, JsonObject } from '../../src/kubernetes/objects.ts';
import { parseYaml } from '../../src/kubernetes/yaml.ts';

export function readPage(name: string): string {
  return readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');
}

/** The Kubernetes resources among a page's YAML. */
export function resourcesOf(page: string): JsonObject[] {
  return [...page.matchAll(/^```yaml\n(.*?)^```$/gms)]
    .map(([, text = '']) => parseYaml(text))
    .filter(isResource);
}

/** What the API server would refuse of a resource of ours, or drop. */
export function mistakesIn(resource: JsonObject): string[] {
  const crd = kanisterCrds.find(({ spec }) => spec.names.kind === resource['kind']);
  const schema = crd?.spec.versions[0]?.schema.openAPIV3Schema;
  if (!schema) return [`there is no schema of ${JSON.stringify(resource['kind'])}`];
  const { problems, unknownFields } = checkStructure(resource, schema);
  return [...problems, ...unknownFields.map((field) => `unknown field ${field}`)];
}

function isResource(document: Json): document is JsonObject {
  return document !== null && typeof document === 'object' && !Array.isArray(document) && 'kind' in document;
}
