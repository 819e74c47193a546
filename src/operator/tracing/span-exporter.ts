import type { Logger } from 'pino';
import { messageOf } from '../../engine/failure.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { SpanCounts } from '../metrics.ts';
import type { Collector, CollectorAnswer } from './collector.ts';
import { encodeJson } from './otlp-json.ts';
import { encodeProtobuf } from './otlp-protobuf.ts';
import { rejectedSpans } from './rejected-spans.ts';
import type { SpanBatch, TraceSpan } from './span.ts';
import type { TraceSettings } from './trace-settings.ts';

export interface SpanExporter {
  /** Never waits and never throws; beyond the bound of the queue the span is dropped. */
  add(span: TraceSpan): void;
  /** Sends what is left, for at most so many milliseconds. */
  close(patience: number): Promise<void>;
}

export interface SpanExporterOptions {
  protocol: TraceSettings['protocol'];
  collector: Collector;
  resource: SpanBatch['resource'];
  scope: SpanBatch['scope'];
  clock: Clock;
  /** From 0 to below 1. */
  random: () => number;
  log: Logger;
  counts: SpanCounts;
}

/** Numbers of spans and milliseconds: the defaults of OpenTelemetry's own batches. */
export const MAX_QUEUE = 2048;
export const MAX_BATCH = 512;
const BATCH_DELAY = 5_000;

const MAX_ATTEMPTS = 5;
const FIRST_PAUSE = 1_000;
const MAX_PAUSE = 60_000;
/** OTLP's list of what may be sent again. */
const RETRYABLE = [429, 502, 503, 504];

/** Sends spans in batches, one request at a time, and holds a bounded number of them while the collector can't be had. */
export function createSpanExporter(options: SpanExporterOptions): SpanExporter {
  const { clock, counts, log } = options;
  const queue: TraceSpan[] = [];
  const closing = new AbortController();
  const givenUp = new AbortController();
  let full = new AbortController();
  let sending: Promise<void> | undefined;
  let losing = false;

  async function sendQueue(): Promise<void> {
    while (queue.length > 0) {
      full = new AbortController();
      if (queue.length < MAX_BATCH) await pause(BATCH_DELAY, AbortSignal.any([full.signal, closing.signal]));
      const spans = queue.splice(0, MAX_BATCH);
      try {
        await sendBatch(spans);
      } catch (error) {
        lose('refused', spans.length, { error: messageOf(error) });
      }
    }
    sending = undefined;
  }

  async function sendBatch(spans: readonly TraceSpan[]): Promise<void> {
    const body = encode(options, spans);
    for (let attempt = 1; ; attempt += 1) {
      const answer = await post(body);
      if (!(answer instanceof Error) && answer.status >= 200 && answer.status < 300)
        return accepted(spans.length, answer);
      const trouble = answer instanceof Error ? { error: answer.message } : { status: answer.status };
      if (!(answer instanceof Error) && !RETRYABLE.includes(answer.status))
        return lose('refused', spans.length, trouble);
      if (attempt === MAX_ATTEMPTS || closing.signal.aborted)
        return lose('unreachable', spans.length, trouble);
      const wanted = answer instanceof Error ? undefined : answer.retryAfter;
      await pause(wanted ?? backoff(attempt), closing.signal);
    }
  }

  async function post(body: Buffer): Promise<CollectorAnswer | Error> {
    try {
      givenUp.signal.throwIfAborted();
      return await options.collector.post(body, givenUp.signal);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  function accepted(sent: number, answer: CollectorAnswer): void {
    const rejected = Math.min(sent, rejectedSpans(answer.body, options.protocol));
    counts.exported(sent - rejected);
    if (rejected > 0) return lose('refused', rejected, { status: answer.status });
    if (losing) log.info('the collector takes traces again');
    losing = false;
  }

  /** One line when it begins: a collector may be away for days. */
  function lose(reason: Parameters<SpanCounts['dropped']>[0], count: number, trouble: object): void {
    counts.dropped(reason, count);
    if (!losing) log.warn({ reason, ...trouble }, 'spans of traces are lost, and those to come may be');
    losing = true;
  }

  /** Half of it is left to chance, so that replicas do not come back together. */
  function backoff(attempt: number): number {
    return FIRST_PAUSE * 2 ** (attempt - 1) * (0.5 + options.random());
  }

  async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    // What cuts it short is no failure: there is something to do.
    await clock.sleep(Math.min(milliseconds, MAX_PAUSE), signal).catch(() => undefined);
  }

  return {
    add(span) {
      if (queue.length >= MAX_QUEUE || closing.signal.aborted) return lose('queue', 1, {});
      queue.push(span);
      if (queue.length >= MAX_BATCH) full.abort();
      sending ??= sendQueue();
    },
    async close(patience) {
      closing.abort();
      const done = new AbortController();
      const late = clock.sleep(patience, done.signal).then(
        () => givenUp.abort(new Error('the operator ends')),
        () => undefined,
      );
      await sending;
      done.abort();
      await late;
      options.collector.close();
    },
  };
}

function encode({ protocol, resource, scope }: SpanExporterOptions, spans: readonly TraceSpan[]): Buffer {
  return (protocol === 'http/json' ? encodeJson : encodeProtobuf)({ resource, scope, spans });
}
