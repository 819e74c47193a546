import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { acceleratedClock } from '../../../test/pods/accelerated-clock.ts';
import { startTraceCollector, type CollectorReply } from '../../../test/support/trace-collector.ts';
import { systemClock, type Clock } from '../../kubernetes/clock.ts';
import { selfSignedCertificate } from '../../sandbox/tls/self-signed-certificate.ts';
import { connectCollector } from './collector.ts';
import { createSpanExporter, MAX_BATCH, MAX_QUEUE, type SpanExporter } from './span-exporter.ts';
import type { TraceSpan } from './span.ts';
import { readTraceSettings } from './trace-settings.ts';

const span = (name: string): TraceSpan => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: undefined,
  name,
  start: new Date(0),
  end: new Date(1),
  attributes: {},
  failure: undefined,
});

const FAST = acceleratedClock(1000);
/** Nothing passes by itself: what is tested does not depend on it. */
const STILL: Clock = { ...systemClock, sleep: (_, signal) => systemClock.sleep(60_000, signal) };

interface Bed {
  exporter: SpanExporter;
  counted: Record<string, number>;
  log: string[];
}

function bed(
  url: string,
  { env = {}, clock = FAST }: { env?: Record<string, string>; clock?: Clock } = {},
): Bed {
  const settings = readTraceSettings(
    { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env },
    { version: '1', instance: 'test' },
  );
  if (!settings) throw new Error('there are settings');
  const counted: Record<string, number> = {};
  const count = (name: string, by: number) => {
    counted[name] = (counted[name] ?? 0) + by;
  };
  const log: string[] = [];
  const exporter = createSpanExporter({
    protocol: settings.protocol,
    collector: connectCollector(settings),
    resource: settings.resource,
    scope: { name: 'test', version: '1' },
    clock,
    random: () => 0.5,
    log: pino({ base: {} }, { write: (line: string) => log.push(line) }),
    counts: {
      exported: (by) => count('exported', by),
      dropped: (reason, by) => count(reason, by),
    },
  });
  return { exporter, counted, log };
}

describe('spans', () => {
  it.each([
    ['http/json', 'application/json'],
    ['http/protobuf', 'application/x-protobuf'],
  ])('reach the collector by %s, compressed, with the headers given', async (protocol, type) => {
    await using collector = await startTraceCollector();
    const { exporter, counted } = bed(collector.url, {
      env: {
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20x',
      },
    });
    exporter.add(span('one'));
    exporter.add(span('two'));
    await expect.poll(() => counted).toEqual({ exported: 2 });
    expect(collector.spans.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(collector.requests).toHaveLength(1);
    expect(collector.requests[0]).toMatchObject({
      path: '/v1/traces',
      headers: { 'content-type': type, 'content-encoding': 'gzip', authorization: 'Bearer x' },
    });
    exporter.add(span('three'));
    await expect.poll(() => counted).toEqual({ exported: 3 });
    await exporter.close(1000);
  });

  it('reach only a collector whose certificate is trusted, and show it theirs', async () => {
    const server = selfSignedCertificate('collector', { dns: ['localhost'], addresses: [] }, new Date());
    const client = selfSignedCertificate('operator', { dns: [], addresses: [] }, new Date());
    const folder = await mkdtemp(join(tmpdir(), 'collector-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = async (name: string, content: string) => {
      await writeFile(join(folder, name), content);
      return join(folder, name);
    };
    await using collector = await startTraceCollector(undefined, {
      cert: server.certificate,
      key: server.key,
      ca: client.certificate,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const identity = {
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: await file('tls.crt', client.certificate),
      OTEL_EXPORTER_OTLP_CLIENT_KEY: await file('tls.key', client.key),
    };
    const authority = { OTEL_EXPORTER_OTLP_CERTIFICATE: await file('ca.crt', server.certificate) };
    const sendOne = async (env: Record<string, string>) => {
      const { exporter, counted } = bed(collector.url, { env });
      exporter.add(span('one'));
      await exporter.close(10_000_000);
      return counted;
    };
    expect(await sendOne({ ...authority, ...identity })).toEqual({ exported: 1 });
    expect(await sendOne(identity)).toEqual({ unreachable: 1 });
    expect(await sendOne(authority)).toEqual({ unreachable: 1 });
  });

  it('are sent at once when a batch is full, and in batches when there are more', async () => {
    await using collector = await startTraceCollector();
    const { exporter, counted } = bed(collector.url, { clock: STILL });
    for (let sent = 0; sent < 2 * MAX_BATCH; sent += 1) exporter.add(span(`${sent}`));
    await expect.poll(() => counted).toEqual({ exported: 2 * MAX_BATCH });
    expect(collector.requests).toHaveLength(2);
    await exporter.close(1000);
  });

  it.each([
    [{ status: 503 }],
    [{ status: 429, headers: { 'retry-after': '2' } }],
    [{ status: 502, headers: { 'retry-after': 'Wed, 21 Oct 2037 07:28:00 GMT' } }],
  ])('are sent again after %j', async (trouble) => {
    await using collector = await startTraceCollector((request) => (request < 4 ? trouble : { status: 200 }));
    const { exporter, counted, log } = bed(collector.url);
    exporter.add(span('late'));
    await expect.poll(() => counted).toEqual({ exported: 1 });
    expect(collector.spans).toHaveLength(1);
    expect(log).toEqual([]);
    await exporter.close(1000);
  });

  it.each([
    [{ status: 400 }, 1],
    [{ status: 302, headers: { location: '/elsewhere' } }, 1],
    [{ status: 503 }, 5],
  ])(
    'are given up after %j in %d requests, with one line for all of them, and another one when it is over',
    async (trouble: CollectorReply, requests) => {
      let broken = true;
      await using collector = await startTraceCollector(() => (broken ? trouble : { status: 200 }));
      const { exporter, counted, log } = bed(collector.url);
      const reason = requests === 1 ? 'refused' : 'unreachable';
      exporter.add(span('one'));
      await expect.poll(() => counted).toEqual({ [reason]: 1 });
      expect(collector.requests).toHaveLength(requests);
      exporter.add(span('two'));
      await expect.poll(() => counted).toEqual({ [reason]: 2 });
      expect(log).toHaveLength(1);
      expect(JSON.parse(log[0] ?? '')).toMatchObject({ reason, status: trouble.status });
      broken = false;
      exporter.add(span('three'));
      await expect.poll(() => counted).toEqual({ [reason]: 2, exported: 1 });
      expect(log[1]).toContain('the collector takes traces again');
      await exporter.close(1000);
    },
  );

  it('that a collector rejects from a batch are counted', async () => {
    await using collector = await startTraceCollector(() => ({
      status: 200,
      body: '{"partialSuccess":{"rejectedSpans":"1"}}',
    }));
    const { exporter, counted } = bed(collector.url, { env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' } });
    exporter.add(span('old'));
    exporter.add(span('new'));
    await expect.poll(() => counted).toEqual({ exported: 1, refused: 1 });
    await exporter.close(1000);
  });

  it('beyond the bound of the queue are dropped, and no run waits', async () => {
    await using collector = await startTraceCollector(() => 'silence');
    const { exporter, counted } = bed(collector.url, { clock: STILL });
    for (let sent = 0; sent < MAX_BATCH; sent += 1) exporter.add(span('in flight'));
    await expect.poll(() => collector.requests.length).toBe(1);
    for (let sent = 0; sent < MAX_QUEUE + 10; sent += 1) exporter.add(span('waiting'));
    expect(counted).toEqual({ queue: 10 });
    const closed = exporter.close(0);
    await collector[Symbol.asyncDispose]();
    await closed;
    expect(counted).toEqual({ queue: 10, unreachable: MAX_BATCH + MAX_QUEUE });
  });

  it('that are left when the operator ends are sent then', async () => {
    await using collector = await startTraceCollector();
    const { exporter, counted } = bed(collector.url, { clock: STILL });
    exporter.add(span('last'));
    await exporter.close(3000);
    expect(counted).toEqual({ exported: 1 });
    exporter.add(span('too late'));
    expect(counted).toEqual({ exported: 1, queue: 1 });
  });

  it('do not hold up the end when the collector does not answer', async () => {
    await using collector = await startTraceCollector(() => 'silence');
    const { exporter, counted, log } = bed(collector.url, { clock: acceleratedClock(50) });
    exporter.add(span('last'));
    await exporter.close(3000);
    expect(counted).toEqual({ unreachable: 1 });
    expect(log.join('')).toContain('the operator ends');
  });
});
