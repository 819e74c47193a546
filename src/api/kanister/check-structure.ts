import type { StructuralSchema } from './structural-schema.ts';

export interface StructureCheck {
  /** Fields of a type that the schema does not allow: `actions.backup.phases: expected array, found string`. */
  problems: string[];
  /** Paths of fields that the API server would drop. */
  unknownFields: string[];
}

/** Compares a parsed document with a schema, as the API server would on create. Null counts as absent. */
export function checkStructure(document: unknown, schema: StructuralSchema): StructureCheck {
  const check: StructureCheck = { problems: [], unknownFields: [] };
  compare(document, schema, '', check);
  return check;
}

function compare(value: unknown, schema: StructuralSchema, path: string, check: StructureCheck): void {
  if (value === null || value === undefined) return;
  const found = typeOf(value);
  if (found !== schema.type) {
    check.problems.push(`${path || 'the document'}: expected ${schema.type}, found ${found}`);
  } else if (typeof value === 'string' && schema.enum && !schema.enum.includes(value)) {
    check.problems.push(`${path}: expected ${schema.enum.join(' or ')}, found ${JSON.stringify(value)}`);
  } else if (typeof value === 'number' && schema.minimum !== undefined && value < schema.minimum) {
    check.problems.push(`${path}: expected at least ${schema.minimum}, found ${value}`);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (schema.items) compare(item, schema.items, `${path}[${index}]`, check);
    }
  } else if (typeof value === 'object') {
    for (const [name, child] of Object.entries(value)) {
      compareField(child, schema, { name, path: path ? `${path}.${name}` : name }, check);
    }
  }
}

function compareField(
  value: unknown,
  schema: StructuralSchema,
  { name, path }: { name: string; path: string },
  check: StructureCheck,
): void {
  const properties = schema.properties ?? {};
  const known = Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties;
  if (known) compare(value, known, path, check);
  // Of a schema without properties (metadata) nothing is known.
  else if (schema.properties && !schema['x-kubernetes-preserve-unknown-fields'])
    check.unknownFields.push(path);
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
