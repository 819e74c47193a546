import { kindSchema, namedSchema, resolveSchema } from '../openapi/kind-schema.ts';
import type { ResourceDefinition } from '../resource-definition.ts';
import { DEDUCED, UNTYPED } from './merge-type.ts';
import type { ListType, MapField, MapType, MergeType, ScalarType } from './merge-type.ts';

/** What says how objects of a kind merge: the schema of a custom resource, or the kind's own. */
export type MergedKind = Pick<ResourceDefinition, 'group' | 'version' | 'kind' | 'schema'>;

/** The merge type of a resource's objects, in the resource's version. */
export type MergeTypes = (definition: MergedKind) => MergeType;

/** What of an OpenAPI schema says how values merge; the schemas of built-in and of custom resources both have it. */
interface Schema {
  type?: string;
  format?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  default?: unknown;
  allOf?: Schema[];
  $ref?: string;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
}

/** Types are made when they are first asked for, and each one once. */
export function createMergeTypes(): MergeTypes {
  const ofDefinition = new WeakMap<MergedKind, MergeType>();
  const ofName = new Map<string, MergeType>();

  const referred = (schema: Schema, reference: string): MergeType => {
    const name = reference.slice(reference.lastIndexOf('/') + 1);
    if (schema['x-kubernetes-map-type'] !== undefined) return typeOf(resolveSchema(schema as never), false);
    const known = ofName.get(name);
    if (known) return known;
    const made = WELL_KNOWN[name] ?? typeOf(namedSchema(name) ?? {}, false);
    ofName.set(name, made);
    return made;
  };

  /** @param open whether an object further up lets unknown fields pass, which holds for all below it */
  const typeOf = (schema: Schema, open: boolean): MergeType => {
    const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
    if (reference !== undefined) return referred(schema, reference);
    const opened = open || schema['x-kubernetes-preserve-unknown-fields'] === true;
    switch (schema.type) {
      case undefined:
      case '':
        return { scalar: 'untyped', list: listType(schema, opened), map: mapType(schema, opened) };
      case 'object':
        return { map: mapType(schema, opened) };
      case 'array':
        return { list: listType(schema, opened) };
      default:
        return { scalar: scalarType(schema) };
    }
  };

  const listType = (schema: Schema, open: boolean): ListType => {
    const { items } = schema;
    return {
      ...listIdentity(schema),
      element: items ? once(() => typeOf(items, open)) : () => UNTYPED,
    };
  };

  const mapType = (schema: Schema, open: boolean): MapType => {
    const properties = schema['x-kubernetes-embedded-resource']
      ? { ...schema.properties, ...OBJECT_PROPERTIES }
      : schema.properties;
    const fields = new Map<string, MapField>();
    for (const [name, property] of Object.entries(properties ?? {})) {
      fields.set(name, {
        type: once(() => typeOf(property, open)),
        ...(property.default !== undefined && { default: property.default }),
      });
    }
    const element = elementOf(schema, open, fields.size);
    return {
      atomic: schema['x-kubernetes-map-type'] === 'atomic',
      field: (name) => fields.get(name),
      ...(element && { element }),
      deduced: fields.size === 0 && element === DEDUCED_ELEMENT,
    };
  };

  const elementOf = (schema: Schema, open: boolean, fields: number): (() => MergeType) | undefined => {
    const { additionalProperties } = schema;
    if (typeof additionalProperties === 'object') return once(() => typeOf(additionalProperties, open));
    if (additionalProperties === true) return DEDUCED_ELEMENT;
    if (additionalProperties === false) return undefined;
    // An object of which nothing at all is said takes anything.
    return open || fields === 0 ? DEDUCED_ELEMENT : undefined;
  };

  const compile = (definition: MergedKind): MergeType => {
    if (definition.schema) {
      const schema: Schema = definition.schema;
      return typeOf({ ...schema, properties: { ...schema.properties, ...OBJECT_PROPERTIES } }, false);
    }
    const published = kindSchema(definition.group, definition.version, definition.kind);
    return published ? typeOf(published, false) : DEDUCED;
  };

  return (definition) => {
    const known = ofDefinition.get(definition);
    if (known) return known;
    const made = compile(definition);
    ofDefinition.set(definition, made);
    return made;
  };
}

const DEDUCED_ELEMENT = (): MergeType => DEDUCED;

/** What every object has, whatever its schema says. */
const OBJECT_PROPERTIES: Record<string, Schema> = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
};

/** Types that are more than their schema tells. */
const WELL_KNOWN: Readonly<Record<string, MergeType>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { scalar: 'untyped' },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': UNTYPED,
};

function scalarType({ type, format }: Schema): ScalarType {
  switch (type) {
    case 'integer':
    case 'number':
      return 'numeric';
    case 'boolean':
      return 'boolean';
    case 'string':
      return format === undefined || format === '' || format === 'byte' ? 'string' : 'untyped';
    default:
      return 'untyped';
  }
}

/** The list type says it; where a schema has none, how a strategic merge patch would treat the list. */
function listIdentity(schema: Schema): Pick<ListType, 'atomic' | 'keys'> {
  const listType = schema['x-kubernetes-list-type'];
  if (listType === 'set') return { atomic: false, keys: [] };
  if (listType === 'map') return { atomic: false, keys: schema['x-kubernetes-list-map-keys'] ?? [] };
  if (listType !== undefined) return { atomic: true, keys: [] };
  switch (schema['x-kubernetes-patch-strategy']) {
    case 'merge':
    case 'merge,retainKeys': {
      const key = schema['x-kubernetes-patch-merge-key'];
      return { atomic: false, keys: key === undefined ? [] : [key] };
    }
    default:
      return { atomic: true, keys: [] };
  }
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
