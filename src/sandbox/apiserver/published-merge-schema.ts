import { PRIMITIVES } from '../../kubernetes/merge-schema.ts';
import type { MergeSchema } from '../../kubernetes/merge-schema.ts';
import { kindSchema, resolveSchema } from './openapi/kind-schema.ts';
import type { KindSchema } from './openapi/kind-schema.ts';

/** Which lists of a built-in kind a strategic merge patch merges item by item, as the published OpenAPI says. */
export function publishedMergeSchema(group: string, version: string, kind: string): MergeSchema {
  const schema = kindSchema(group, version, kind);
  const found: Record<string, string> = {};
  if (schema) collect(schema, '', [], found);
  return found;
}

function collect(
  schema: KindSchema,
  path: string,
  above: readonly string[],
  found: Record<string, string>,
): void {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  // A type inside of itself (JSONSchemaProps) goes on for ever; patches of such depth replace its lists.
  if (reference !== undefined && above.includes(reference)) return;
  const within = reference === undefined ? above : [...above, reference];
  const { properties = {}, items } = resolveSchema(schema);
  const strategies = schema['x-kubernetes-patch-strategy']?.split(',') ?? [];
  if (strategies.includes('merge') && items)
    found[path] = schema['x-kubernetes-patch-merge-key'] ?? PRIMITIVES;
  if (items) collect(items, path, within, found);
  for (const [name, property] of Object.entries(properties)) {
    collect(property, path === '' ? name : `${path}.${name}`, within, found);
  }
}
