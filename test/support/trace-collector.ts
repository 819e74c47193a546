import type { IncomingHttpHeaders } from 'node:http';
import type { ServerOptions } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { loopbackServer } from '../../src/kubernetes/loopback-server.ts';
import { wireFields } from '../../src/sandbox/apiserver/codec/wire-format.ts';

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  /** Nanoseconds since 1970. */
  start: bigint;
  end: bigint;
  attributes: Record<string, string | bigint>;
  /** Code 2 is an error. */
  status: { code: number; message: string };
  resource: Record<string, string | bigint>;
}

export interface CollectorReply {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export interface TraceCollector extends AsyncDisposable {
  url: string;
  /** Those of requests that were answered with 200. */
  spans: ReceivedSpan[];
  requests: { path: string; headers: IncomingHttpHeaders }[];
}

/** A collector of OTLP/HTTP on this machine, which takes JSON and protobuf. `reply` is asked with the number of the request, from 1. */
export async function startTraceCollector(
  reply: (request: number) => CollectorReply | 'silence' = () => ({ status: 200 }),
  tls?: ServerOptions,
): Promise<TraceCollector> {
  const spans: ReceivedSpan[] = [];
  const requests: TraceCollector['requests'] = [];
  const server = await loopbackServer({
    ...(tls && { tls }),
    handle(request, response) {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        requests.push({ path: request.url ?? '', headers: request.headers });
        const answer = reply(requests.length);
        if (answer === 'silence') return;
        const sent = Buffer.concat(parts);
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
        if (answer.status === 200)
          spans.push(...decodeSpans(body, request.headers['content-type'] === 'application/json'));
        response.writeHead(answer.status, answer.headers ?? {}).end(answer.body ?? '');
      });
    },
  });
  return {
    url: server.url,
    spans,
    requests,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export function decodeSpans(request: Buffer, isJson: boolean): ReceivedSpan[] {
  return isJson ? fromJson(JSON.parse(request.toString()) as JsonRequest) : fromProtobuf(request);
}

interface JsonAttribute {
  key: string;
  value: { stringValue?: string; intValue?: string | number };
}

interface JsonSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: JsonAttribute[];
  status: { code?: number; message?: string };
}

interface JsonRequest {
  resourceSpans: { resource: { attributes: JsonAttribute[] }; scopeSpans: { spans: JsonSpan[] }[] }[];
}

function fromJson({ resourceSpans }: JsonRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        kind: span.kind,
        start: BigInt(span.startTimeUnixNano),
        end: BigInt(span.endTimeUnixNano),
        attributes: jsonAttributes(span.attributes),
        status: { code: span.status.code ?? 0, message: span.status.message ?? '' },
        resource: jsonAttributes(resource.attributes),
      })),
  );
}

function jsonAttributes(attributes: JsonAttribute[]): ReceivedSpan['attributes'] {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.intValue === undefined ? (value.stringValue ?? '') : BigInt(value.intValue),
    ]),
  );
}

/** By opentelemetry/proto/trace/v1/trace.proto. */
function fromProtobuf(request: Buffer): ReceivedSpan[] {
  return message(request)
    .messages(1)
    .flatMap((resourceSpans) => {
      const resource = keyValues(resourceSpans.messages(1).flatMap((found) => found.messages(1)));
      return resourceSpans
        .messages(2)
        .flatMap((scopeSpans) => scopeSpans.messages(2))
        .map((span) => {
          const [status] = span.messages(15);
          return {
            traceId: span.bytes(1).toString('hex'),
            spanId: span.bytes(2).toString('hex'),
            parentSpanId: span.bytes(4).toString('hex'),
            name: span.bytes(5).toString(),
            kind: Number(span.number(6)),
            start: span.bytes(7).readBigUInt64LE(),
            end: span.bytes(8).readBigUInt64LE(),
            attributes: keyValues(span.messages(9)),
            status: { code: Number(status?.number(3) ?? 0n), message: status?.bytes(2).toString() ?? '' },
            resource,
          };
        });
    });
}

interface Message {
  /** Of the field with this number; none where it is absent. */
  bytes(field: number): Buffer;
  number(field: number): bigint;
  has(field: number): boolean;
  messages(field: number): Message[];
}

function message(content: Uint8Array): Message {
  const fields = [...wireFields(content, 'TracesData')];
  const values = (number: number) =>
    fields.filter((field) => field.number === number).map(({ value }) => value);
  const bytes = (number: number) => {
    const value = values(number).at(-1) ?? Buffer.alloc(0);
    if (typeof value === 'bigint') throw new Error(`field ${number} is a number`);
    return Buffer.from(value);
  };
  return {
    bytes,
    number: (number: number) => {
      const value = values(number).at(-1) ?? 0n;
      if (typeof value !== 'bigint') throw new Error(`field ${number} is no number`);
      return BigInt.asIntN(64, value);
    },
    has: (number: number) => values(number).length > 0,
    messages: (number: number): Message[] =>
      values(number).map((value) => {
        if (typeof value === 'bigint') throw new Error(`field ${number} is a number`);
        return message(value);
      }),
  };
}

function keyValues(pairs: Message[]): ReceivedSpan['attributes'] {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [value] = pair.messages(2);
      return [pair.bytes(1).toString(), value?.has(3) ? value.number(3) : (value?.bytes(1).toString() ?? '')];
    }),
  );
}
