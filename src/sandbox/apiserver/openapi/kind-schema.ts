import published from './published-schemas.json' with { type: 'json' };

/** A schema as Kubernetes publishes it in OpenAPI v3, without descriptions. */
export interface KindSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  format?: string;
  properties?: Record<string, KindSchema>;
  additionalProperties?: KindSchema;
  items?: KindSchema;
  required?: string[];
  default?: unknown;
  /** Always one reference: OpenAPI allows nothing beside a `$ref`, so that is how a field adds a default to a shared type. */
  allOf?: KindSchema[];
  oneOf?: KindSchema[];
  $ref?: string;
  /** How lists are merged by server-side apply. */
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  /** How lists and objects are merged by a strategic merge patch. */
  'x-kubernetes-patch-merge-key'?: string;
  /** Comma-separated: `merge`, `replace`, `retainKeys`. */
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

const REFERENCE_PREFIX = '#/components/schemas/';

// The schemas refer to each other by name, in cycles too (JSONSchemaProps), so they stay as they were published.
const SCHEMAS: Readonly<Record<string, KindSchema>> = published as Record<string, KindSchema>;

const BY_KIND: ReadonlyMap<string, string> = new Map(
  Object.entries(SCHEMAS).flatMap(([name, schema]) =>
    (schema['x-kubernetes-group-version-kind'] ?? []).map(
      ({ group, version, kind }) => [`${group}/${version}/${kind}`, name] as const,
    ),
  ),
);

/** The name under which OpenAPI knows a built-in kind, as in `io.k8s.api.core.v1.Pod`. */
export const schemaNameOf = (group: string, version: string, kind: string): string | undefined =>
  BY_KIND.get(`${group}/${version}/${kind}`);

/** The schema of a built-in kind; undefined for every other. */
export function kindSchema(group: string, version: string, kind: string): KindSchema | undefined {
  const name = schemaNameOf(group, version, kind);
  return name === undefined ? undefined : SCHEMAS[name];
}

export const namedSchema = (name: string): KindSchema | undefined => SCHEMAS[name];

/** What a schema comes to once its reference is followed; what stands beside the reference (defaults, merge keys) wins. */
export function resolveSchema(schema: KindSchema): KindSchema {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (reference === undefined) return schema;
  const target = SCHEMAS[reference.slice(REFERENCE_PREFIX.length)];
  if (!target) throw new Error(`the published schemas lack ${reference}`);
  const { $ref: _reference, allOf: _allOf, ...own } = schema;
  return { ...resolveSchema(target), ...own };
}
