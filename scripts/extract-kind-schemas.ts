/**
 * Extracts the schemas of Kubernetes' built-in kinds, which the sandbox serves and validates by, from the OpenAPI v3 documents that
 * Kubernetes publishes (`api/openapi-spec/v3` of its source). Only facts are kept: names, types, formats, defaults, required fields, and the keys
 * by which lists merge; the descriptions stay behind.
 *
 *     node scripts/extract-kind-schemas.ts FOLDER
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const GROUP_VERSIONS = [
  'api__v1',
  'apis__admissionregistration.k8s.io__v1',
  'apis__apiextensions.k8s.io__v1',
  'apis__apps__v1',
  'apis__authentication.k8s.io__v1',
  'apis__authorization.k8s.io__v1',
  'apis__autoscaling__v1',
  'apis__autoscaling__v2',
  'apis__batch__v1',
  'apis__coordination.k8s.io__v1',
  'apis__discovery.k8s.io__v1',
  'apis__events.k8s.io__v1',
  'apis__networking.k8s.io__v1',
  'apis__policy__v1',
  'apis__rbac.authorization.k8s.io__v1',
  'apis__scheduling.k8s.io__v1',
  'apis__storage.k8s.io__v1',
];

const OUTPUT = join(import.meta.dirname, '../src/sandbox/apiserver/openapi/published-schemas.json');

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node scripts/extract-kind-schemas.ts FOLDER-OF-OPENAPI-V3-DOCUMENTS');
  process.exit(2);
}

const schemas = new Map<string, unknown>();
for (const groupVersion of GROUP_VERSIONS) {
  const document = JSON.parse(readFileSync(join(folder, `${groupVersion}_openapi.json`), 'utf8')) as {
    components: { schemas: Record<string, unknown> };
  };
  for (const [name, schema] of Object.entries(document.components.schemas)) schemas.set(name, facts(schema));
}
// One schema on a line, in order: a new release then shows as a readable difference.
const lines = [...schemas]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`);
writeFileSync(OUTPUT, `{\n${lines.join(',\n')}\n}\n`);
console.log(`${schemas.size} schemas written to ${OUTPUT}`);

function facts(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(facts);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
      if (key === 'description' && typeof value === 'string') return [];
      // Types that every group shares list all groups; whoever serves one names its own.
      if (key === 'x-kubernetes-group-version-kind' && Array.isArray(value) && value.length > 1) return [];
      if (key === 'properties') {
        const properties = Object.entries(value as Record<string, unknown>);
        return [[key, Object.fromEntries(properties.map(([name, inner]) => [name, facts(inner)]))]];
      }
      return [[key, facts(value)]];
    }),
  );
}
