import { encodeJson, fromJson } from '../../../../src/gotemplate/json.ts';

/** JSON as Go writes it: fields in order. */
export function canonicalJson(value: unknown): string {
  return encodeJson(fromJson(value, { integers: 'int64' }));
}
