import { S3Error } from './s3-error.ts';

/** An element: text, or children by name; an array makes one element per entry, undefined makes none. */
export type XmlValue = string | number | boolean | undefined | { [name: string]: XmlValue | XmlValue[] };

/** A document with the namespace that S3's clients expect. */
export function renderXml(root: string, value: XmlValue): string {
  const body = renderContent(value);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${body}</${root}>`;
}

function renderContent(value: XmlValue): string {
  if (value === undefined) return '';
  if (typeof value !== 'object') return escapeXml(String(value));
  let xml = '';
  for (const [name, children] of Object.entries(value)) {
    for (const child of Array.isArray(children) ? children : [children]) {
      if (child !== undefined) xml += `<${name}>${renderContent(child)}</${name}>`;
    }
  }
  return xml;
}

function escapeXml(text: string): string {
  // Control characters are not allowed in XML 1.0, but S3 writes them as references and its clients read them.
  return text.replace(/[&<>"\p{Cc}]/gu, (character) => `&#${character.charCodeAt(0)};`);
}

export interface XmlElement {
  name: string;
  text: string;
  children: XmlElement[];
}

/** Reads the small documents that clients of S3 send: elements and text; attributes and prefixes are dropped. @throws {S3Error} */
export function parseXml(source: string): XmlElement {
  const root: XmlElement = { name: '', text: '', children: [] };
  const open = [root];
  const token = /<\?[^]*?\?>|<!--[^]*?-->|<(\/?)(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*?)?(\/?)>|([^<]+)/gy;
  while (token.lastIndex < source.length) {
    const match = token.exec(source);
    if (match === null) throw malformed();
    const [, closing, name, selfClosing, text] = match;
    const current = open.at(-1);
    if (current === undefined) throw malformed();
    if (text !== undefined) current.text += unescapeXml(text);
    else if (name !== undefined && closing === '/') {
      if (current.name !== name || open.length === 1) throw malformed();
      open.pop();
    } else if (name !== undefined) {
      const element = { name, text: '', children: [] };
      current.children.push(element);
      if (selfClosing !== '/') open.push(element);
    }
  }
  const [document] = root.children;
  if (open.length !== 1 || document === undefined) throw malformed();
  return document;
}

/** The text of a child, if there is one. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(\w+));/g, (entity, hex, decimal, name) => {
    if (name !== undefined) return NAMED[String(name)] ?? entity;
    const code = hex === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16);
    if (code > 0x10ffff) throw malformed();
    return String.fromCodePoint(code);
  });
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function malformed(): S3Error {
  return new S3Error('MalformedXML', 'The XML you provided was not well-formed');
}
