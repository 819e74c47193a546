/**
 * A copy in which fields without a value are absent, as checks of a manifest take them: in YAML `timeout:` is null. Not for free-form
 * parts, where null is a value.
 */
export function withoutNulls<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_key, field: unknown) => field ?? undefined)) as T;
}
