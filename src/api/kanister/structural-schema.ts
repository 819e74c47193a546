/**
 * The part of OpenAPI v3 that a structural schema of apiextensions.k8s.io/v1 may hold and that our resources use, and
 * short names for its recurring pieces. Nothing is required and nothing has a default unless it says so: a field more or
 * less must never make the API server refuse an object that the original accepts.
 */
export interface StructuralSchema {
  type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  description?: string;
  format?: 'date-time';
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  required?: string[];
  enum?: string[];
  minimum?: number;
  'x-kubernetes-preserve-unknown-fields'?: true;
}

export const text = (description?: string): StructuralSchema => ({
  type: 'string',
  ...described(description),
});

/** One of a few words; for fields of our own, that the original never had. */
export const oneOf = (words: string[], description?: string): StructuralSchema => ({
  ...text(description),
  enum: words,
});

export const integer = (description?: string, minimum?: number): StructuralSchema => ({
  type: 'integer',
  ...described(description),
  ...(minimum !== undefined && { minimum }),
});

export const boolean = (description?: string): StructuralSchema => ({
  type: 'boolean',
  ...described(description),
});

/** RFC 3339. */
export const time = (description?: string): StructuralSchema => ({
  type: 'string',
  format: 'date-time',
  ...described(description),
});

export const object = (
  properties: Record<string, StructuralSchema>,
  description?: string,
): StructuralSchema => ({
  type: 'object',
  ...described(description),
  properties,
});

export const list = (items: StructuralSchema, description?: string): StructuralSchema => ({
  type: 'array',
  ...described(description),
  items,
});

/** An object whose keys the user chooses. */
export const mapOf = (value: StructuralSchema, description?: string): StructuralSchema => ({
  type: 'object',
  ...described(description),
  additionalProperties: value,
});

/** Any JSON object, kept as it is. */
export const freeForm = (description?: string): StructuralSchema => ({
  ...preserved({ type: 'object' }),
  ...described(description),
});

/** The same schema, without pruning of what it does not list. */
export const preserved = (schema: StructuralSchema): StructuralSchema => ({
  ...schema,
  'x-kubernetes-preserve-unknown-fields': true,
});

const OBJECT_REFERENCE_FIELDS = {
  apiVersion: text('Version only, without the group: v1.'),
  group: text('API group; empty for the core group.'),
  resource: text('Plural name of the resource: deployments.'),
  kind: text(),
  name: text(),
  namespace: text(),
};

export const objectReference = (description?: string, required?: string[]): StructuralSchema => ({
  ...object(OBJECT_REFERENCE_FIELDS, description),
  ...(required && { required }),
});

/** Kanister types `kopiaSnapshot` as a string that preserves unknown fields; both are kept, as stored objects rely on them. */
export const artifacts = (description: string): StructuralSchema =>
  mapOf(object({ keyValue: mapOf(text()), kopiaSnapshot: preserved(text()) }), description);

function described(description: string | undefined): { description?: string } {
  return description === undefined ? {} : { description };
}
