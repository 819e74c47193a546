import published from './published-go-types.json' with { type: 'json' };

/**
 * A Go type of the API, as text: `string`, `int32`, `bytes`, `*T`, `[]T`, `map[K]T`, or a name such as `core/v1.PodSpec` that the table of
 * types describes.
 */
export type GoType = string;

/**
 * What stands behind a name: a struct's fields by their JSON names, another type, or `custom` for types that decode themselves. A field's name ends in
 * `?` when it is left out while it is empty, and in `??` when it is also left out while it is a zero struct.
 */
export type NamedGoType = Readonly<Record<string, GoType>> | GoType;

const KINDS: Readonly<Record<string, string>> = published.kinds;
const TYPES = published.types as Readonly<Record<string, NamedGoType>>;

/** The Go type of a built-in kind; undefined for every other. */
export function goTypeOfKind(group: string, version: string, kind: string): GoType | undefined {
  const key = `${group}/${version}/${kind}`;
  return Object.hasOwn(KINDS, key) ? KINDS[key] : undefined;
}

export const namedGoType = (name: GoType): NamedGoType | undefined =>
  Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;

/** The type as Go prints it in errors: `v1.PodSpec`, `[]v1.Container`, `map[string]string`. */
export function printedGoType(type: GoType): string {
  if (type === 'bytes') return '[]uint8';
  return type.replaceAll(/[\w.-]+\//g, '');
}
