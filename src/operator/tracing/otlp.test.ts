import { describe, expect, it } from 'vitest';
import { decodeSpans } from '../../../test/support/trace-collector.ts';
import { encodeJson } from './otlp-json.ts';
import { encodeProtobuf } from './otlp-protobuf.ts';
import { rejectedSpans } from './rejected-spans.ts';
import type { SpanBatch } from './span.ts';

const TRACE = '7b0e6a3c9d1f4e2a8c5b0123456789ab';

const batch: SpanBatch = {
  resource: { 'service.name': 'kanister-operator' },
  scope: { name: 'kanister-operator', version: '1.2.3' },
  spans: [
    {
      traceId: TRACE,
      spanId: '00f067aa0ba902b7',
      parentSpanId: undefined,
      name: 'ActionSet',
      start: new Date('2026-03-01T10:00:00.000Z'),
      end: new Date('2026-03-01T16:00:00.250Z'),
      attributes: {
        'kanister.actionset.name': 'bäckup',
        'kanister.phase.position': -1,
        'kanister.bytes': 5_368_709_120_000,
      },
      failure: undefined,
    },
    {
      traceId: TRACE,
      spanId: '0123456789abcdef',
      parentSpanId: '00f067aa0ba902b7',
      name: 'phase dump',
      start: new Date('2026-03-01T10:00:01.000Z'),
      end: new Date('2026-03-01T10:00:02.000Z'),
      attributes: { 'error.type': 'PodFailed', 'kanister.attempts': 0 },
      failure: 'PodFailed',
    },
  ],
};

/** What @opentelemetry/otlp-transformer 0.301.0 makes of the same spans. */
const RECORDED_PROTOBUF = Buffer.from(
  'CpgDCicKIwoMc2VydmljZS5uYW1lEhMKEWthbmlzdGVyLW9wZXJhdG9yEAAS7AIKGgoRa2FuaXN0ZXItb3BlcmF0b3ISBTEuMi4zErUBChB7Dmo8nR9OKoxbASNFZ4mr' +
    'EggA8GeqC6kCtyoJQWN0aW9uU2V0MAE5AEBlUk2vmBhBgLKfhfLCmBhKJAoXa2FuaXN0ZXIuYWN0aW9uc2V0Lm5hbWUSCQoHYsOkY2t1cEomChdrYW5pc3Rlci5waGFz' +
    'ZS5wb3NpdGlvbhILGP///////////wFKGgoOa2FuaXN0ZXIuYnl0ZXMSCBiAgICAoJwBUABgAHAAegIYAIUBAQEAABKVAQoQew5qPJ0fTiqMWwEjRWeJqxIIASNFZ4mr' +
    'ze8iCADwZ6oLqQK3KgpwaGFzZSBkdW1wMAE5AAoAjk2vmBhBANSayU2vmBhKGQoKZXJyb3IudHlwZRILCglQb2RGYWlsZWRKFwoRa2FuaXN0ZXIuYXR0ZW1wdHMSAhgA' +
    'UABgAHAAeg0SCVBvZEZhaWxlZBgChQEBAQAA',
  'base64',
);

describe('spans on their way to a collector', () => {
  it('are in protobuf what OpenTelemetry’s own exporter makes of them', () => {
    const ours = decodeSpans(encodeProtobuf(batch), false);
    expect(ours).toEqual(decodeSpans(RECORDED_PROTOBUF, false));
    expect(ours.map(({ name, end }) => [name, end])).toEqual([
      ['ActionSet', 1_772_380_800_250_000_000n],
      ['phase dump', 1_772_359_202_000_000_000n],
    ]);
  });

  it('say the same in JSON', () => {
    expect(decodeSpans(encodeJson(batch), true)).toEqual(decodeSpans(RECORDED_PROTOBUF, false));
  });

  it('have 64-bit numbers as texts and ids in hexadecimal there, as OTLP demands', () => {
    const text = encodeJson(batch).toString();
    expect(text).toContain('"intValue":"5368709120000"');
    expect(text).toContain('"startTimeUnixNano":"1772359200000000000"');
    expect(text).toContain(`"traceId":"${TRACE}"`);
  });
});

describe('the answer of a collector', () => {
  it.each([
    ['{}', 0],
    ['', 0],
    ['null', 0],
    ['thanks', 0],
    ['{"partialSuccess":{"rejectedSpans":"300","errorMessage":"too old"}}', 300],
    ['{"partialSuccess":{"rejectedSpans":7}}', 7],
    ['{"partialSuccess":{"rejectedSpans":"-7"}}', 0],
  ])('in JSON, %s, rejects %d spans', (answer, count) => {
    expect(rejectedSpans(Buffer.from(answer), 'http/json')).toBe(count);
  });

  it.each([
    ['', 0],
    ['0a00', 0],
    // ExportTracePartialSuccess {1: 300, 2: "old"}, in either order.
    ['0a0808ac0212036f6c64', 300],
    ['0a0812036f6c6408ac02', 300],
    ['0a0512036f6c64', 0],
    ['ffffff', 0],
    ['0a0508', 0],
  ])('in protobuf, %s, rejects %d spans', (answer, count) => {
    expect(rejectedSpans(Buffer.from(answer, 'hex'), 'http/protobuf')).toBe(count);
  });
});
