import { decodeWith, kindCodec, metadataCodec } from './codec/kind-codec.ts';
import { equalJson, fieldsOf, isFields, listOf, textOf } from './json-value.ts';
import type { Fields } from './json-value.ts';
import { apiVersionOf } from './resource-definition.ts';
import type { ApiObject, ResourceDefinition } from './resource-definition.ts';
import type { WriteRequestOptions } from './server-context.ts';
import { badRequest, invalid, invalidValue, quote } from './status-error.ts';
import type { StatusError } from './status-error.ts';
import { prune, pruneNulls } from './structural-schema.ts';

/**
 * Takes what a client sent as an object of this resource: its values have the types that the API's own types or the schema give them, fields that
 * nobody knows are gone, and the client is told of them as it asked to be told.
 * @throws {StatusError} 400 where it is no such object, where it has another name or namespace than the path says, and for unknown fields
 * under Strict
 */
export function decodeObject(
  body: unknown,
  definition: ResourceDefinition,
  path: { namespace?: string; name?: string },
  options: WriteRequestOptions,
): ApiObject {
  const { decoded, unknown } = definition.schema
    ? decodeCustom(body, definition, definition.schema, options)
    : decodeBuiltIn(body, definition, options);
  tellOfUnknown(strictErrors(unknown, options), definition, options);
  dropRepeatedOwners(decoded, options);
  return placed(decoded, definition, path);
}

/** An object as the server sends it once it was stored: without what Go's encoder or the storage's format leave out. */
export function encodeObject(object: ApiObject): ApiObject {
  const codec = kindCodec(object.apiVersion, object.kind);
  if (codec) return codec.encode(object) as ApiObject;
  return { ...object, metadata: metadataCodec().encode(object.metadata) as ApiObject['metadata'] };
}

interface Decoded {
  decoded: Fields;
  unknown: string[];
}

function decodeBuiltIn(body: unknown, definition: ResourceDefinition, options: WriteRequestOptions): Decoded {
  const sent = typeOf(body, definition, options);
  const expected = apiVersionOf(definition);
  const apiVersion = sent.apiVersion || expected;
  const kind = sent.kind || definition.kind;
  const refuse = (fault: string) => undecodable(fault, kind, versionOf(apiVersion), definition, options);
  const codec = kindCodec(apiVersion, kind);
  if (!codec) {
    throw refuse(
      `no kind ${quote(kind)} is registered for version ${quote(apiVersion)} in scheme "pkg/runtime/scheme.go:110"`,
    );
  }
  const result = decodeWith(codec, body);
  if ('fault' in result) throw refuse(result.fault);
  if (kind !== definition.kind) {
    throw refuse(
      `converting (${versionOf(apiVersion)}.${kind}) to (${internalPackage(definition)}.${definition.kind}): unknown conversion`,
    );
  }
  if (apiVersion !== expected) throw otherVersion(apiVersion, expected);
  return { decoded: { ...fieldsOf(result.decoded), apiVersion, kind }, unknown: result.unknown };
}

function decodeCustom(
  body: unknown,
  definition: ResourceDefinition,
  schema: NonNullable<ResourceDefinition['schema']>,
  options: WriteRequestOptions,
): Decoded {
  const { apiVersion, kind } = typeOf(body, definition, options);
  const expected = apiVersionOf(definition);
  if (kind === '') {
    const text = options.sentText ?? JSON.stringify(body);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${definition.kind}): Object 'Kind' is missing in '${text}' (${summaryOf(text)})`,
    );
  }
  const sent = fieldsOf(body);
  const result = decodeWith(metadataCodec(), sent.metadata ?? null);
  if ('fault' in result) throw undecodable(result.fault, kind, versionOf(apiVersion), definition, options);
  if (apiVersion !== expected) throw otherVersion(apiVersion, expected);
  const metadata = fieldsOf(result.decoded);
  if (kind !== definition.kind) {
    throw invalid({ ...definition, kind }, textOf(metadata.name), [
      invalidValue('kind', kind, `must be ${definition.kind}`),
    ]);
  }
  const decoded = { ...sent, metadata };
  const unknown = [...result.unknown.map((name) => `metadata.${name}`), ...prune(decoded, schema).toSorted()];
  if (!options.applied) pruneNulls(decoded, schema);
  return { decoded, unknown };
}

/** Version and kind, which are read before anything else; empty where they are absent. */
function typeOf(
  body: unknown,
  { kind: expected }: ResourceDefinition,
  options: WriteRequestOptions,
): { apiVersion: string; kind: string } {
  const refuse = (fault: string) => {
    const text = options.sentText ?? JSON.stringify(body);
    return badRequest(
      `the object provided is unrecognized (must be of type ${expected}): ${fault} (${summaryOf(text)})`,
    );
  };
  const parseFault = (found: string, target: string) =>
    refuse(`couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into ${target}`);
  if (body === null) return { apiVersion: '', kind: '' };
  if (!isFields(body)) throw parseFault(goTypeOf(body), `Go value of type ${TYPE_STRUCT}`);
  const { apiVersion, kind } = body;
  for (const [name, value] of Object.entries({ apiVersion, kind })) {
    if (value === undefined || value === null || typeof value === 'string') continue;
    throw parseFault(goTypeOf(value), `Go struct field .${name} of type string`);
  }
  const version = textOf(apiVersion);
  if (version.split('/').length > 2) throw refuse(`unexpected GroupVersion string: ${version}`);
  return { apiVersion: version, kind: textOf(kind) };
}

/** The anonymous type into which the API server reads version and kind, as Go prints it. */
const TYPE_STRUCT =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

const goTypeOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;

const versionOf = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf('/') + 1);

/** The Go package of a group's internal types. */
const internalPackage = ({ group }: ResourceDefinition): string => group.split('.')[0] || 'core';

function undecodable(
  fault: string,
  kind: string,
  version: string,
  definition: ResourceDefinition,
  options: WriteRequestOptions,
): StatusError {
  return (
    options.refusePatched?.(fault) ??
    badRequest(`${kind} in version ${quote(version)} cannot be handled as a ${definition.kind}: ${fault}`)
  );
}

const otherVersion = (found: string, expected: string): StatusError =>
  badRequest(`the API version in the data (${found}) does not match the expected API version (${expected})`);

/** How the server shows a body that it cannot read: as it is where it looks like an object, in hexadecimal otherwise. */
export function summaryOf(body: string | Uint8Array): string {
  const bytes = Buffer.from(body);
  if (bytes.length === 0) return '<empty>';
  const shown = (part: Buffer) =>
    bytes.toString('latin1', 0, 1) === '{' ? part.toString() : part.toString('hex');
  return bytes.length > 30 ? `${shown(bytes.subarray(0, 30))} ...` : shown(bytes);
}

/** Unknown fields and those that stand there twice, in the order in which the document has them. */
function strictErrors(found: string[], { sentTwice, refusePatched }: WriteRequestOptions): string[] {
  // What a patch made is written with its keys sorted before it is read again.
  const unknown = refusePatched ? found.toSorted() : found;
  const unknownTexts = unknown.map((path) => `unknown field ${quote(path)}`);
  if (!sentTwice || sentTwice.duplicates.length === 0) return unknownTexts;
  const { duplicates, positions } = sentTwice;
  // What is inside of a field that nobody knows was never looked at.
  const known = duplicates.filter(
    (path) =>
      !unknown.some(
        (other) => path === other || path.startsWith(`${other}.`) || path.startsWith(`${other}[`),
      ),
  );
  const placedTexts = [
    ...unknown.map((path) => ({ text: `unknown field ${quote(path)}`, at: positions.get(path) ?? Infinity })),
    ...known.map((path) => ({
      text: positions.size === 0 ? path : `duplicate field ${quote(path)}`,
      at: positions.get(`duplicate ${path}`) ?? -1,
    })),
  ];
  return placedTexts.toSorted((a, b) => a.at - b.at).map(({ text }) => text);
}

function tellOfUnknown(errors: string[], definition: ResourceDefinition, options: WriteRequestOptions): void {
  if (errors.length === 0 || options.fieldValidation === 'Ignore') return;
  if (options.fieldValidation === 'Warn') {
    for (const text of errors) options.warn(text);
    return;
  }
  throw undecodable(
    `strict decoding error: ${errors.join(', ')}`,
    definition.kind,
    definition.version,
    definition,
    options,
  );
}

/** The same owner is kept once. */
function dropRepeatedOwners(decoded: Fields, { warn }: WriteRequestOptions): void {
  const metadata = fieldsOf(decoded.metadata);
  const owners = listOf(metadata.ownerReferences);
  if (owners.length < 2) return;
  const kept = owners.filter(
    (owner, index) => owners.findIndex((other) => equalJson(other, owner)) === index,
  );
  if (kept.length === owners.length) return;
  const repeated = owners.filter(
    (owner, index) => owners.findIndex((other) => equalJson(other, owner)) < index,
  );
  const uids = [...new Set(repeated.map((owner) => textOf(fieldsOf(owner).uid)))].join(', ');
  warn(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids}`,
  );
  decoded.metadata = { ...metadata, ownerReferences: kept };
}

function placed(
  decoded: Fields,
  definition: ResourceDefinition,
  path: { namespace?: string; name?: string },
): ApiObject {
  const { namespace: given, selfLink: _selfLink, ...metadata } = fieldsOf(decoded.metadata);
  const namespace = textOf(given);
  const name = textOf(metadata.name);
  if (path.namespace !== undefined && namespace !== '' && namespace !== path.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (path.name !== undefined && name === '') {
    throw badRequest(
      `the name of the object (${path.name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (path.name !== undefined && name !== path.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${path.name})`);
  }
  return {
    ...decoded,
    apiVersion: apiVersionOf(definition),
    kind: definition.kind,
    metadata: { ...metadata, name, ...(definition.namespaced && { namespace: path.namespace ?? namespace }) },
  };
}
