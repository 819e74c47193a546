import { define, FunctionError } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { kindName, map, string } from '../value.ts';
import type { MapValue, Value } from '../value.ts';
import { inContext } from './in-context.ts';
import { formatUrl, formatUser, hostName, parseUrl } from './url.ts';
import type { Url, UserInfo } from './url.ts';

/** sprig's functions on URLs: apart into a dictionary, and together again. */
export const urlFunctions: FunctionMap = {
  urlParse: define(['string'], (text) => partsOf(inContext('unable to parse url', () => parseUrl(text)))),
  urlJoin: define(['map[string]interface {}'], (parts) => string(formatUrl(urlOf(parts)))),
};

function partsOf(url: Url): Value {
  return map(
    Object.entries({
      scheme: url.scheme,
      host: url.host,
      hostname: hostName(url),
      path: url.path,
      query: url.query,
      opaque: url.opaque,
      fragment: url.fragment,
      userinfo: url.user === undefined ? '' : formatUser(url.user),
    }).map(([name, text]) => [name, string(text)] as const),
  );
}

function urlOf(parts: MapValue): Url {
  const text = (key: string) => textOf(parts, key);
  // In sprig's order: of several wrong entries the first is complained about.
  const url: Url = {
    scheme: text('scheme'),
    host: text('host'),
    path: text('path'),
    query: text('query'),
    opaque: text('opaque'),
    fragment: text('fragment'),
  };
  const user = userOf(text('userinfo'));
  return user === undefined ? url : { ...url, user };
}

function textOf({ entries }: MapValue, key: string): string {
  const value = entries.get(key);
  if (value === undefined) return '';
  if (value.kind === 'nil')
    throw new FunctionError('runtime error: invalid memory address or nil pointer dereference');
  if (value.kind === 'string') return value.value;
  throw new FunctionError(`unable to parse ${key} key, must be of type string, but ${kindName(value)} found`);
}

function userOf(text: string): UserInfo | undefined {
  if (text === '') return undefined;
  return inContext('unable to parse userinfo in dict', () => parseUrl(`proto://${text}@host`)).user;
}
