import type { Logger } from 'pino';
import { messageOf } from '../../engine/failure.ts';
import type { RunObserver } from '../../engine/observer.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { SpanCounts } from '../metrics.ts';
import type { OperatorSettings } from '../settings.ts';
import { connectCollector } from './collector.ts';
import { createRunSpans } from './run-spans.ts';
import { createSpanExporter } from './span-exporter.ts';
import { readTraceSettings, type TraceSettings } from './trace-settings.ts';

export interface Tracing {
  /** What runs tell becomes spans. */
  observer: RunObserver;
  /** Sends what is left, for at most a moment. */
  close(): Promise<void>;
}

export interface TracingOptions {
  settings: Pick<OperatorSettings, 'env' | 'version' | 'podName'>;
  clock: Clock;
  /** From 0 to below 1. */
  random: () => number;
  log: Logger;
  counts: SpanCounts;
}

/** Milliseconds for the last spans of a process that ends. */
const LAST_SPANS_PATIENCE = 3_000;

/** Undefined where OTLP is not configured, and where it is configured wrongly: backups are not held up by that, and the log tells. */
export function startTracing({ settings, clock, random, log, counts }: TracingOptions): Tracing | undefined {
  let traces: TraceSettings | undefined;
  try {
    traces = readTraceSettings(settings.env, { version: settings.version, instance: settings.podName });
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'no traces are sent');
  }
  if (traces === undefined) return undefined;
  const exporter = createSpanExporter({
    protocol: traces.protocol,
    collector: connectCollector(traces),
    resource: traces.resource,
    scope: { name: 'kanister-operator', version: settings.version },
    clock,
    random,
    log,
    counts,
  });
  log.info({ collector: `${traces.url.origin}${traces.url.pathname}` }, 'sending traces');
  return { observer: createRunSpans(exporter.add), close: () => exporter.close(LAST_SPANS_PATIENCE) };
}
