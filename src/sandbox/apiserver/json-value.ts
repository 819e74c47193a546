/** Reading JSON whose shape nobody has promised: every accessor answers `undefined` or an empty value, never throws. */

export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The value at a path of object keys. */
export const valueAt = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((at, key) => (isFields(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);

export function setAt(target: Fields, path: string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    if (value === undefined) delete target[key];
    else target[key] = value;
    return;
  }
  const inner = target[key];
  if (isFields(inner)) setAt(inner, rest, value);
  else if (value !== undefined) {
    const created: Fields = {};
    target[key] = created;
    setAt(created, rest, value);
  }
}

/** Sets a field whose name came from outside: also one that is no ordinary name in JavaScript. */
export function setField(target: Fields, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}

/** Equality of JSON values; the order of an object's keys does not count. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  }
  if (!isFields(a) || !isFields(b)) return false;
  const keys = Object.keys(a).filter((key) => a[key] !== undefined);
  const others = Object.keys(b).filter((key) => b[key] !== undefined);
  return (
    keys.length === others.length && keys.every((key) => Object.hasOwn(b, key) && equalJson(a[key], b[key]))
  );
}

/** Gives a field its default where it has no value. */
export function setDefault(target: Fields, key: string, value: unknown): void {
  if (target[key] === undefined || target[key] === null) target[key] = value;
}

/** The object at a key, made where absent. */
export function ownFields(target: Fields, key: string): Fields {
  const found = target[key];
  if (isFields(found)) return found;
  const created: Fields = {};
  target[key] = created;
  return created;
}

/** An object's spec, made where absent. */
export const ownSpec = (object: Fields): Fields => ownFields(object, 'spec');

/** A scalar as text; empty for everything else. */
export const printable = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : '';
