import { InvalidYaml } from '../../kubernetes/yaml.ts';
import type { ApiRequest, AuthorizedRequest } from './api-exchange.ts';
import { fieldManagerOf } from './apply/field-manager.ts';
import { InvalidJson, parseJson } from './codec/parse-json.ts';
import type { ParsedJson } from './codec/parse-json.ts';
import { PROTOBUF_TYPE, openEnvelope, readProtobufObject } from './codec/protobuf-body.ts';
import type { ProtobufBody } from './codec/protobuf-body.ts';
import { InvalidProtobuf } from './codec/wire-format.ts';
import { summaryOf } from './decode-object.ts';
import { refuseOversizedBody } from './object-size.ts';
import { parseYamlBody } from './parse-yaml-body.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import type { WriteRequestOptions } from './server-context.ts';
import { StatusError, badRequest, invalid, quote, unsupportedValue } from './status-error.ts';

/** What a body is to become. */
export interface ExpectedBody {
  apiVersion: string;
  kind: string;
  custom?: boolean;
  write?: WriteRequestOptions;
}

/**
 * The body of a request, parsed. Where it is to become an object, `as` says which kind, and learns of what only the text shows.
 * @throws {StatusError} 400, 413 or 415
 */
export function readBody({ headers, body }: Pick<ApiRequest, 'headers' | 'body'>, as: ExpectedBody): unknown {
  refuseOversizedBody(body.length);
  const type = mediaType(headers['content-type'] ?? 'application/json');
  if (type === PROTOBUF_TYPE && !as.custom) return readProtobuf(body, as);
  const text = Buffer.from(body).toString('utf8');
  if (as.write) as.write.sentText = text;
  if (type === 'application/yaml' || type.endsWith('+yaml')) return readYaml(text, as);
  if (type !== 'application/json') {
    const accepted = ['application/json', 'application/yaml', ...(as.custom ? [] : [PROTOBUF_TYPE])];
    throw unsupportedType(accepted);
  }
  try {
    const parsed = parseJson(text, as.custom ? 'last' : 'merged');
    if (as.write && as.write.fieldValidation !== 'Ignore') as.write.sentTwice = parsed;
    return parsed.value;
  } catch (error) {
    if (!(error instanceof InvalidJson)) throw error;
    throw unrecognized(as.kind, `couldn't get version/kind; json parse error: ${error.message}`, text);
  }
}

const mediaType = (contentType: string): string => contentType.split(';')[0]?.trim() ?? '';

const unsupportedType = (accepted: string[]): StatusError =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

function readProtobuf(body: Uint8Array, expected: ExpectedBody): unknown {
  const { apiVersion, kind, message } = openedEnvelope(body, expected.kind);
  const sent = { apiVersion: apiVersion || expected.apiVersion, kind: kind || expected.kind, message };
  try {
    return readProtobufObject(sent);
  } catch (error) {
    if (!(error instanceof InvalidProtobuf)) throw error;
    const version = sent.apiVersion.slice(sent.apiVersion.indexOf('/') + 1);
    throw refusal(
      error,
      `${sent.kind} in version ${quote(version)} cannot be handled as a ${expected.kind}: ${error.message}`,
    );
  }
}

function openedEnvelope(body: Uint8Array, kind: string): ProtobufBody {
  try {
    return openEnvelope(body);
  } catch (error) {
    if (!(error instanceof InvalidProtobuf)) throw error;
    const fault = `${error.message} (${summaryOf(body)})`;
    throw refusal(error, `the object provided is unrecognized (must be of type ${kind}): ${fault}`);
  }
}

const refusal = (cause: InvalidProtobuf, message: string): StatusError =>
  Object.assign(badRequest(message), { cause });

function readYaml(text: string, { kind, write }: Pick<ExpectedBody, 'kind' | 'write'>): unknown {
  try {
    const { value, duplicates } = parseYamlBody(text);
    if (write && write.fieldValidation !== 'Ignore') write.sentTwice = { duplicates, positions: new Map() };
    return value;
  } catch (error) {
    if (!(error instanceof InvalidYaml)) throw error;
    throw unrecognized(kind, error.goMessage, text);
  }
}

const unrecognized = (kind: string, fault: string, text: string): StatusError =>
  badRequest(`the object provided is unrecognized (must be of type ${kind}): ${fault} (${summaryOf(text)})`);

/** A patch of one of the types that an object's own content makes; server-side apply is another matter. */
export interface Patch {
  type: 'json' | 'merge' | 'strategic';
  parsed: ParsedJson;
}

const PATCHES: Readonly<Record<string, Patch['type']>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};

/**
 * A patch, parsed.
 * @throws {StatusError} 400, 413, or 415 for a type that objects of this resource cannot be patched with
 */
export function readPatch(
  { headers, body }: Pick<ApiRequest, 'headers' | 'body'>,
  { schema }: Pick<ResourceDefinition, 'schema'>,
): Patch {
  const type = PATCHES[mediaType(headers['content-type'] ?? '')];
  if (type === undefined || (type === 'strategic' && schema)) throw unknownPatch(schema !== undefined);
  refuseOversizedBody(body.length);
  try {
    return { type, parsed: parseJson(Buffer.from(body).toString('utf8'), 'last') };
  } catch (error) {
    if (!(error instanceof InvalidJson)) throw error;
    throw badRequest(type === 'strategic' ? error.message : `error decoding patch: ${error.message}`);
  }
}

const unknownPatch = (isCustom: boolean): StatusError =>
  isCustom
    ? unsupportedType([
        'application/json-patch+json',
        'application/merge-patch+json',
        'application/apply-patch+yaml',
      ])
    : new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});

/** A write's options, and the headers that carry its warnings once it is done. */
export function writeOptions(request: Pick<AuthorizedRequest, 'method' | 'query' | 'headers' | 'user'>): {
  write: WriteRequestOptions & { manager: string };
  headers(): Record<string, string>;
} {
  const { query } = request;
  const warnings: string[] = [];
  const dryRun = query.getAll('dryRun');
  const validation = query.get('fieldValidation') || 'Warn';
  const faults = [
    ...(dryRun.every((value) => value === 'All') ? [] : [unsupportedValue('dryRun', dryRun, ['All'])]),
    ...(isDirective(validation)
      ? []
      : [unsupportedValue('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn'])]),
  ];
  if (faults.length > 0 || !isDirective(validation)) {
    const kind = OPTIONS[request.method] ?? 'UpdateOptions';
    throw invalid({ group: 'meta.k8s.io', kind, resource: kind }, '', faults);
  }
  return {
    write: {
      dryRun: dryRun.length > 0,
      user: request.user,
      fieldValidation: validation,
      warn: (text) => warnings.push(text),
      manager: fieldManagerOf(request),
    },
    headers(): Record<string, string> {
      if (warnings.length === 0) return {};
      return { warning: warnings.map((text) => `299 - ${quote(text)}`).join(', ') };
    },
  };
}

type Directive = WriteRequestOptions['fieldValidation'];

const isDirective = (text: string): text is Directive => ['Ignore', 'Strict', 'Warn'].includes(text);

const OPTIONS: Readonly<Record<string, string>> = { POST: 'CreateOptions', PATCH: 'PatchOptions' };
