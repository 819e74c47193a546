import { SPAN_KIND_INTERNAL, STATUS_CODE_ERROR } from './span.ts';
import type { Attributes, SpanBatch, TraceSpan } from './span.ts';

/** An ExportTraceServiceRequest of OTLP 1 in its JSON form: ids in hexadecimal, 64-bit numbers as texts, enums as numbers. */
export function encodeJson({ resource, scope, spans }: SpanBatch): Buffer {
  const request = {
    resourceSpans: [
      { resource: { attributes: keyValues(resource) }, scopeSpans: [{ scope, spans: spans.map(spanJson) }] },
    ],
  };
  return Buffer.from(JSON.stringify(request));
}

function spanJson(span: TraceSpan): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: SPAN_KIND_INTERNAL,
    startTimeUnixNano: nanoseconds(span.start),
    endTimeUnixNano: nanoseconds(span.end),
    attributes: keyValues(span.attributes),
    status: span.failure === undefined ? {} : { code: STATUS_CODE_ERROR, message: span.failure },
  };
}

function nanoseconds(time: Date): string {
  return `${time.getTime()}000000`;
}

function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
}
