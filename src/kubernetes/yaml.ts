import {
  defineMappingTag,
  defineScalarTag,
  dump,
  DUMP_SCHEMA,
  floatCoreTag,
  floatYaml11Tag,
  intCoreTag,
  intYaml11Tag,
  loadAll,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  Schema,
  seqTag,
  strTag,
  YAMLException,
} from 'js-yaml';
import type { Json } from './objects.ts';

/**
 * Reads one document of YAML (or JSON) as `kubectl` does, that is as sigs.k8s.io/yaml: YAML 1.1's `yes`, `no`, `on`, `off`, `y`, `n`,
 * octal numbers with a leading zero, dates as strings, keys as strings. Nothing at all is null.
 * @param options.duplicates of a key that stands twice in one mapping: refused, unless the last value is to count
 * @throws {InvalidYaml} which says where; also for a second document.
 */
export function parseYaml(text: string, source?: string, options: YamlOptions = {}): Json {
  const documents = parseYamlDocuments(text, source, options);
  if (documents.length > 1)
    throw new InvalidYaml(new Error(`expected one YAML document, found ${documents.length}`), source);
  return documents[0] ?? null;
}

export interface YamlOptions {
  duplicates?: 'refused' | 'last';
}

/** All documents of a text, in which `---` stands between them; those without any content are left out. */
export function parseYamlDocuments(text: string, source?: string, { duplicates }: YamlOptions = {}): Json[] {
  try {
    const budget = { nodes: MAX_NODES };
    return loadAll(text, { schema: KUBERNETES_SCHEMA, json: duplicates === 'last' })
      .filter((document) => document !== null)
      .map((document) => unshared(document, budget));
  } catch (error) {
    throw new InvalidYaml(error, source);
  }
}

/** Keys in sigs.k8s.io/yaml's order, two blanks per level, long lines unbroken: the same value always gives the same text. */
export function formatYaml(value: unknown): string {
  return dump(withoutUndefined(value), {
    schema: QUOTING_SCHEMA,
    sortKeys: compareKeys,
    seqNoIndent: true,
    noRefs: true,
    lineWidth: -1,
    quoteStyle: 'double',
  });
}

/** Says where and why, but repeats nothing of the text, which may hold secrets. */
export class InvalidYaml extends Error {
  /** From 1. */
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(fault: unknown, source: string | undefined) {
    const { reason, mark } =
      fault instanceof YAMLException ? fault : { reason: faultText(fault), mark: undefined };
    const place = mark ? `line ${mark.line + 1}, column ${mark.column + 1}: ` : '';
    super(`${source === undefined ? '' : `${source}: `}${place}${reason}`);
    this.name = 'InvalidYaml';
    this.line = mark && mark.line + 1;
    this.column = mark && mark.column + 1;
  }
}

function faultText(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}

/** What an alias stands for, as a copy: a few nested ones can mean more than any memory holds, so that is bounded. */
function unshared(value: unknown, budget: { nodes: number }): Json {
  budget.nodes -= 1;
  if (budget.nodes < 0) throw new Error('the document contains too many aliases');
  if (Array.isArray(value)) return value.map((item: unknown) => unshared(item, budget));
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return null;
  const copy: { [key: string]: Json } = {};
  for (const [key, item] of Object.entries(value)) {
    // Assigning to __proto__ would do something else.
    Object.defineProperty(copy, key, {
      value: unshared(item, budget),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}

const MAX_NODES = 2_000_000;

const nullTag = defineScalarTag('tag:yaml.org,2002:null', {
  implicit: true,
  resolve: (text) => (/^(?:|~|null|Null|NULL)$/.test(text) ? null : NOT_RESOLVED),
  identify: (value: unknown) => value === null,
  represent: () => 'null',
});

const booleanTag = defineScalarTag('tag:yaml.org,2002:bool', {
  implicit: true,
  resolve: (text) => {
    if (/^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text)) return true;
    return /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text) ? false : NOT_RESOLVED;
  },
  identify: (value: unknown) => typeof value === 'boolean',
  represent: (value: boolean) => String(value),
});

const integerTag = defineScalarTag('tag:yaml.org,2002:int', {
  implicit: true,
  resolve: (text) => parseInteger(text) ?? NOT_RESOLVED,
  identify: (value: unknown) => Number.isInteger(value),
  represent: (value: number) => String(value),
});

const floatTag = defineScalarTag('tag:yaml.org,2002:float', {
  implicit: true,
  resolve: (text) => {
    if (/^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/.test(text))
      throw new Error(`${text} has no JSON form`);
    const digits = text.replaceAll('_', '');
    return /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(digits) &&
      /^[-+.0-9]/.test(text)
      ? Number(digits)
      : NOT_RESOLVED;
  },
  identify: (value: unknown) => typeof value === 'number' && !Number.isInteger(value),
  represent: (value: number) => String(value),
});

/** Text in base64, as Go's reader makes it: a string of the decoded bytes. */
const binaryTag = defineScalarTag('tag:yaml.org,2002:binary', {
  resolve: (text) => Buffer.from(text, 'base64').toString('utf8'),
  identify: () => false,
});

const stringKeysTag = defineMappingTag<Record<string, unknown>>('tag:yaml.org,2002:map', {
  create: mapTag.create,
  addPair: (carrier, key, value) => {
    const name = keyText(key);
    return name === undefined
      ? 'a key must be a string, a number or a boolean'
      : mapTag.addPair(carrier, name, value);
  },
  has: (carrier, key) => mapTag.has(carrier, keyText(key)),
  keys: mapTag.keys,
  get: mapTag.get,
  identify: mapTag.identify,
  represent: mapTag.represent,
});

/** No timestamps: sigs.k8s.io/yaml leaves them as they are written. */
const KUBERNETES_SCHEMA = new Schema([
  strTag,
  seqTag,
  stringKeysTag,
  nullTag,
  booleanTag,
  integerTag,
  floatTag,
  mergeTag,
  binaryTag,
]);

/** Strings that any reader, of YAML 1.1, YAML 1.2 or Go's mixture of both (0X1F, 0B1, -_1), takes for a number are quoted. */
const QUOTING_SCHEMA = DUMP_SCHEMA.withTags(
  {
    ...intYaml11Tag,
    resolve: (...written) => firstResolved(written, [intYaml11Tag, intCoreTag, integerTag]),
  },
  {
    ...floatYaml11Tag,
    resolve: (...written) => firstResolved(written, [floatYaml11Tag, floatCoreTag, floatTag]),
  },
);

function firstResolved(
  written: Parameters<NumberTag['resolve']>,
  tags: NumberTag[],
): ReturnType<NumberTag['resolve']> {
  for (const tag of tags) {
    const value = tag.resolve(...written);
    if (value !== NOT_RESOLVED) return value;
  }
  return NOT_RESOLVED;
}

type NumberTag = typeof intYaml11Tag;

/** As Go's `strconv.ParseInt(text, 0, 64)` reads it, after taking the underscores out: 0x1F, 0b11, 0o17, 017, +5. */
function parseInteger(text: string): number | undefined {
  if (!/^[-+]?[0-9]/.test(text)) return undefined;
  const parts = /^([-+]?)(?:(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)|0([0-7]+)|(0|[1-9][0-9]*))$/.exec(
    text.replaceAll('_', ''),
  );
  if (!parts) return undefined;
  const [, sign, prefixed, octal, decimal] = parts;
  const magnitude = Number(prefixed ?? (octal === undefined ? decimal : `0o${octal}`));
  return sign === '-' ? -magnitude || 0 : magnitude;
}

function keyText(key: unknown): string | undefined {
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'boolean'
    ? String(key)
    : undefined;
}

/** What JSON would leave out. */
function withoutUndefined(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text === undefined ? null : JSON.parse(text);
}

/** Go-yaml's order of keys: numbers within them count as numbers (`a2` before `a10`), other signs come before letters. */
export function compareKeys(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let i = 0; i < left.length && i < right.length; i += 1) {
    const x = left[i] ?? '';
    const y = right[i] ?? '';
    if (x === y) continue;
    const isLetter = { x: /\p{L}/u.test(x), y: /\p{L}/u.test(y) };
    if (isLetter.x && isLetter.y) return compareCodePoints(x, y);
    if (isLetter.x || isLetter.y) return isLetter.y ? -1 : 1;
    return compareNumbers(left, right, i) || compareCodePoints(x, y);
  }
  return left.length - right.length;
}

function compareNumbers(left: string[], right: string[], at: number): number {
  // A zero that differs has a meaning only behind other digits: 10 and 1, but 01 and 1 are the same number.
  const isBehindDigit = left
    .slice(0, at)
    .toReversed()
    .join('')
    .match(/^[0-9]*/)?.[0]
    .match(/[1-9]/);
  const lead = isBehindDigit && (left[at] === '0' || right[at] === '0') ? '1' : '';
  const [x, y] = [left, right].map((characters) => /^[0-9]*/.exec(characters.slice(at).join(''))?.[0] ?? '');
  const difference = BigInt(lead + (x || '0')) - BigInt(lead + (y || '0'));
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return (x ?? '').length - (y ?? '').length;
}

function compareCodePoints(x: string, y: string): number {
  return (x.codePointAt(0) ?? 0) - (y.codePointAt(0) ?? 0);
}
