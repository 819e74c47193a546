import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import { invalidVersion, listOptions } from './list-options.ts';
import type { ListOptions } from './list-options.ts';
import { fieldsOf, textOf } from './json-value.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import { badRequest, gone, resourceVersionTooLarge } from './status-error.ts';
import type { StatusError } from './status-error.ts';

export interface ListResult {
  version: number;
  items: ApiObject[];
  /** Where the next page begins, when there is one. */
  continue?: string;
  remaining?: number;
}

/** Lists stored objects, in the order of their keys, as the query's selectors, limit and versions ask. */
export function listObjects(
  context: ServerContext,
  definition: ResourceDefinition,
  namespace: string | undefined,
  query: URLSearchParams,
): ListResult {
  const options = listOptions(query);
  const matches = selection(definition, options);
  const page = options.continue === '' ? undefined : readToken(options);
  const version = versionOf(context, options, page);
  const all =
    version === context.store.version
      ? context.store.list(definition.storage, namespace)
      : context.store.listAt(definition.storage, namespace, version);
  if (!all)
    throw page ? expired(context, page) : gone('The resourceVersion for the provided list is too old.');

  const start = page ? firstIndexAfter(all, page.after) : 0;
  // A list of any version comes from a real server's cache, which does not page.
  const limit = options.resourceVersion === '0' || options.limit <= 0 ? Infinity : options.limit;
  return takePage(all, start, limit, { matches, version, selects: selects(options) });
}

function takePage(
  all: ApiObject[],
  start: number,
  limit: number,
  { matches, version, selects: isSelected }: { matches: Matcher; version: number; selects: boolean },
): ListResult {
  const items: ApiObject[] = [];
  let last: ApiObject | undefined;
  for (let index = start; index < all.length; index += 1) {
    const object = all[index];
    if (!object || !matches(object)) continue;
    if (items.length < limit) {
      items.push(object);
      last = object;
      continue;
    }
    if (!last) break;
    const next = writeToken({ version, after: keyOf(last) });
    // How many of the rest a selector would match is not known without looking.
    return { version, items, continue: next, ...(!isSelected && { remaining: all.length - index }) };
  }
  return { version, items };
}

type Matcher = (object: ApiObject) => boolean;

const selects = ({ labelSelector, fieldSelector }: ListOptions): boolean =>
  labelSelector !== '' || fieldSelector !== '';

/** Whether an object is selected. */
export function selection(
  definition: ResourceDefinition,
  { labelSelector, fieldSelector }: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>,
): Matcher {
  const labels = parseLabelSelector(labelSelector);
  const fields = parseFieldSelector(fieldSelector, definition);
  return (object) => fields(object) && labels(object.metadata.labels ?? {});
}

/** Which moment the list shows: the newest, unless it is one page of many or an exact version is asked for. */
function versionOf(
  { store }: ServerContext,
  { resourceVersion, match, limit }: ListOptions,
  page: PageToken | undefined,
): number {
  // A negative version continues with whatever there is now.
  if (page) return page.version < 0 ? store.version : page.version;
  if (!/^\d*$/.test(resourceVersion)) {
    throw badRequest(`invalid resource version: ${invalidVersion(resourceVersion)}`);
  }
  const asked = Number(resourceVersion);
  if (asked > store.version) throw resourceVersionTooLarge(asked, store.version);
  const isExact = match === 'Exact' || (match === '' && limit > 0 && asked > 0);
  return isExact ? asked : store.version;
}

/** The remedy is in the answer: a token that goes on, at the price of consistency. */
function expired({ store }: ServerContext, page: PageToken): StatusError {
  const error = gone(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  error.status.metadata = {
    ...error.status.metadata,
    ...(store.version > 0 && { continue: writeToken({ version: -1, after: page.after }) }),
  };
  return error;
}

interface PageToken {
  version: number;
  after: string;
}

const TOKEN_VERSION = 'meta.k8s.io/v1';
const INVALID_TOKEN = 'invalid continue token: continue key is not valid';

const writeToken = ({ version, after }: PageToken): string =>
  Buffer.from(JSON.stringify({ v: TOKEN_VERSION, rv: version, start: `${after}\u0000` })).toString(
    'base64url',
  );

function readToken({ continue: token, resourceVersion }: ListOptions): PageToken {
  const fields = parsedToken(token);
  if (fields.v !== TOKEN_VERSION) {
    throw badRequest(`${INVALID_TOKEN}: server does not recognize this encoded version ${textOf(fields.v)}`);
  }
  const start = textOf(fields.start);
  if (typeof fields.rv !== 'number' || fields.rv === 0) {
    throw badRequest(`${INVALID_TOKEN}: incorrect encoded start resourceVersion (version ${TOKEN_VERSION})`);
  }
  if (start === '') {
    throw badRequest(`${INVALID_TOKEN}: encoded start key empty (version ${TOKEN_VERSION})`);
  }
  if (resourceVersion !== '' && resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  return { version: fields.rv, after: start.endsWith('\u0000') ? start.slice(0, -1) : start };
}

function parsedToken(token: string): Record<string, unknown> {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  try {
    return fieldsOf(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const [first = ''] = text;
    const problem =
      first === ''
        ? 'unexpected end of JSON input'
        : `invalid character '${first}' looking for beginning of value`;
    throw badRequest(`${INVALID_TOKEN}: ${problem}`);
  }
}

const keyOf = ({ metadata }: ApiObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

function firstIndexAfter(items: ApiObject[], key: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item && keyOf(item) <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
