import { faultInBase64 } from '../../gotemplate/sprig/encoding.ts';
import { fromBytes, toBytes } from '../../gotemplate/go-string.ts';
import type { AliasNode, MappingNode, YamlNode } from './parse.ts';
import { resolveScalar } from './resolve-scalar.ts';
import type { Scalar } from './resolve-scalar.ts';
import { YamlFault } from './yaml-fault.ts';

/** JSON in which whole numbers are exact. */
export type ExactJson =
  | string
  | number
  | bigint
  | boolean
  | null
  | ExactJson[]
  | { [key: string]: ExactJson };

/**
 * What a document means in JSON, as sigs.k8s.io/yaml has it: keys become strings, aliases copies, `<<` merges.
 * @throws {YamlFault}
 */
export function decodeYaml(root: YamlNode, duplicates: Duplicates): ExactJson {
  const decoding: Decoding = {
    duplicates,
    merges: 0,
    open: new Set(),
    nodes: 0,
    aliased: 0,
    repeated: [],
  };
  const value = decode(root, decoding);
  const [first] = decoding.repeated;
  if (first) {
    const lines = decoding.repeated.map(
      ({ line, key }) => `\n  line ${line + 1}: key ${key} already set in map`,
    );
    const goMessage = `yaml: unmarshal errors:${lines.join('')}`;
    throw new YamlFault(`key ${first.key} already set in map`, first, goMessage);
  }
  return toJson(value);
}

/**
 * Of keys that stand twice in one mapping: `last` takes the last value, `refused` refuses those that are written twice, `strict` those as
 * well that only a merge brings a second time.
 */
export type Duplicates = 'refused' | 'last' | 'strict';

/** Entries by the type and text of their keys: 1 and "1" are two keys until they become JSON. */
type Entries = Map<string, { key: Scalar; value: Decoded; isMerged: boolean }>;

interface Decoding {
  duplicates: Duplicates;
  /** How many merges the node is within. */
  merges: number;
  /** Aliases that are being decoded. */
  open: Set<AliasNode>;
  nodes: number;
  /** How many of the nodes were reached through an alias. */
  aliased: number;
  repeated: { key: string; index: number; line: number; column: number }[];
}

type Decoded = Scalar | Decoded[] | Entries;

function decode(node: YamlNode, decoding: Decoding): Decoded {
  count(decoding);
  switch (node.kind) {
    case 'scalar':
      return node.tag === BINARY_TAG ? decodeBinary(node.value, node) : resolveScalar(node);
    case 'sequence':
      return node.items.map((item) => decode(item, decoding));
    case 'mapping':
      return decodeMapping(node, new Map(), decoding);
    case 'alias':
      return throughAlias(node, decoding, () => decode(node.target, decoding));
  }
}

const BINARY_TAG = 'tag:yaml.org,2002:binary';

function decodeBinary(text: string, { mark }: YamlNode): string {
  if (faultInBase64(toBytes(text)) !== undefined)
    throw new YamlFault('!!binary value contains invalid base64 data', mark);
  return fromBytes(Buffer.from(text, 'base64'));
}

function decodeMapping(node: MappingNode, into: Entries, decoding: Decoding): Decoded {
  for (const [keyNode, valueNode] of node.pairs) {
    if (isMerge(keyNode)) {
      decoding.merges += 1;
      merge(valueNode, into, decoding);
      decoding.merges -= 1;
      continue;
    }
    const key = decode(keyNode, decoding);
    if (Array.isArray(key) || key instanceof Map)
      throw new YamlFault('invalid map key: a key must be a string, a number or a boolean', keyNode.mark);
    const value = outsideMerges(decoding, () => decode(valueNode, decoding));
    const identity = `${typeof key} ${String(key)}`;
    const isMerged = decoding.merges > 0;
    const before = into.get(identity);
    const isRefused =
      decoding.duplicates === 'strict' ||
      (decoding.duplicates === 'refused' && !isMerged && before?.isMerged === false);
    if (before && isRefused) decoding.repeated.push({ ...valueNode.mark, key: shownKey(key) });
    else into.set(identity, { key, value, isMerged });
  }
  return into;
}

/** What a merge brings may hold mappings of its own. */
function outsideMerges<T>(decoding: Decoding, work: () => T): T {
  const { merges } = decoding;
  decoding.merges = 0;
  const result = work();
  decoding.merges = merges;
  return result;
}

function isMerge(node: YamlNode): boolean {
  return (
    node.kind === 'scalar' &&
    node.value === '<<' &&
    (node.isImplicit || node.tag === 'tag:yaml.org,2002:merge')
  );
}

function merge(node: YamlNode, into: Entries, decoding: Decoding): void {
  const sources = node.kind === 'sequence' ? node.items.toReversed() : [node];
  for (const source of sources) {
    const mapping = source.kind === 'alias' ? source.target : source;
    if (mapping.kind !== 'mapping')
      throw new YamlFault('map merge requires map or sequence of maps as the value', source.mark);
    count(decoding);
    if (source.kind !== 'alias') decodeMapping(mapping, into, decoding);
    else
      throughAlias(source, decoding, () => {
        count(decoding);
        return decodeMapping(mapping, into, decoding);
      });
  }
}

function throughAlias(node: AliasNode, decoding: Decoding, target: () => Decoded): Decoded {
  if (decoding.open.has(node)) throw new YamlFault(`anchor '${node.name}' value contains itself`, node.mark);
  decoding.open.add(node);
  const value = target();
  decoding.open.delete(node);
  return value;
}

/** A few aliases within each other can mean more than any memory holds: of many nodes only a part may come from them. */
function count(decoding: Decoding): void {
  decoding.nodes += 1;
  if (decoding.open.size > 0) decoding.aliased += 1;
  const { nodes, aliased } = decoding;
  if (aliased > 100 && nodes > 1000 && aliased / nodes > allowedShare(nodes))
    throw new YamlFault('document contains excessive aliasing');
}

function allowedShare(nodes: number): number {
  const [few, many] = [400_000, 4_000_000];
  if (nodes <= few) return 0.99;
  return nodes >= many ? 0.1 : 0.99 - (0.89 * (nodes - few)) / (many - few);
}

function shownKey(key: Scalar): string {
  return typeof key === 'string' ? JSON.stringify(key) : String(key);
}

function toJson(value: Decoded): ExactJson {
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) {
    return Object.fromEntries(
      Array.from(value.values(), ({ key, value: item }) => [keyText(key), toJson(item)]),
    );
  }
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  const name = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  throw new YamlFault(`${name} has no JSON form`, undefined, `json: unsupported value: ${name}`);
}

/** Keys are strings in JSON; null and whole numbers beyond int64 have none. */
function keyText(key: Scalar): string {
  if (key === null || (typeof key === 'bigint' && BigInt.asIntN(64, key) !== key)) {
    const type = key === null ? '%!s(<nil>)' : 'uint64';
    throw new YamlFault(
      'a key must be a string, a number of 64 bits or a boolean',
      undefined,
      `unsupported map key of type: ${type}`,
    );
  }
  return typeof key === 'number' ? fractionText(key) : String(key);
}

/** A fraction as go-yaml writes it into a key: in 32 bits. */
function fractionText(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  const shortest = Array.from({ length: 9 }, (_, digits) => single.toExponential(digits)).find(
    (text) => Math.fround(Number(text)) === single,
  );
  const [mantissa = '', exponent = ''] = (shortest ?? String(single)).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return plainDecimal(mantissa, power);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function plainDecimal(mantissa: string, power: number): string {
  return Object.is(Number(mantissa), -0) ? '-0' : String(Number(`${mantissa}e${power}`));
}
