import { equalJson, isFields } from './json-value.ts';
import type { Fields } from './json-value.ts';

export interface JsonPatchOperation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/** An operation cannot be carried out; nothing of the patch is. */
export class FailedJsonPatch extends Error {}

/**
 * Applies RFC 6902 to a value, which it changes, as the API server's library does: negative indices count from a list's end, a test for null holds
 * where nothing is, and what is not there can be replaced in an object, and copied as null.
 * @throws {FailedJsonPatch}
 */
export function applyJsonPatch(document: unknown, operations: readonly JsonPatchOperation[]): unknown {
  const root: Fields = { document };
  for (const operation of operations) apply(root, operation);
  return root.document;
}

function apply(root: Fields, { op, path, from, value }: JsonPatchOperation): void {
  switch (op) {
    case 'add':
      add(root, path, structuredClone(value ?? null));
      return;
    case 'remove':
      remove(root, path);
      return;
    case 'replace': {
      const { container, key } = placeOf(root, path);
      if (Array.isArray(container) && readKey(container, key) === undefined) throw missing(op, path);
      writeKey(container, key, structuredClone(value ?? null));
      return;
    }
    case 'move': {
      const { container, key } = placeOf(root, from ?? '');
      const moved = readKey(container, key);
      remove(root, from ?? '');
      add(root, path, moved);
      return;
    }
    case 'copy': {
      const { container, key } = placeOf(root, from ?? '');
      const copied = readKey(container, key);
      if (copied === undefined && Array.isArray(container)) throw missing(op, from ?? '');
      add(root, path, structuredClone(copied ?? null));
      return;
    }
    case 'test': {
      const { container, key } = placeOf(root, path);
      const found = readKey(container, key);
      if (!equalJson(found ?? null, value ?? null)) throw new FailedJsonPatch(`testing value ${path} failed`);
      return;
    }
    default:
      throw new FailedJsonPatch(`Unexpected kind: ${op}`);
  }
}

interface PlaceInDocument {
  container: Fields | unknown[];
  key: string;
}

/** The value that holds what a pointer leads to, which need not be there itself. */
function placeOf(root: Fields, pointer: string): PlaceInDocument {
  // What stands before the first slash is not looked at.
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop();
  if (last === undefined) throw missing('path', pointer);
  let container: unknown = root.document;
  for (const key of keys) container = isContainer(container) ? readKey(container, key) : undefined;
  if (!isContainer(container)) throw missing('path', pointer);
  return { container, key: last };
}

const isContainer = (value: unknown): value is Fields | unknown[] => Array.isArray(value) || isFields(value);

function indexIn(list: unknown[], key: string): number | undefined {
  if (!/^-?\d+$/.test(key)) return undefined;
  const index = Number(key);
  return index < 0 ? index + list.length : index;
}

function readKey(container: Fields | unknown[], key: string): unknown {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  const index = indexIn(container, key);
  return index === undefined ? undefined : container[index];
}

function writeKey(container: Fields | unknown[], key: string, value: unknown): void {
  if (Array.isArray(container)) {
    const index = indexIn(container, key);
    if (index === undefined) throw missing('index', key);
    container[index] = value;
    return;
  }
  // A key may be any text, also one that means something in JavaScript.
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function add(root: Fields, path: string, value: unknown): void {
  const { container, key } = placeOf(root, path);
  if (!Array.isArray(container)) {
    writeKey(container, key, value);
    return;
  }
  const index = key === '-' ? container.length : indexIn(container, key);
  if (index === undefined || index < 0 || index > container.length) throw missing('add', path);
  container.splice(index, 0, value);
}

function remove(root: Fields, path: string): void {
  const { container, key } = placeOf(root, path);
  if (readKey(container, key) === undefined) throw missing('remove', path);
  if (Array.isArray(container)) container.splice(indexIn(container, key) ?? 0, 1);
  else delete container[key];
}

const missing = (op: string, path: string): FailedJsonPatch =>
  new FailedJsonPatch(`${op} operation does not apply: doc is missing path: ${path}`);
