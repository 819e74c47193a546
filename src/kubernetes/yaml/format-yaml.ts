import { formatFloat } from '../../gotemplate/float-text.ts';
import type { Json, JsonObject } from '../objects.ts';
import { compareKeys } from './compare-keys.ts';
import { createWriter } from './writer.ts';
import type { Writer } from './writer.ts';
import { writeKey, writeScalar, writeText } from './write-scalar.ts';

/**
 * Writes YAML as sigs.k8s.io/yaml does: the same value always gives the same text, with keys in go-yaml's order, lists as deep as their
 * key, and lines broken behind column 80. What JSON leaves out is left out.
 */
export function formatYaml(value: unknown): string {
  const writer = createWriter();
  writeNode(writer, withoutUndefined(value), -1, 'root');
  writer.indent(0);
  return writer.text();
}

/** As JSON has it; not by way of its text, since V8 may read back a key like `"` as another that it has seen. */
function withoutUndefined(value: unknown): Json {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return null;
  if ('toJSON' in value && typeof value.toJSON === 'function') return withoutUndefined(value.toJSON());
  const entries = Object.entries(value).filter(
    ([, item]) => item !== undefined && typeof item !== 'function',
  );
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutUndefined(item)]));
}

/** Where a node stands. Behind the colon of a long key it begins on the same line, as an item does. */
type Context = 'root' | 'value' | 'item';

const STEP = 2;

function writeNode(writer: Writer, value: Json, indent: number, context: Context): void {
  if (Array.isArray(value)) writeList(writer, value, indent, context);
  else if (typeof value === 'object' && value !== null) writeMap(writer, value, indent, context);
  else if (typeof value === 'string') writeText(writer, value, Math.max(indent + STEP, STEP));
  else writeScalar(writer, scalarText(value));
}

function scalarText(value: number | boolean | null): string {
  if (typeof value !== 'number') return String(value);
  const isWhole = Number.isInteger(value) && value > -(2 ** 63) && value < 2 ** 64;
  return isWhole ? String(value) : formatFloat(value, 'g', -1);
}

function writeList(writer: Writer, items: Json[], indent: number, context: Context): void {
  if (items.length === 0) {
    writer.indicator('[]', { needsBlank: true });
    return;
  }
  const own = context === 'value' ? Math.max(indent, 0) : Math.max(indent + (indent < 0 ? 1 : STEP), 0);
  for (const item of items) {
    writer.indent(own);
    writer.indicator('-', { needsBlank: true, keepsIndention: true });
    writeNode(writer, item, own, 'item');
  }
}

function writeMap(writer: Writer, map: JsonObject, indent: number, context: Context): void {
  const keys = Object.keys(map).toSorted(compareKeys);
  if (keys.length === 0) {
    writer.indicator('{}', { needsBlank: true });
    return;
  }
  const own = context === 'root' ? 0 : indent + STEP;
  for (const key of keys) {
    const value = map[key] ?? null;
    writer.indent(own);
    if (isShort(key)) {
      writeKey(writer, key);
      writer.indicator(':', {});
      writeNode(writer, value, own, 'value');
    } else {
      writer.indicator('?', { needsBlank: true, keepsIndention: true });
      writeText(writer, key, own + STEP);
      writer.indent(own);
      writer.indicator(':', { needsBlank: true, keepsIndention: true });
      writeNode(writer, value, own, 'item');
    }
  }
}

/** Only such a key can stand before its colon. */
function isShort(key: string): boolean {
  return Buffer.byteLength(key) <= 128 && !/[\r\n\u0085\u2028\u2029]/.test(key);
}
