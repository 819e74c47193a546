import { FunctionError } from '../function.ts';
import { quote } from '../quote.ts';
import { inContext } from './in-context.ts';
import { parseIpAddress } from './ip-address.ts';
import { escapeUrl, unescapeUrl } from './url-escape.ts';

/** Go's `url.URL`. */
export interface Url {
  scheme: string;
  /** What follows the scheme when no slash does. */
  opaque: string;
  user?: UserInfo;
  /** With the port. */
  host: string;
  /** Without escapes. */
  path: string;
  query: string;
  /** Without escapes. */
  fragment: string;
}

export interface UserInfo {
  name: string;
  /** Absent differs from empty. */
  password?: string;
}

/**
 * Go's `url.Parse`.
 * @throws {FunctionError} with Go's text.
 */
export function parseUrl(text: string): Url {
  const [front, fragment] = cut(text, '#');
  const url = parseFront(front);
  const wholly = (work: () => string) => explained(text, work);
  return { ...url, fragment: wholly(() => unescapeUrl(fragment, 'fragment')) };
}

/** Go's `URL.Hostname`: without port and brackets. */
export function hostName({ host }: Url): string {
  const colon = host.lastIndexOf(':');
  const name = colon >= 0 && isPort(host.slice(colon)) ? host.slice(0, colon) : host;
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
}

/** Go's `Userinfo.String`. */
export function formatUser({ name, password }: UserInfo): string {
  return escapeUrl(name, 'user') + (password === undefined ? '' : `:${escapeUrl(password, 'user')}`);
}

/** Go's `URL.String` of a URL that was made of its parts. */
export function formatUrl({ scheme, opaque, user, host, path, query, fragment }: Url): string {
  let result = scheme === '' ? '' : `${scheme}:`;
  if (opaque !== '') result += opaque;
  else {
    const isAbsolute = scheme !== '' || host !== '' || user !== undefined;
    if (isAbsolute && (host !== '' || path !== '' || user !== undefined)) result += '//';
    if (user !== undefined) result += `${formatUser(user)}@`;
    result += escapeUrl(host, 'host');
    const escaped = path === '*' ? path : escapeUrl(path, 'path');
    if (escaped !== '' && !escaped.startsWith('/') && host !== '') result += '/';
    // Otherwise the first segment would be read as a scheme.
    if (result === '' && cut(escaped, '/')[0].includes(':')) result += './';
    result += escaped;
  }
  if (query !== '') result += `?${query}`;
  return fragment === '' ? result : `${result}#${escapeUrl(fragment, 'fragment')}`;
}

function parseFront(text: string): Url {
  return explained(text, () => {
    // oxlint-disable-next-line no-control-regex -- these are what Go refuses
    if (/[\0-\x1f\x7f]/.test(text)) refuse('net/url: invalid control character in URL');
    const url: Url = { scheme: '', opaque: '', host: '', path: '', query: '', fragment: '' };
    if (text === '*') return { ...url, path: '*' };
    const [scheme, afterScheme] = splitScheme(text);
    url.scheme = scheme.toLowerCase();
    const [rest, query] = cut(afterScheme, '?');
    url.query = query;
    if (!rest.startsWith('/')) {
      if (url.scheme !== '') return { ...url, opaque: rest };
      if (cut(rest, '/')[0].includes(':')) refuse('first path segment in URL cannot contain colon');
    }
    const hasAuthority = rest.startsWith('//') && (url.scheme !== '' || !rest.startsWith('///'));
    if (!hasAuthority) return { ...url, path: unescapeUrl(rest, 'path') };
    const slash = rest.indexOf('/', 2);
    const authority = parseAuthority(url.scheme, rest.slice(2, slash < 0 ? undefined : slash));
    return { ...url, ...authority, path: slash < 0 ? '' : unescapeUrl(rest.slice(slash), 'path') };
  });
}

function splitScheme(text: string): [scheme: string, rest: string] {
  if (text.startsWith(':')) refuse('missing protocol scheme');
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text);
  return match === null ? ['', text] : [match[1] ?? '', text.slice(match[0].length)];
}

function parseAuthority(scheme: string, authority: string): Pick<Url, 'user' | 'host'> {
  const at = authority.lastIndexOf('@');
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at < 0) return { host };
  const info = authority.slice(0, at);
  if (!/^[A-Za-z0-9._:~!$&'()*+,;=%@-]*$/.test(info)) refuse('net/url: invalid userinfo');
  const [name, password] = cut(info, ':');
  const user = { name: unescapeUrl(name, 'user') };
  if (!info.includes(':')) return { host, user };
  return { host, user: { ...user, password: unescapeUrl(password, 'user') } };
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf('[');
  if (open > 0) refuse('invalid IP-literal');
  if (open === 0) return parseBracketed(host);
  const colon = host.indexOf(':');
  if (colon >= 0) {
    // Other schemes may have several: lists of hosts.
    const isWeb = scheme === 'http' || scheme === 'https';
    checkPort(host.slice(isWeb ? colon : host.lastIndexOf(':')));
  }
  return unescapeUrl(host, 'host');
}

function parseBracketed(host: string): string {
  const close = host.lastIndexOf(']');
  if (close < 0) refuse("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const inner = host.slice(1, close);
  const zone = inner.indexOf('%25');
  const name =
    zone < 0
      ? unescapeUrl(inner, 'host')
      : unescapeUrl(inner.slice(0, zone), 'host') + unescapeUrl(inner.slice(zone), 'zone');
  const { bytes } = inContext('invalid host', () => parseIpAddress(name));
  if (bytes.length === 4) refuse('invalid IP-literal');
  return `[${name}]${port}`;
}

function checkPort(port: string): void {
  if (!isPort(port)) refuse(`invalid port ${quote(port)} after host`);
}

function isPort(text: string): boolean {
  return /^(?::[0-9]*)?$/.test(text);
}

function cut(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function refuse(message: string): never {
  throw new FunctionError(message);
}

function explained<T>(text: string, work: () => T): T {
  return inContext(`parse ${quote(text)}`, work);
}
