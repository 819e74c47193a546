import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTraceSettings } from './trace-settings.ts';

const read = (env: Record<string, string>) => readTraceSettings(env, { version: '1.2.3', instance: 'pod-1' });
const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('the settings of traces', () => {
  it.each([
    [{}],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }],
    [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
  ])('%j wants none', (env) => {
    expect(read(env)).toBeUndefined();
  });

  it('are OpenTelemetry’s defaults', () => {
    const { url, ...settings } = read(ENDPOINT) ?? {};
    expect(url?.href).toBe('http://collector:4318/v1/traces');
    expect(settings).toEqual({
      protocol: 'http/protobuf',
      headers: {},
      timeout: 10_000,
      gzip: false,
      tls: {},
      resource: {
        'service.name': 'kanister-operator',
        'service.version': '1.2.3',
        'service.instance.id': 'pod-1',
      },
    });
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp/' }, 'https://c/otlp/v1/traces'],
    [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://t/own?tenant=1' }, 'https://t/own?tenant=1'],
  ])('%j sends to %s', (env, url) => {
    expect(read(env)?.url.href).toBe(url);
  });

  it('take the variable for traces before the general one', () => {
    const settings = read({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=general',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'Authorization=Bearer%20a%2Cb%3D, x-tenant = 7',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2500',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip',
    });
    expect(settings).toMatchObject({
      protocol: 'http/json',
      headers: { authorization: 'Bearer a,b=', 'x-tenant': '7' },
      timeout: 2500,
      gzip: true,
    });
  });

  it('say who the operator is', () => {
    const env = {
      ...ENDPOINT,
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment=b%C3%BChne',
    };
    expect(read(env)?.resource).toMatchObject({
      'service.name': 'other',
      'deployment.environment': 'bühne',
    });
    expect(read({ ...env, OTEL_SERVICE_NAME: 'backups' })?.resource['service.name']).toBe('backups');
  });

  it('read certificates from their files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'traces-'));
    try {
      const file = join(folder, 'ca.crt');
      await writeFile(file, 'PEM');
      expect(read({ ...ENDPOINT, OTEL_EXPORTER_OTLP_CERTIFICATE: file })?.tls).toEqual({ ca: 'PEM' });
      expect(() => read({ ...ENDPOINT, OTEL_EXPORTER_OTLP_CLIENT_KEY: join(folder, 'none') })).toThrow(
        /^OTEL_EXPORTER_OTLP_CLIENT_KEY: ENOENT/,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL is grpc: traces are sent by http/protobuf or http/json, which collectors take on port 4318',
    ],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER is zipkin: only otlp and none are there'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      'OTEL_EXPORTER_OTLP_ENDPOINT is no URL that begins with http:// or https://',
    ],
    [
      { OTEL_EXPORTER_OTLP_TIMEOUT: '10s' },
      'OTEL_EXPORTER_OTLP_TIMEOUT is 10s: a number of milliseconds is wanted',
    ],
    [
      { OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' },
      'OTEL_EXPORTER_OTLP_COMPRESSION is zstd: gzip and none are there',
    ],
  ])('%j is refused by name', (env, message) => {
    expect(() => read({ ...ENDPOINT, ...env })).toThrow(message);
  });

  it.each(['hunter2', 'token=hunter2%', 'token=hunter2%0aX: y', 'a b=hunter2'])(
    'headers that read %j are refused without being shown',
    (headers) => {
      const refused = () => read({ ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: headers });
      expect(refused).toThrow(/^OTEL_EXPORTER_OTLP_HEADERS/);
      expect(refused).not.toThrow(/hunter2/);
    },
  );
});
