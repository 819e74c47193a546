import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { OperatorSettings } from './settings.ts';

export interface HealthServer {
  port: number;
  close(): Promise<void>;
}

/** Liveness, readiness and metrics on one port, with the original's bodies. */
export async function startHealthServer(
  settings: OperatorSettings,
  registry: Registry,
): Promise<HealthServer> {
  const { address, port, livenessPath, readinessPath } = settings.health;
  const alive = JSON.stringify({ alive: true, version: settings.version });
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    if (path === livenessPath) response.setHeader('content-type', 'application/json').end(alive);
    else if (path === readinessPath)
      response.setHeader('content-type', 'application/json').end('{"status":"ready"}');
    else if (path === '/metrics') {
      registry.metrics().then(
        (text) => response.setHeader('content-type', registry.contentType).end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    } else response.writeHead(404).end('404 page not found\n');
  });
  await listen(server, port, address);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address === '' ? undefined : address, () => resolve());
  });
}
