import { format } from '../../gotemplate/format.ts';
import { compareStrings, toBytes } from '../../gotemplate/go-string.ts';
import { bool, float, int, string, typeName } from '../../gotemplate/value.ts';
import type { Value } from '../../gotemplate/value.ts';
import { isTrueOf } from './compare.ts';
import { JsonPathError } from './json-path-error.ts';
import type { FilterNode, JsonPathNode, ListNode, SliceNode } from './nodes.ts';

/** Go's zero reflect.Value, which is what the library takes a null for when it loops over it. */
export type Found = Value | undefined;

export interface EvaluationOptions {
  /** What is missing is nothing, and no error. */
  allowMissingKeys: boolean;
}

/**
 * What each node of a template finds in a value, loops unrolled, in the order in which it is printed. Fields of a map that a
 * wildcard or a descent finds are in the order of their names; in the library it is random.
 * @throws {JsonPathError} of kind `execute`
 */
export function evaluateJsonPath(root: ListNode, data: Value, options: EvaluationOptions): Found[][] {
  const { allowMissingKeys } = options;
  const loops = { begun: 0, open: 0, ended: 0, lastEnd: -1 };
  let steps = 0;
  return findFrom(0, data.kind === 'nil' ? undefined : data);

  function findFrom(start: number, value: Found): Found[][] {
    const found: Found[][] = [];
    for (let i = start; i < root.nodes.length; i += 1) {
      const node = root.nodes[i];
      if (node === undefined) break;
      const results = orThrow(walk([value], node));
      if (loops.ended > 0 && loops.ended <= loops.open) {
        loops.ended -= 1;
        loops.lastEnd = i;
        break;
      }
      if (loops.begun === 0) {
        found.push(results);
        continue;
      }
      loops.begun -= 1;
      loops.open += 1;
      for (const item of results) found.push(...findFrom(i + 1, contained(item)));
      // Nothing to loop over, yet the end of the loop must be found.
      if (results.length === 0) findFrom(i + 1, undefined);
      loops.open -= 1;
      if (loops.lastEnd > i) i = loops.lastEnd;
    }
    return found;
  }

  function walk(input: Found[], node: JsonPathNode): Walked {
    steps += 1 + input.length;
    if (steps > MAX_STEPS) throw failure(`the template takes more than ${MAX_STEPS} steps`);
    switch (node.kind) {
      case 'list':
        return walkList(input, node);
      case 'text':
        return { found: [string(node.text)] };
      case 'field':
        return fieldOf(input, node.name);
      case 'slice':
        return sliceOf(input, node);
      case 'filter':
        return filtered(input, node);
      case 'integer':
        return { found: input.map(() => int(node.value)) };
      case 'float':
        return { found: input.map(() => float(node.value)) };
      case 'boolean':
        return { found: input.map(() => bool(node.value)) };
      case 'wildcard':
        return { found: input.flatMap(childrenOf) };
      case 'recursive':
        return { found: descendantsOf(input) };
      case 'union':
        return unionOf(input, node.members);
      case 'identifier':
        return identifier(input, node.name);
    }
  }

  function walkList(input: Found[], { nodes }: ListNode): Walked {
    let current: Walked = { found: input };
    for (const node of nodes) {
      current = walk(current.found, node);
      if (current.fault) break;
    }
    return current;
  }

  function unionOf(input: Found[], members: ListNode[]): Walked {
    const found: Found[] = [];
    for (const member of members) {
      const part = walkList(input, member);
      if (part.fault) return { found: input, fault: part.fault };
      found.push(...part.found);
    }
    return { found };
  }

  function identifier(input: Found[], name: string): Walked {
    if (name === 'range') {
      loops.begun += 1;
      return { found: input };
    }
    if (name !== 'end') return { found: input, fault: failure(`unrecognized identifier ${name}`) };
    if (loops.open === 0) return { found: [], fault: failure('not in range, nothing to end') };
    loops.ended += 1;
    return { found: [] };
  }

  function fieldOf(input: Found[], name: string): Walked {
    const found = input.flatMap((value): Found[] => {
      const field = value?.kind === 'map' ? value.entries.get(name) : undefined;
      return field === undefined ? [] : [field];
    });
    if (found.length > 0 || input.length === 0 || allowMissingKeys) return { found };
    return { found, fault: failure(`${name} is not found`) };
  }

  function descendantsOf(input: Found[]): Found[] {
    return input.flatMap((value) => {
      const children = childrenOf(value);
      steps += children.length;
      if (steps > MAX_STEPS) throw failure(`the template takes more than ${MAX_STEPS} steps`);
      return children.length === 0 ? [] : [value, ...descendantsOf(children)];
    });
  }

  function filtered(input: Found[], node: FilterNode): Walked {
    const found: Found[] = [];
    for (const value of input) {
      if (value?.kind !== 'list') {
        const shown = value === undefined ? '<invalid reflect.Value>' : format(value);
        return { found: input, fault: failure(`${shown} is not array or slice and cannot be filtered`) };
      }
      for (const item of value.items) {
        const verdict = passes(item, node);
        if (verdict instanceof JsonPathError) return { found: input, fault: verdict };
        if (verdict) found.push(item);
      }
    }
    return { found };
  }

  function passes(item: Value, { left, right, operator }: FilterNode): boolean | JsonPathError {
    const lefts = walkList([item], left);
    // A failure that leaves its input as it was (an index beyond the end) counts as something found, too.
    if (operator === 'exists') return lefts.found.length > 0;
    const compared: Value[] = [];
    for (const side of [() => lefts, () => walkList([item], right)]) {
      const { found, fault } = side();
      if (fault) return fault;
      if (found.length === 0) return false;
      if (found.length > 1) return failure('can only compare one element at a time');
      const [value] = found;
      if (value === undefined) throw failure('reflect: call of reflect.Value.Interface on zero Value');
      compared.push(value);
    }
    const [a, b] = compared;
    if (a === undefined || b === undefined) return false;
    try {
      return isTrueOf(operator, a, b);
    } catch (error) {
      if (error instanceof JsonPathError) return error;
      throw error;
    }
  }
}

/** What the library gives back: where it fails, it still gives values, on which an `exists` decides. */
interface Walked {
  found: Found[];
  fault?: JsonPathError;
}

/** Of any use is far less; a descent within a descent takes the square of the size of an object. */
const MAX_STEPS = 2_000_000;

function orThrow({ found, fault }: Walked): Found[] {
  if (fault) throw fault;
  return found;
}

function contained(item: Found): Found {
  if (item === undefined) throw failure('reflect: call of reflect.Value.Interface on zero Value');
  return item.kind === 'nil' ? undefined : item;
}

/** Fields by name, items, and of a string its bytes. */
function childrenOf(value: Found): Found[] {
  switch (value?.kind) {
    case 'map':
      return [...value.entries].toSorted(([a], [b]) => compareStrings(a, b)).map(([, field]) => field);
    case 'list':
      return value.items;
    case 'string':
      return Array.from(toBytes(value.value), (byte) => int(byte, 'uint8'));
    default:
      return [];
  }
}

function sliceOf(input: Found[], node: SliceNode): Walked {
  const found: Found[] = [];
  for (const value of input) {
    if (value?.kind === 'nil') continue;
    if (value === undefined) throw failure('reflect: call of reflect.Value.Type on zero Value');
    if (value.kind !== 'list')
      return { found: input, fault: failure(`${typeName(value)} is not array or slice`) };
    const bounds = boundsOf(node, BigInt(value.items.length));
    if (bounds === undefined) return { found };
    if (typeof bounds === 'string') return { found: input, fault: failure(bounds) };
    const { start, end, step } = bounds;
    for (let i = start; i < end; i += step) found.push(value.items[i]);
  }
  return { found };
}

/** Absent where nothing is asked for, which ends the whole search; a text is what is wrong. */
function boundsOf(
  node: SliceNode,
  length: bigint,
): { start: number; end: number; step: number } | string | undefined {
  let start = node.start ?? 0n;
  if (start < 0n) start += length;
  let end = node.end ?? length;
  if (end < 0n || (end === 0n && node.isSingle)) end += length;
  if (start === end) return undefined;
  const outside = (index: bigint) => `array index out of bounds: index ${index}, length ${length}`;
  if (start >= length || start < 0n) return outside(start);
  if (end > length || end < 0n) return outside(end - 1n);
  if (start > end) return `starting index ${start} is greater than ending index ${end}`;
  if (node.step !== undefined && node.step <= 0n) return 'step must be > 0';
  const step =
    node.step === undefined || node.step > length ? (node.step === undefined ? 1n : length) : node.step;
  return { start: Number(start), end: Number(end), step: Number(step) };
}

const failure = (message: string) => new JsonPathError('execute', message);
