import { isFields } from '../json-value.ts';

/**
 * How values of a field merge and who can own parts of them. A field whose schema says nothing takes any of
 * the three; a value's own form then says which (see {@link typeFor}).
 */
export interface MergeType {
  readonly scalar?: ScalarType;
  readonly list?: ListType;
  readonly map?: MapType;
}

export type ScalarType = 'numeric' | 'string' | 'boolean' | 'untyped';

export interface ListType {
  /** Owned and replaced as a whole. Otherwise each item has owners: by its keys, or by its value where there are none. */
  readonly atomic: boolean;
  readonly keys: readonly string[];
  readonly element: () => MergeType;
}

export interface MapType {
  /** Owned and replaced as a whole. */
  readonly atomic: boolean;
  readonly field: (name: string) => MapField | undefined;
  /** Of keys that are no declared field; absent where there can be none. */
  readonly element?: () => MergeType;
  /** Nothing is known of what is inside: the values say it. */
  readonly deduced: boolean;
}

export interface MapField {
  readonly type: () => MergeType;
  readonly default?: unknown;
}

/** What is left of a schema that gives no type. */
export const UNTYPED: MergeType = {
  scalar: 'untyped',
  list: { atomic: true, keys: [], element: () => UNTYPED },
  map: { atomic: true, field: () => undefined, element: () => UNTYPED, deduced: false },
};

/** Where a schema allows anything: objects have owners field by field, lists as a whole. */
export const DEDUCED: MergeType = {
  scalar: 'untyped',
  list: { atomic: true, keys: [], element: () => UNTYPED },
  map: { atomic: false, field: () => undefined, element: () => DEDUCED, deduced: true },
};

/** The part of a type that is about a value of this form; all of it when that can't be told (null, absent, wrong). */
export function typeFor(type: MergeType, value: unknown): MergeType {
  if (value === undefined || value === null) return type;
  if (Array.isArray(value)) return type.list && (type.scalar || type.map) ? { list: type.list } : type;
  if (isFields(value)) return type.map && (type.scalar || type.list) ? { map: type.map } : type;
  return type.scalar && (type.list || type.map) ? { scalar: type.scalar } : type;
}

/** Whether two parts of one type are the same part. */
export const sameType = (a: MergeType, b: MergeType): boolean =>
  (a.scalar === undefined) === (b.scalar === undefined) &&
  (a.list === undefined) === (b.list === undefined) &&
  (a.map === undefined) === (b.map === undefined);

/** The type of a map's key; `undefined` when it may not be there. */
export const typeOfKey = (map: MapType, key: string): MergeType | undefined =>
  map.field(key)?.type() ?? map.element?.();
