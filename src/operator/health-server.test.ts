import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMetrics } from '../../test/support/parse-metrics.ts';
import { startHealthServer, type HealthServer } from './health-server.ts';
import { createMetrics } from './metrics.ts';

let server: HealthServer;
beforeAll(async () => {
  const { registry } = createMetrics({ resolutions: true, labelLimit: 10, version: '1.2.3' });
  const health = { port: 0, address: '127.0.0.1', livenessPath: '/v0/healthz', readinessPath: '/v0/readyz' };
  server = await startHealthServer({ version: '1.2.3', health }, registry);
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { headers });

describe('the health endpoints', () => {
  it.each([
    ['/v0/healthz', '{"alive":true,"version":"1.2.3"}'],
    ['/v0/readyz', '{"status":"ready"}'],
    ['/v0/readyz?verbose', '{"status":"ready"}'],
  ])('%s answers as the original does', async (path, body) => {
    const response = await get(path);
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'application/json',
      body,
    ]);
  });

  it('know no other path', async () => {
    expect((await get('/healthz')).status).toBe(404);
  });

  it('give metrics in the form that is asked for, compressed where that is wanted', async () => {
    const open = await get('/metrics', {
      accept: 'application/openmetrics-text;version=1.0.0',
      'accept-encoding': 'gzip',
    });
    expect(open.headers.get('content-encoding')).toBe('gzip');
    expect(open.headers.get('content-type')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(parseMetrics(await open.text(), 'openmetrics').length).toBeGreaterThan(20);
    const plain = await get('/metrics', { 'accept-encoding': 'identity, gzip;q=0' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(parseMetrics(await plain.text(), 'prometheus').length).toBeGreaterThan(20);
  });
});
