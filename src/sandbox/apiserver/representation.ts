import { PROTOBUF_TYPE } from './codec/protobuf-body.ts';
import { presented } from './presented.ts';
import { apiVersionOf } from './resource-definition.ts';
import type { ApiObject, PrinterColumn, ResourceDefinition } from './resource-definition.ts';
import type { ListResult } from './list.ts';
import { StatusError, badRequest } from './status-error.ts';

/** In what form a client wants objects. */
export interface Representation {
  form: 'object' | 'table' | 'metadata';
  /** Of `meta.k8s.io`, whose kinds tables and bare metadata are. */
  version: string;
  /** A Table's rows carry the object's metadata when absent. */
  includeObject: 'None' | 'Metadata' | 'Object' | '';
}

const MEDIA_TYPES = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
const STREAM_TYPES = ', application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';
const PLAIN: Representation = { form: 'object', version: 'v1', includeObject: '' };

/**
 * @param expects what the answer will be
 * @throws {StatusError} 406 when nothing that the client takes can be given, 400 for a wrong `includeObject`
 */
export function wantedRepresentation(
  { headers, query }: { headers: Record<string, string>; query: URLSearchParams },
  definition: ResourceDefinition,
  expects: 'object' | 'list' | 'watch',
): Representation {
  const wanted = refuseUnservedTypes(headers, expects);
  for (const { parameters } of wanted) {
    const { as, v: version = '', g: group = '' } = parameters;
    if (as === undefined) return PLAIN;
    if (group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) continue;
    if (as === 'Table') return { form: 'table', version, includeObject: includeObjectOf(query) };
    if (as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') continue;
    refuseOtherNumber(as, definition, expects);
    return { form: 'metadata', version, includeObject: '' };
  }
  const message = `only the following media types are accepted: ${MEDIA_TYPES}`;
  throw new StatusError(406, 'NotAcceptable', message);
}

/**
 * What the client takes of what can be given, the most wanted first.
 * @throws {StatusError} 406 when that is nothing
 */
export function refuseUnservedTypes(
  { accept = '' }: Record<string, string>,
  expects: 'object' | 'list' | 'watch',
): AcceptedType[] {
  const accepted = acceptedTypes(accept);
  const wanted = accepted.filter(({ type }) => isServed(type));
  if (wanted.length > 0) return wanted;
  const available = expects === 'watch' ? MEDIA_TYPES + STREAM_TYPES : MEDIA_TYPES;
  // A real server can give protobuf; who asks this one for nothing else should not read that it could.
  const given = accepted.some(({ type }) => type === PROTOBUF_TYPE) ? SERVED_TYPES.join(', ') : available;
  const message = `406: Not Acceptable\n\nAvailable representations: ${given}`;
  throw new StatusError(406, 'NotAcceptable', message, {});
}

/** Whether a client wants its answer as YAML. */
export function wantsYaml(accept: string | undefined): boolean {
  const [first] = acceptedTypes(accept ?? '').filter(({ type }) => isServed(type));
  return first?.type === 'application/yaml';
}

const SERVED_TYPES = ['application/json', 'application/yaml'];

const isServed = (type: string): boolean => [...SERVED_TYPES, '*/*', 'application/*'].includes(type);

interface AcceptedType {
  type: string;
  parameters: Record<string, string>;
}

/** An Accept header's types, the most wanted first. */
function acceptedTypes(accept: string): AcceptedType[] {
  if (accept.trim() === '') return [{ type: '*/*', parameters: {} }];
  const types = accept.split(',').map((option) => {
    const [type = '', ...rest] = option.split(';').map((text) => text.trim());
    const parameters: Record<string, string> = Object.fromEntries(
      rest.map((parameter) => parameter.split('=', 2)),
    );
    return { type, parameters };
  });
  return types.toSorted((a, b) => Number(b.parameters.q ?? 1) - Number(a.parameters.q ?? 1));
}

function includeObjectOf(query: URLSearchParams): Representation['includeObject'] {
  const text = query.get('includeObject') ?? '';
  if (text === '' || text === 'None' || text === 'Metadata' || text === 'Object') return text;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(text)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

function refuseOtherNumber(
  as: 'PartialObjectMetadata' | 'PartialObjectMetadataList',
  definition: ResourceDefinition,
  expects: 'object' | 'list' | 'watch',
): void {
  const isList = as === 'PartialObjectMetadataList';
  if (isList === (expects === 'list')) return;
  const found = isList
    ? `not a list (*${goType(definition, definition.kind)})`
    : `a list (*${goType(definition, definition.listKind)})`;
  throw new StatusError(406, 'NotAcceptable', `you requested ${as}, but the requested object is ${found}`);
}

/** What Go calls the kind, which this one text shows. */
function goType({ group, schema }: ResourceDefinition, kind: string): string {
  if (schema) return kind.endsWith('List') ? 'unstructured.UnstructuredList' : 'unstructured.Unstructured';
  const [name = ''] = group.split('.');
  return `${name === '' || name === 'events' ? 'core' : name}.${kind}`;
}

/** One object in the form that the client wants. `columns: false` leaves a table's header out, as in watches. */
export function representObject(
  object: ApiObject,
  definition: ResourceDefinition,
  representation: Representation,
  { now, columns = true }: { now: Date; columns?: boolean },
): object {
  switch (representation.form) {
    case 'object':
      return object;
    case 'metadata':
      return partial(object, representation);
    case 'table':
      return {
        ...tableHead(
          definition,
          { resourceVersion: object.metadata.resourceVersion ?? '' },
          representation,
          columns,
        ),
        rows: [row(object, definition, representation, now)],
      };
  }
}

export function representList(
  result: ListResult,
  definition: ResourceDefinition,
  representation: Representation,
  { now }: { now: Date },
): object {
  const metadata = {
    resourceVersion: String(result.version),
    ...(result.continue !== undefined && { continue: result.continue }),
    ...(result.remaining !== undefined && { remainingItemCount: result.remaining }),
  };
  const items = result.items.map((item) => presented(item, definition));
  switch (representation.form) {
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
        apiVersion: `meta.k8s.io/${representation.version}`,
        metadata,
        items: items.map((item) => partial(item, representation)),
      };
    case 'table':
      return {
        ...tableHead(definition, metadata, representation, true),
        rows: items.map((item) => row(item, definition, representation, now)),
      };
  }
}

const partial = (object: ApiObject, { version }: Representation) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
});

function tableHead(
  definition: ResourceDefinition,
  metadata: object,
  { version }: Representation,
  withColumns: boolean,
) {
  const columns = columnsOf(definition).map(
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
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: withColumns ? columns : null,
  };
}

function row(object: ApiObject, definition: ResourceDefinition, representation: Representation, now: Date) {
  const cells = columnsOf(definition).map((column) => column.cell(object, now) ?? null);
  switch (representation.includeObject) {
    case 'None':
      return { cells, object: null };
    case 'Object':
      return { cells, object };
    default:
      return { cells, object: partial(object, representation) };
  }
}

const NAME: PrinterColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  cell: ({ metadata }) => metadata.name,
};

/** Events have their name at the end; what a definition calls so is not it. */
const columnsOf = ({ columns, schema }: ResourceDefinition): PrinterColumn[] =>
  !schema && columns.some(({ name }) => name === NAME.name) ? columns : [NAME, ...columns];
