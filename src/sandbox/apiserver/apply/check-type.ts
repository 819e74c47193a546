import { isFields } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { itemElement } from './list-item.ts';
import { typeFor, typeOfKey } from './merge-type.ts';
import type { ListType, MapType, MergeType, ScalarType } from './merge-type.ts';
import { fieldElement, printElement } from './path-element.ts';

/** Fields of an object that its type does not have, or not so. */
export class TypeMismatch extends Error {
  constructor(complaints: readonly string[]) {
    const [first = ''] = complaints;
    super(complaints.length === 1 ? first : ['errors:', ...complaints.map((text) => `  ${text}`)].join('\n'));
    this.name = 'TypeMismatch';
  }
}

/** @throws {TypeMismatch} naming each field that is not declared or has another type, with its path. */
export function checkType(
  value: unknown,
  type: MergeType,
  options: { duplicates: 'allowed' | 'refused' },
): void {
  const complaints = complaintsOf(value, type, options.duplicates === 'allowed');
  if (complaints.length > 0) throw new TypeMismatch(complaints.map(printComplaint));
}

interface Complaint {
  path: string;
  text: string;
}

/** What nearly every value gives. */
const NONE: readonly Complaint[] = [];

const printComplaint = ({ path, text }: Complaint): string => (path === '' ? text : `${path}: ${text}`);

function complaintsOf(value: unknown, type: MergeType, duplicates: boolean): readonly Complaint[] {
  const { map, scalar, list } = typeFor(type, value);
  if (map) return mapComplaints(value, map, duplicates);
  if (scalar) return scalarComplaints(value, scalar);
  if (list) return listComplaints(value, list, duplicates);
  return NONE;
}

function mapComplaints(value: unknown, map: MapType, duplicates: boolean): readonly Complaint[] {
  if (value === null) return NONE;
  if (!isFields(value)) return [complaint(`expected map, got &{${printGo(value)}}`)];
  let complaints = NONE;
  for (const key of Object.keys(value)) {
    const inner = value[key];
    if (inner === undefined) continue;
    const type = typeOfKey(map, key);
    const path = (): string => printElement(fieldElement(key));
    // The first one ends it, as the fields after it may stand in any order.
    if (!type) return [...complaints, { path: path(), text: 'field not declared in schema' }];
    const found = complaintsOf(inner, type, duplicates);
    if (found.length > 0) complaints = [...complaints, ...below(path(), found)];
  }
  return complaints;
}

function listComplaints(value: unknown, list: ListType, duplicates: boolean): readonly Complaint[] {
  if (value === null) return NONE;
  if (!Array.isArray(value)) return [complaint(`expected list, got &{${printGo(value)}}`)];
  const complaints: Complaint[] = [];
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    let element = `i:${index}`;
    if (!list.atomic) {
      try {
        element = itemElement(item, list);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return [...complaints, complaint(`element ${index}: ${why}`)];
      }
      if (seen.has(element) && !duplicates) {
        complaints.push(complaint(`duplicate entries for key ${printElement(element)}`));
      }
      seen.add(element);
    }
    const found = complaintsOf(item, list.element(), duplicates);
    if (found.length > 0) complaints.push(...below(printElement(element), found));
  }
  return complaints;
}

function scalarComplaints(value: unknown, scalar: ScalarType): readonly Complaint[] {
  if (value === null) return NONE;
  switch (scalar) {
    case 'numeric':
      if (typeof value === 'number') return NONE;
      return [complaint(`expected numeric (int or float), got ${goType(value)}`)];
    case 'string':
      if (typeof value === 'string') return NONE;
      return [complaint(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`)];
    case 'boolean':
      if (typeof value === 'boolean') return NONE;
      return [complaint(`expected boolean, got &{${printGo(value)}}`)];
    case 'untyped':
      if (typeof value !== 'object') return NONE;
      return [complaint(`expected any scalar, got &{${printGo(value)}}`)];
  }
}

const complaint = (text: string): Complaint => ({ path: '', text });

const below = (path: string, complaints: readonly Complaint[]): Complaint[] =>
  complaints.map((inner) => ({ ...inner, path: path + inner.path }));

/** As Go's `%v` prints JSON values. */
function printGo(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(printGo).join(' ')}]`;
  if (isFields(value)) {
    return `map[${sortedEntries(value)
      .map(([key, inner]) => `${key}:${printGo(inner)}`)
      .join(' ')}]`;
  }
  return JSON.stringify(value);
}

/** As Go's `%#v` prints JSON values. */
function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (isFields(value)) {
    return `map[string]interface {}{${sortedEntries(value)
      .map(([key, inner]) => `${JSON.stringify(key)}:${goSyntax(inner)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}

/** As Go's `%T` names the types of JSON values. */
function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isFields(value)) return 'map[string]interface {}';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

const sortedEntries = (fields: Fields): [string, unknown][] =>
  Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
