import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import { fieldsOf, textOf } from './json-value.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import { badRequest, gone, resourceVersionTooLarge } from './status-error.ts';

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
  const matches = selection(definition, query);
  const page = query.get('continue') ? readToken(query.get('continue') ?? '') : undefined;
  const version = page?.version ?? exactVersion(query) ?? freshEnough(context, query);
  const all =
    version === context.store.version
      ? context.store.list(definition.storage, namespace)
      : context.store.listAt(definition.storage, namespace, version);
  if (!all) throw tooOld(page !== undefined, version);

  const matching = all.filter(matches);
  const start = page ? firstIndexAfter(matching, page.after) : 0;
  const limit = Number(query.get('limit') ?? 0);
  const end = limit > 0 ? Math.min(start + limit, matching.length) : matching.length;
  const items = matching.slice(start, end);
  const last = items.at(-1);
  if (end === matching.length || !last) return { version, items };
  const selects = query.has('labelSelector') || query.has('fieldSelector');
  return {
    version,
    items,
    continue: writeToken({ version, after: keyOf(last) }),
    // A real server cannot know how many of the rest a selector would match.
    ...(!selects && { remaining: matching.length - end }),
  };
}

/** Whether an object is selected by the query. */
export function selection(
  definition: ResourceDefinition,
  query: URLSearchParams,
): (object: ApiObject) => boolean {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', definition);
  return (object) => fields(object) && labels(object.metadata.labels ?? {});
}

/** @throws {StatusError} 400 where it is not a version. */
export function parseVersion(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw badRequest(
    `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

function exactVersion(query: URLSearchParams): number | undefined {
  if (query.get('resourceVersionMatch') !== 'Exact') return undefined;
  const version = parseVersion(query.get('resourceVersion') ?? '');
  if (version === 0) throw badRequest('resourceVersionMatch Exact is forbidden for resourceVersion 0');
  return version;
}

/** Without Exact, a version only says how old the answer may be at most: the newest always serves. */
function freshEnough(context: ServerContext, query: URLSearchParams): number {
  const asked = parseVersion(query.get('resourceVersion') || '0');
  if (asked > context.store.version) throw resourceVersionTooLarge(asked, context.store.version);
  return context.store.version;
}

const tooOld = (continued: boolean, version: number) =>
  continued
    ? gone(
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
      )
    : gone(`The resourceVersion for the provided list is too old: ${version}`);

interface PageToken {
  version: number;
  after: string;
}

const writeToken = ({ version, after }: PageToken): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: version, start: `${after}\u0000` })).toString(
    'base64url',
  );

function readToken(token: string): PageToken {
  try {
    const { rv, start } = fieldsOf(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
    if (typeof rv === 'number' && textOf(start).endsWith('\u0000'))
      return { version: rv, after: textOf(start).slice(0, -1) };
  } catch (error) {
    throw badRequest(`continue key is not valid: ${String(error)}`);
  }
  throw badRequest('continue key is not valid: it has no version or no start');
}

const keyOf = ({ metadata }: ApiObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

function firstIndexAfter(items: ApiObject[], key: string): number {
  const index = items.findIndex((item) => keyOf(item) > key);
  return index === -1 ? items.length : index;
}
