import type { Json } from '../../../kubernetes/objects.ts';
import { fieldsOf, isFields, textOf } from '../json-value.ts';
import { NO_FIELDS, asNode, elementsOf, isMember } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { canonicalElement, compareElements } from './path-element.ts';

/** One entry of `metadata.managedFields`: the fields that somebody owns by one kind of request. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** Absent for the object itself. */
  readonly subresource?: string;
  /** The version in whose terms the fields are named. */
  readonly apiVersion: string;
  /** Of the last change of the entry, to the second. */
  readonly time?: string;
  readonly fields: FieldSet;
}

/** The owners of an object's fields, by what tells one from another (see {@link identityOf}). */
export type Managers = ReadonlyMap<string, Manager>;

export const NO_MANAGERS: Managers = new Map();

/** Who applies is the same one in every version; who updates is another one in each. */
export function identityOf({
  manager,
  operation,
  apiVersion,
  subresource,
}: Pick<Manager, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  return JSON.stringify({
    ...(manager !== '' && { manager }),
    operation,
    ...(operation === 'Update' && { apiVersion }),
    ...(subresource !== undefined && { subresource }),
  });
}

/** Reads what the server itself has stored. */
export function readManagers(entries: readonly unknown[] | undefined): Managers {
  if (!entries || entries.length === 0) return NO_MANAGERS;
  const managers = new Map<string, Manager>();
  for (const entry of entries) {
    const read = managerOf(fieldsOf(entry), fieldsOf(fieldsOf(entry).fieldsV1) as FieldSet);
    managers.set(identityOf(read), read);
  }
  return managers;
}

/**
 * Reads what a client sent.
 * @throws {Error} when an entry is not one of managed fields
 */
export function parseManagers(entries: readonly unknown[]): Managers {
  const managers = new Map<string, Manager>();
  for (const [index, item] of entries.entries()) {
    const entry = fieldsOf(item);
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      throw new Error('operation must be `Apply` or `Update`');
    }
    if (textOf(entry.apiVersion) === '') throw new Error('apiVersion must not be empty');
    const type = textOf(entry.fieldsType);
    if (type === '') throw new Error(`missing fieldsType in managed fields entry ${index}`);
    if (type !== 'FieldsV1') {
      throw new Error(`invalid fieldsType ${JSON.stringify(type)} in managed fields entry ${index}`);
    }
    const read = managerOf(entry, parseFields(entry.fieldsV1 ?? {}));
    managers.set(identityOf(read), read);
  }
  return managers;
}

/** As they stand in an object; `undefined` when nobody owns anything. Those who apply come first, then by time. */
export function writeManagers(managers: Managers): Json[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()]
    .toSorted(compareManagers)
    .map(({ manager, operation, apiVersion, time, fields, subresource }) => ({
      manager,
      operation,
      apiVersion,
      ...(time !== undefined && { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: fields as Json,
      ...(subresource !== undefined && { subresource }),
    }));
}

/** The same set with its elements in the order in which they are written. */
export function inOrder(fields: FieldSet): FieldSet {
  const ordered: Record<string, FieldSet> = {};
  if (Object.hasOwn(fields, '.')) ordered['.'] = NO_FIELDS;
  for (const element of elementsOf(fields).toSorted(compareElements)) {
    ordered[element] = inOrder(fields[element] ?? NO_FIELDS);
  }
  return ordered;
}

function managerOf(entry: Record<string, unknown>, fields: FieldSet): Manager {
  const subresource = textOf(entry.subresource);
  return {
    manager: textOf(entry.manager),
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    apiVersion: textOf(entry.apiVersion),
    ...(typeof entry.time === 'string' && { time: entry.time }),
    ...(subresource !== '' && { subresource }),
    fields,
  };
}

function parseFields(value: unknown): FieldSet {
  if (!isFields(value)) throw new Error('the fields of an entry must be an object');
  const fields: Record<string, FieldSet> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key === '.') continue;
    const element = canonicalElement(key);
    // An element of a kind that is not known is left out, with what stands below it.
    if (element === undefined) continue;
    const below = parseFields(inner ?? {});
    const branch = asNode(isFields(inner) ? isMember(inner as FieldSet) : true, below);
    if (branch) fields[element] = branch;
  }
  return inOrder(fields);
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareTexts(a.operation, b.operation) ||
    secondsOf(a) - secondsOf(b) ||
    compareTexts(a.manager, b.manager) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource ?? '', b.subresource ?? '')
  );
}

/** Of the entry's time; 0 where it has none. */
export const secondsOf = ({ time }: Pick<Manager, 'time'>): number =>
  time === undefined ? 0 : Math.floor(Date.parse(time) / 1000) || 0;

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
