import { presented } from './create.ts';
import { apiVersionOf } from './resource-definition.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { ListResult } from './list.ts';
import { StatusError } from './status-error.ts';

/** In what form a client wants objects. */
export type Representation = 'object' | 'table' | 'metadata';

/** @throws {StatusError} 406 when nothing that the client takes can be given. */
export function wantedRepresentation(accept: string | undefined): Representation {
  if (!accept) return 'object';
  for (const option of accept.split(',').map((text) => text.trim())) {
    const [type = '', ...parameters] = option.split(';').map((text) => text.trim());
    if (!['application/json', '*/*', 'application/*'].includes(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (as === undefined) return 'object';
    if (as === 'Table') return 'table';
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata';
  }
  throw new StatusError(
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json',
  );
}

interface Options {
  representation: Representation;
  includeObject: string | null;
  now: Date;
}

/** One object in the form that the client wants. `columns: false` leaves a table's header out, as in watches. */
export function representObject(
  object: ApiObject,
  definition: ResourceDefinition,
  options: Options & { columns?: boolean },
): object {
  switch (options.representation) {
    case 'object':
      return object;
    case 'metadata':
      return partial(object);
    case 'table':
      return {
        ...tableHead(
          definition,
          { resourceVersion: object.metadata.resourceVersion ?? '' },
          options.columns !== false,
        ),
        rows: [row(object, definition, options)],
      };
  }
}

export function representList(result: ListResult, definition: ResourceDefinition, options: Options): object {
  const metadata = {
    resourceVersion: String(result.version),
    ...(result.continue !== undefined && { continue: result.continue }),
    ...(result.remaining !== undefined && { remainingItemCount: result.remaining }),
  };
  const items = result.items.map((item) => presented(item, definition));
  switch (options.representation) {
    case 'object':
      return {
        kind: definition.listKind,
        apiVersion: apiVersionOf(definition),
        metadata,
        items: definition.schema
          ? items
          : items.map(({ apiVersion: _apiVersion, kind: _kind, ...item }) => item),
      };
    case 'metadata':
      return {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: items.map(partial),
      };
    case 'table':
      return {
        ...tableHead(definition, metadata, true),
        rows: items.map((item) => row(item, definition, options)),
      };
  }
}

const partial = (object: ApiObject) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
});

function tableHead(definition: ResourceDefinition, metadata: object, withColumns: boolean) {
  const name = {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'Name must be unique within a namespace.',
    priority: 0,
  };
  const columns = definition.columns.map(
    ({ name: title, type, format = '', description = '', priority = 0 }) => ({
      name: title,
      type,
      format,
      description,
      priority,
    }),
  );
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withColumns ? [name, ...columns] : null,
  };
}

function row(object: ApiObject, definition: ResourceDefinition, { includeObject, now }: Options) {
  const cells = [
    object.metadata.name,
    ...definition.columns.map((column) => column.cell(object, now) ?? null),
  ];
  switch (includeObject) {
    case 'None':
      return { cells };
    case 'Object':
      return { cells, object };
    default:
      return { cells, object: partial(object) };
  }
}
