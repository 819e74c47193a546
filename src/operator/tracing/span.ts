/** What a span tells beside its name; bytes and counts are numbers. */
export type Attributes = Record<string, string | number>;

/** One span of a trace, as it is sent: it has ended. */
export interface TraceSpan {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  /** Undefined for the root of the trace. */
  parentSpanId: string | undefined;
  name: string;
  start: Date;
  end: Date;
  attributes: Attributes;
  /** Why it failed; undefined where it did not. */
  failure: string | undefined;
}

/** Spans of one process, and who it is. */
export interface SpanBatch {
  /** `service.name` and what else tells this process from others. */
  resource: Attributes;
  /** The code that made the spans. */
  scope: { name: string; version: string };
  spans: readonly TraceSpan[];
}

/** What OTLP calls them. */
export const SPAN_KIND_INTERNAL = 1;
export const STATUS_CODE_ERROR = 2;
