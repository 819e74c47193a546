import { SPAN_KIND_INTERNAL, STATUS_CODE_ERROR } from './span.ts';
import type { Attributes, SpanBatch, TraceSpan } from './span.ts';

/** An ExportTraceServiceRequest of OTLP 1 (opentelemetry/proto/collector/trace/v1) in protobuf; the numbers below are its fields'. */
export function encodeProtobuf({ resource, scope, spans }: SpanBatch): Buffer {
  const scopeSpans = Buffer.concat([
    bytes(1, Buffer.concat([text(1, scope.name), text(2, scope.version)])),
    ...spans.map((span) => bytes(2, spanMessage(span))),
  ]);
  const resourceSpans = Buffer.concat([bytes(1, keyValues(1, resource)), bytes(2, scopeSpans)]);
  return bytes(1, resourceSpans);
}

function spanMessage(span: TraceSpan): Buffer {
  return Buffer.concat([
    bytes(1, Buffer.from(span.traceId, 'hex')),
    bytes(2, Buffer.from(span.spanId, 'hex')),
    ...(span.parentSpanId === undefined ? [] : [bytes(4, Buffer.from(span.parentSpanId, 'hex'))]),
    text(5, span.name),
    integer(6, SPAN_KIND_INTERNAL),
    fixed64(7, nanoseconds(span.start)),
    fixed64(8, nanoseconds(span.end)),
    keyValues(9, span.attributes),
    ...(span.failure === undefined
      ? []
      : [bytes(15, Buffer.concat([text(2, span.failure), integer(3, STATUS_CODE_ERROR)]))]),
  ]);
}

/** Each a KeyValue; an AnyValue has a text in its field 1 and a whole number in its field 3. */
function keyValues(field: number, attributes: Attributes): Buffer {
  const pairs = Object.entries(attributes).map(([key, value]) => {
    const anyValue = typeof value === 'number' ? integer(3, value) : text(1, value);
    return bytes(field, Buffer.concat([text(1, key), bytes(2, anyValue)]));
  });
  return Buffer.concat(pairs);
}

function nanoseconds(time: Date): bigint {
  return BigInt(time.getTime()) * 1_000_000n;
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value));
}

function bytes(field: number, content: Buffer): Buffer {
  return Buffer.concat([tag(field, 2), varint(BigInt(content.length)), content]);
}

/** Negative ones take ten bytes, as those of type int64 do. */
function integer(field: number, value: number): Buffer {
  return Buffer.concat([tag(field, 0), varint(BigInt.asUintN(64, BigInt(Math.trunc(value))))]);
}

function fixed64(field: number, value: bigint): Buffer {
  const content = Buffer.alloc(8);
  content.writeBigUInt64LE(BigInt.asUintN(64, value));
  return Buffer.concat([tag(field, 1), content]);
}

function tag(field: number, wireType: number): Buffer {
  return varint(BigInt(field * 8 + wireType));
}

function varint(value: bigint): Buffer {
  const digits: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    digits.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...digits, Number(rest)]);
}
