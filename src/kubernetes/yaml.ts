import { encodeJson } from '../gotemplate/json.ts';
import { bool, float, int, list, map, nil, string } from '../gotemplate/value.ts';
import type { Value } from '../gotemplate/value.ts';
import type { Json } from './objects.ts';
import { decodeYaml } from './yaml/decode.ts';
import type { Duplicates, ExactJson } from './yaml/decode.ts';
import { parseYamlNodes } from './yaml/parse.ts';
import { YamlFault } from './yaml/yaml-fault.ts';

export { compareKeys } from './yaml/compare-keys.ts';
export { formatYaml } from './yaml/format-yaml.ts';

/**
 * Reads one document of YAML (or JSON) as `kubectl` does, that is as sigs.k8s.io/yaml: YAML 1.1's `yes`, `no`, `on`, `off`, `y`, `n`,
 * octal numbers with a leading zero, dates as strings, keys as strings. Nothing at all is null.
 * @param options.duplicates absent is `refused`
 * @throws {InvalidYaml} which says where; also for a second document.
 */
export function parseYaml(text: string, source?: string, options: YamlOptions = {}): Json {
  const documents = parseYamlDocuments(text, source, options);
  if (documents.length > 1)
    throw new InvalidYaml(new YamlFault(`expected one YAML document, found ${documents.length}`), source);
  return documents[0] ?? null;
}

export interface YamlOptions {
  /** Of a key that stands twice in one mapping. */
  duplicates?: Duplicates;
}

/**
 * The first document as JSON text, as sigs.k8s.io/yaml's YAMLToJSON gives it: fields in order, whole numbers exact up to 64 bits. What
 * follows the first document is not looked at.
 * @param options.duplicates absent is `refused`; YAMLToJSON has `last`, and YAMLToJSONStrict `strict`
 * @throws {InvalidYaml}
 */
export function yamlToJson(text: string, source?: string, options: YamlOptions = {}): string {
  return reading(source, () => {
    const [first] = takeOne(parseYamlNodes(text));
    return encodeJson(goValue(first ? decodeYaml(first, options.duplicates ?? 'refused') : null));
  });
}

/** All documents of a text, in which `---` stands between them; those without any content are left out. */
export function parseYamlDocuments(text: string, source?: string, options: YamlOptions = {}): Json[] {
  const { duplicates = 'refused' } = options;
  return reading(source, () =>
    Array.from(parseYamlNodes(text), (root) => decodeYaml(root, duplicates))
      .filter((document) => document !== null)
      .map(withNumbers),
  );
}

/** Says where and why, but repeats nothing of the text, which may hold secrets. */
export class InvalidYaml extends Error {
  /** From 1. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** What Kubernetes' programs say: `yaml: line 3: did not find expected key`. Their line may be one off. */
  readonly goMessage: string;

  constructor(fault: YamlFault, source: string | undefined) {
    const { message: reason, mark } = fault;
    const place = mark ? `line ${mark.line + 1}, column ${mark.column + 1}: ` : '';
    super(`${source === undefined ? '' : `${source}: `}${place}${reason}`);
    this.name = 'InvalidYaml';
    this.line = mark && mark.line + 1;
    this.column = mark && mark.column + 1;
    this.goMessage = fault.goMessage;
  }
}

function reading<T>(source: string | undefined, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof YamlFault ? new InvalidYaml(error, source) : error;
  }
}

function* takeOne<T>(items: Iterable<T>): Generator<T> {
  for (const item of items) {
    yield item;
    return;
  }
}

function withNumbers(value: ExactJson): Json {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withNumbers(item)]));
}

function goValue(value: ExactJson): Value {
  if (typeof value === 'bigint') return int(value, value < 2n ** 63n ? 'int64' : 'uint64');
  if (typeof value === 'number') return float(value);
  if (typeof value === 'string') return string(value);
  if (typeof value === 'boolean') return bool(value);
  if (value === null) return nil;
  return Array.isArray(value)
    ? list(value.map(goValue))
    : map(Object.entries(value).map(([key, item]) => [key, goValue(item)] as const));
}
