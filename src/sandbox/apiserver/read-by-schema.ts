import { equalJson } from './json-value.ts';
import type { ApiObject } from './resource-definition.ts';
import { applySchemaDefaults, prune } from './structural-schema.ts';
import type { StructuralSchema } from './structural-schema.ts';

// Stored objects and schemas never change, so each object is read by each schema once.
const readings = new WeakMap<ApiObject, { schema: StructuralSchema; shown: ApiObject }>();

/** Objects of an earlier schema are shown as the present one has them: what it does not know is gone, what it defaults is there. */
export function readBySchema(stored: ApiObject, schema: StructuralSchema): ApiObject {
  const known = readings.get(stored);
  if (known?.schema === schema) return known.shown;
  const read = structuredClone(stored);
  prune(read, schema);
  applySchemaDefaults(read, schema);
  const shown = equalJson(read, stored) ? stored : read;
  readings.set(stored, { schema, shown });
  return shown;
}
