import { ApiError, isExpired } from './api-error.ts';
import type { KubernetesClient, ListOptions } from './client.ts';
import { concurrently } from './concurrently.ts';
import { getIfThere } from './get-if-there.ts';
import { listPages } from './list-pages.ts';
import type { KubernetesList, KubernetesObject, ObjectName, ResourceType } from './objects.ts';
import { TABLE, type Table, type TableRow } from './table.ts';

/** Which objects of a resource are wanted, said in all the ways in which servers can be asked. */
export interface ListSelection<T> {
  fieldSelector: string;
  /** The same choice, by looking at an object. */
  matches: (object: T) => boolean;
  /** The same choice, by one column of the resource's Tables. */
  column?: ColumnSelection;
}

export interface ColumnSelection {
  name: string;
  /** Cells are null where an object has no such field. */
  matches: (cell: unknown) => boolean;
}

export interface ListSelectedOptions<T> {
  signal: AbortSignal;
  /** Absent: all namespaces. */
  namespace?: string;
  fieldSelector?: string;
  labelSelector?: string;
  select?: ListSelection<T>;
  /** Objects per page. */
  pageSize: number;
}

/** Objects that are read one by one at the same time. */
const READS = 16;

/**
 * The objects of a resource, or those of them that are wanted, with the resourceVersion from which to watch them. Many more objects
 * than are wanted cost little: the server selects where it can (custom resources: since Kubernetes 1.31), otherwise its Tables are
 * searched and the wanted objects read, each maybe newer than the list; where it has no such Tables, one page of the list is held
 * at a time.
 */
export async function listSelected<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  options: ListSelectedOptions<T>,
): Promise<KubernetesList<T>> {
  const { select, fieldSelector } = options;
  if (!select) return listMatching(client, type, options, () => true);
  const selected = { ...options, fieldSelector: join(fieldSelector, select.fieldSelector) };
  try {
    return await listMatching(client, type, selected, () => true);
  } catch (error) {
    // "field label not supported", where the resource has no such selectable field.
    if (!(error instanceof ApiError && error.code === 400)) throw error;
  }
  const { column } = select;
  return (
    (column && (await listByColumn(client, type, options, { ...select, column }))) ??
    listMatching(client, type, options, select.matches)
  );
}

function listMatching<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  options: ListSelectedOptions<T>,
  matches: (object: T) => boolean,
): Promise<KubernetesList<T>> {
  return inPages(options.pageSize, async (limit) => {
    const items: T[] = [];
    let first: KubernetesList<T> | undefined;
    for await (const page of listPages<T>(client, type, { ...scope(options), ...limit })) {
      first ??= page;
      items.push(...page.items.filter(matches));
    }
    return { ...first, metadata: versionOf(first), items };
  });
}

/** Undefined where the server serves no Tables of the resource, or none with this column. */
async function listByColumn<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  options: ListSelectedOptions<T>,
  { matches, column }: Required<ListSelection<T>>,
): Promise<KubernetesList<T> | undefined> {
  const table = await searchTable(client, type, options, column).catch(unlessNotServed);
  if (!table) return undefined;
  const found = await concurrently(table.names, READS, (name) =>
    getIfThere<T>(client, type, name, options.signal),
  );
  const items = found.filter((object) => object !== undefined).filter(matches);
  return { metadata: table.metadata, items };
}

interface FoundInTable {
  metadata: { resourceVersion: string };
  names: ObjectName[];
}

function searchTable<T extends KubernetesObject>(
  client: KubernetesClient,
  type: ResourceType,
  options: ListSelectedOptions<T>,
  column: ColumnSelection,
): Promise<FoundInTable | undefined> {
  const { namespace, pageSize } = options;
  const search = (query: Pick<ListOptions, 'limit' | 'includeObject' | 'timeout'>) =>
    searchRows(client, type, { ...scope(options), ...query, accept: TABLE }, column);
  // A row without its object has some 80 bytes, and a server gives what is not cut into pages out of its cache, several times as fast.
  if (namespace) return search({ includeObject: 'None', timeout: LONGEST_LIST });
  // No cell says in which namespace an object is.
  return inPages(pageSize * ROWS, (limit) => search({ ...limit, includeObject: 'Metadata' }));
}

/** Milliseconds: as long as an API server allows itself. */
const LONGEST_LIST = 60_000;

/** Rows with their metadata that are on a page in place of one object. */
const ROWS = 4;

async function searchRows(
  client: KubernetesClient,
  type: ResourceType,
  query: ListOptions,
  column: ColumnSelection,
): Promise<FoundInTable | undefined> {
  const names: ObjectName[] = [];
  let first: KubernetesList<KubernetesObject> | undefined;
  for await (const page of listPages(client, type, query)) {
    const { kind, columnDefinitions, rows }: Table = page;
    const columns = columnDefinitions ?? [];
    const index = columns.findIndex(({ name }) => name === column.name);
    const nameIndex = columns.findIndex(({ format }) => format === 'name');
    if (kind !== 'Table' || index === -1 || nameIndex === -1) return undefined;
    first ??= page;
    for (const row of rows ?? []) {
      if (column.matches(row.cells[index])) names.push(nameOf(row, nameIndex, query.namespace));
    }
  }
  return { metadata: versionOf(first), names };
}

function nameOf({ cells, object }: TableRow, index: number, namespace: string | undefined): ObjectName {
  const place = namespace || object?.metadata?.namespace;
  return { name: String(cells[index]), ...(place && { namespace: place }) };
}

function unlessNotServed(error: unknown): undefined {
  if (error instanceof ApiError && error.code === 406) return undefined;
  throw error;
}

/** All pages, of one moment. A list that takes so long that its moment expires begins anew, then without pages. */
async function inPages<R>(pageSize: number, list: (limit: { limit?: number }) => Promise<R>): Promise<R> {
  try {
    return await list({ limit: pageSize });
  } catch (error) {
    if (isExpired(error)) return list({});
    throw error;
  }
}

function scope<T extends KubernetesObject>(options: ListSelectedOptions<T>): ListOptions {
  const { signal, namespace, fieldSelector, labelSelector } = options;
  return {
    signal,
    ...(namespace && { namespace }),
    ...(fieldSelector && { fieldSelector }),
    ...(labelSelector && { labelSelector }),
  };
}

function versionOf(list: KubernetesList<unknown> | undefined): { resourceVersion: string } {
  return { resourceVersion: list?.metadata.resourceVersion ?? '0' };
}

const join = (...selectors: (string | undefined)[]): string => selectors.filter((part) => part).join(',');
