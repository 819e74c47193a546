import { InvalidManifest, manifestDocuments } from './manifest-documents.ts';
import type { Json, JsonObject, KubernetesObject } from './objects.ts';

/** An object that somebody wrote down. Beyond this, whether it is right is for the API server to say. */
export type Manifest = KubernetesObject & { kind: string };

/**
 * The objects of a text of YAML documents, or of JSON objects one after the other, as `kubectl create -f` reads it: documents without
 * content are left out, lists are opened.
 * @throws {InvalidManifest}
 */
export function parseManifests(text: string): Manifest[] {
  return manifestDocuments(text).flatMap((document, index) => manifestsOf(document, index + 1, {}));
}

/** `known` is what a list says of its items. */
function manifestsOf(
  document: Json,
  place: number,
  known: { apiVersion?: string; kind?: string },
): Manifest[] {
  if (!isMapping(document)) {
    throw undecodable(
      `json: cannot unmarshal ${typeName(document)} into Go value of type unstructured.detector`,
      `Document ${place} is no object: it begins with apiVersion, kind and metadata.`,
    );
  }
  const apiVersion = textAt(document, 'apiVersion', place) ?? known.apiVersion;
  const kind = textAt(document, 'kind', place) ?? known.kind;
  if (kind === undefined || kind === '') {
    throw undecodable("Object 'Kind' is missing", `Add kind to document ${place}.`);
  }
  const { items } = document;
  if (Array.isArray(items) && kind.endsWith('List')) {
    const ofItems = kind.slice(0, -'List'.length);
    const told = ofItems === '' ? {} : { kind: ofItems, ...(apiVersion !== undefined && { apiVersion }) };
    return items.flatMap((item) => manifestsOf(item, place, told));
  }
  checkMetadata(document['metadata'] ?? {}, place);
  return [{ ...document, ...(apiVersion !== undefined && { apiVersion }), kind }];
}

/** What this program itself reads of it. */
function checkMetadata(metadata: Json, place: number): void {
  if (!isMapping(metadata)) throw notA('mapping', 'metadata', metadata, place);
  for (const name of ['name', 'generateName', 'namespace']) textAt(metadata, name, place, 'metadata.');
  const annotations = metadata['annotations'] ?? {};
  if (!isMapping(annotations)) throw notA('mapping', 'metadata.annotations', annotations, place);
}

function textAt(fields: JsonObject, name: string, place: number, path = ''): string | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw notA('text', `${path}${name}`, value, place);
}

function notA(expected: 'mapping' | 'text', field: string, value: Json, place: number): InvalidManifest {
  return undecodable(
    `${field} is a ${typeName(value)}, expected a ${expected}`,
    `Correct ${field} of document ${place}${expected === 'text' ? ': what looks like a number or a boolean needs quotes' : ''}.`,
  );
}

function undecodable(problem: string, hint: string): InvalidManifest {
  return new InvalidManifest(`unable to decode "resource": ${problem}`, hint);
}

function isMapping(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As Go's encoding/json calls it. */
function typeName(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return value === null ? 'null' : typeof value;
}
