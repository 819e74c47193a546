import { createScanner } from './scan.ts';
import type { Scanner } from './scan.ts';
import type { Mark } from './source.ts';
import type { TokenType } from './token.ts';
import { parserFault, YamlFault } from './yaml-fault.ts';

export type YamlNode = ScalarNode | SequenceNode | MappingNode | AliasNode;

export interface ScalarNode {
  kind: 'scalar';
  value: string;
  /** In its long form; '' without one. */
  tag: string;
  /** Whether its type is to be told from its text. */
  isImplicit: boolean;
  mark: Mark;
}

export interface SequenceNode {
  kind: 'sequence';
  items: YamlNode[];
  mark: Mark;
}

export interface MappingNode {
  kind: 'mapping';
  pairs: [key: YamlNode, value: YamlNode][];
  mark: Mark;
}

export interface AliasNode {
  kind: 'alias';
  name: string;
  target: YamlNode;
  mark: Mark;
}

/** The documents of a text, each as its root; read one by one, so that a fault behind the first does not matter to who wants no more. */
export function* parseYamlNodes(text: string): Generator<YamlNode> {
  const scanner = createScanner(text);
  for (let isFirst = true; ; isFirst = false) {
    const root = parseDocument(scanner, isFirst);
    if (!root) return;
    yield root;
  }
}

/** The library goes down to 10,000; nothing that is written down needs it. */
const MAX_DEPTH = 1000;

interface Document {
  scanner: Scanner;
  anchors: Map<string, YamlNode>;
  /** What handles of tags are short for. */
  prefixes: Map<string, string>;
}

function parseDocument(scanner: Scanner, isFirst: boolean): YamlNode | undefined {
  if (!isFirst) while (scanner.peek().type === 'document end') scanner.next();
  const { type } = scanner.peek();
  if (type === 'stream end') return undefined;
  const document: Document = { scanner, anchors: new Map(), prefixes: new Map() };
  const isBare =
    isFirst && type !== 'version directive' && type !== 'tag directive' && type !== 'document start';
  readDirectives(document);
  if (!isBare) {
    if (scanner.peek().type !== 'document start')
      throw parserFault('did not find expected <document start>', scanner.peek().start);
    scanner.next();
  }
  const content = scanner.peek();
  const root =
    !isBare &&
    isOneOf(content.type, [
      'version directive',
      'tag directive',
      'document start',
      'document end',
      'stream end',
    ])
      ? emptyScalar(content.start)
      : parseNode(document, 'block', 0);
  if (scanner.peek().type === 'document end') scanner.next();
  return root;
}

function readDirectives({ scanner, prefixes }: Document): void {
  let hasVersion = false;
  for (
    let token = scanner.peek();
    isOneOf(token.type, ['version directive', 'tag directive']);
    token = scanner.peek()
  ) {
    if (token.type === 'version directive') {
      if (hasVersion) throw parserFault('found duplicate %YAML directive', token.start);
      if (token.value !== '1.1') throw parserFault('found incompatible YAML document', token.start);
      hasVersion = true;
    } else {
      if (prefixes.has(token.value)) throw parserFault('found duplicate %TAG directive', token.start);
      prefixes.set(token.value, token.suffix);
    }
    scanner.next();
  }
  if (!prefixes.has('!')) prefixes.set('!', '!');
  if (!prefixes.has('!!')) prefixes.set('!!', 'tag:yaml.org,2002:');
}

/** `indentless`: in a block where a list may stand at the column of the key. */
type Context = 'block' | 'indentless' | 'flow';

function parseNode(document: Document, context: Context, depth: number): YamlNode {
  const { scanner, anchors } = document;
  if (depth > MAX_DEPTH) throw parserFault(`exceeded max depth of ${MAX_DEPTH}`, scanner.peek().start);
  if (scanner.peek().type === 'alias') {
    const { value: name, start: mark } = scanner.next();
    const target = anchors.get(name);
    if (!target) throw new YamlFault(`unknown anchor '${name}' referenced`, mark);
    return { kind: 'alias', name, target, mark };
  }
  const { start, anchor, tag } = parseProperties(document);
  const token = scanner.peek();
  const anchored = <Node extends YamlNode>(node: Node): Node => {
    if (anchor !== undefined) anchors.set(anchor, node);
    return node;
  };
  const isBlock = context !== 'flow';
  if (token.type === 'scalar') {
    scanner.next();
    const isImplicit = (tag === '' && token.isPlain) || tag === '!';
    return anchored({ kind: 'scalar', value: token.value, tag, isImplicit, mark: start });
  }
  if (context === 'indentless' && token.type === 'block entry') {
    return parseIndentless(document, anchored({ kind: 'sequence', items: [], mark: start }), depth);
  }
  if (token.type === 'flow sequence start' || (isBlock && token.type === 'block sequence start')) {
    const parse = token.type === 'flow sequence start' ? parseFlowSequence : parseBlockSequence;
    return parse(document, anchored({ kind: 'sequence', items: [], mark: start }), depth);
  }
  if (token.type === 'flow mapping start' || (isBlock && token.type === 'block mapping start')) {
    const parse = token.type === 'flow mapping start' ? parseFlowMapping : parseBlockMapping;
    return parse(document, anchored({ kind: 'mapping', pairs: [], mark: start }), depth);
  }
  if (anchor !== undefined || tag !== '')
    return anchored({ kind: 'scalar', value: '', tag, isImplicit: tag === '', mark: start });
  throw parserFault('did not find expected node content', token.start, start);
}

/** An anchor and a tag, in either order. */
function parseProperties({ scanner, prefixes }: Document): {
  start: Mark;
  anchor: string | undefined;
  tag: string;
} {
  const { start } = scanner.peek();
  let anchor: string | undefined;
  let tag = '';
  for (let hasTag = false; ;) {
    const token = scanner.peek();
    if (token.type === 'anchor' && anchor === undefined) anchor = token.value;
    else if (token.type === 'tag' && !hasTag) {
      hasTag = true;
      const prefix = token.value === '' ? '' : prefixes.get(token.value);
      tag = prefix === undefined ? '' : prefix + token.suffix;
      if (tag === '') throw parserFault('found undefined tag handle', token.start, start);
    } else return { start, anchor, tag };
    scanner.next();
  }
}

function parseBlockSequence(document: Document, node: SequenceNode, depth: number): YamlNode {
  const { scanner } = document;
  const { start } = scanner.next();
  for (let token = scanner.next(); token.type === 'block entry'; token = scanner.next()) {
    const isEmpty = isOneOf(scanner.peek().type, ['block entry', 'block end']);
    node.items.push(isEmpty ? emptyScalar(token.end) : parseNode(document, 'block', depth + 1));
    if (!isOneOf(scanner.peek().type, ['block entry', 'block end']))
      throw parserFault("did not find expected '-' indicator", scanner.peek().start, start);
  }
  return node;
}

function parseIndentless(document: Document, node: SequenceNode, depth: number): YamlNode {
  const { scanner } = document;
  while (scanner.peek().type === 'block entry') {
    const { end } = scanner.next();
    const isEmpty = isOneOf(scanner.peek().type, ['block entry', 'key', 'value', 'block end']);
    node.items.push(isEmpty ? emptyScalar(end) : parseNode(document, 'block', depth + 1));
  }
  return node;
}

function parseBlockMapping(document: Document, node: MappingNode, depth: number): YamlNode {
  const { scanner } = document;
  const { start } = scanner.next();
  const part = (indicator: Mark): YamlNode =>
    isOneOf(scanner.peek().type, ['key', 'value', 'block end'])
      ? emptyScalar(indicator)
      : parseNode(document, 'indentless', depth + 1);
  while (scanner.peek().type === 'key') {
    const key = part(scanner.next().end);
    const token = scanner.peek();
    node.pairs.push([key, token.type === 'value' ? part(scanner.next().end) : emptyScalar(token.start)]);
  }
  if (scanner.peek().type !== 'block end')
    throw parserFault('did not find expected key', scanner.peek().start, start);
  scanner.next();
  return node;
}

function parseFlowSequence(document: Document, node: SequenceNode, depth: number): YamlNode {
  const { scanner } = document;
  const { start } = scanner.next();
  for (let isFirst = true; scanner.peek().type !== 'flow sequence end'; isFirst = false) {
    if (!isFirst) takeFlowEntry(scanner, "did not find expected ',' or ']'", start);
    const { type } = scanner.peek();
    if (type === 'flow sequence end') break;
    node.items.push(type === 'key' ? parsePair(document, depth + 1) : parseNode(document, 'flow', depth + 1));
  }
  scanner.next();
  return node;
}

/** `[a: 1]`: a mapping of one. */
function parsePair(document: Document, depth: number): YamlNode {
  const { scanner } = document;
  const { start: mark } = scanner.next();
  const head = scanner.peek();
  const isEmpty = isOneOf(head.type, ['value', 'flow entry', 'flow sequence end']);
  // The library passes over the token behind an empty key, be it what it may.
  if (isEmpty) scanner.next();
  const key = isEmpty ? emptyScalar(head.end) : parseNode(document, 'flow', depth + 1);
  const value = parseFlowValue(document, 'flow sequence end', depth);
  return { kind: 'mapping', pairs: [[key, value]], mark };
}

function parseFlowMapping(document: Document, node: MappingNode, depth: number): YamlNode {
  const { scanner } = document;
  const { start } = scanner.next();
  for (let isFirst = true; scanner.peek().type !== 'flow mapping end'; isFirst = false) {
    if (!isFirst) takeFlowEntry(scanner, "did not find expected ',' or '}'", start);
    const { type } = scanner.peek();
    if (type === 'flow mapping end') break;
    if (type === 'key') {
      scanner.next();
      const token = scanner.peek();
      const isEmpty = isOneOf(token.type, ['value', 'flow entry', 'flow mapping end']);
      const key = isEmpty ? emptyScalar(token.start) : parseNode(document, 'flow', depth + 1);
      node.pairs.push([key, parseFlowValue(document, 'flow mapping end', depth)]);
    } else {
      const key = parseNode(document, 'flow', depth + 1);
      node.pairs.push([key, emptyScalar(scanner.peek().start)]);
    }
  }
  scanner.next();
  return node;
}

function parseFlowValue(document: Document, end: TokenType, depth: number): YamlNode {
  const { scanner } = document;
  if (scanner.peek().type === 'value') {
    scanner.next();
    if (!isOneOf(scanner.peek().type, ['flow entry', end])) return parseNode(document, 'flow', depth + 1);
  }
  return emptyScalar(scanner.peek().start);
}

function takeFlowEntry(scanner: Scanner, problem: string, start: Mark): void {
  if (scanner.peek().type !== 'flow entry') throw parserFault(problem, scanner.peek().start, start);
  scanner.next();
}

function emptyScalar(mark: Mark): ScalarNode {
  return { kind: 'scalar', value: '', tag: '', isImplicit: true, mark };
}

function isOneOf(type: TokenType, types: readonly TokenType[]): boolean {
  return types.includes(type);
}
