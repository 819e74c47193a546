import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Registry } from 'prom-client';
import { messageOf } from '../engine/failure.ts';
import { writeExposition } from './exposition.ts';
import type { OperatorSettings } from './settings.ts';

export interface HealthServer {
  port: number;
  close(): Promise<void>;
}

/**
 * Liveness, readiness and metrics on one port, with the original's bodies. It is ready from its first moment, as the original is: a replica that
 * stands by does its duty, and an API server that is away for a while is waited for.
 */
export async function startHealthServer(
  settings: Pick<OperatorSettings, 'health' | 'version'>,
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
      sendMetrics(request, response, registry).catch((error: unknown) => {
        response.writeHead(500).end(`The metrics can't be read: ${messageOf(error)}\n`);
      });
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

const compressed = promisify(gzip);

async function sendMetrics(
  { headers }: IncomingMessage,
  response: ServerResponse,
  registry: Registry,
): Promise<void> {
  const { contentType, text } = await writeExposition(registry, headers.accept);
  const zip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:\s*,|\s*$))/.test(headers['accept-encoding'] ?? '');
  const body = zip ? await compressed(text) : text;
  response.setHeader('content-type', contentType);
  response.setHeader('vary', 'accept, accept-encoding');
  if (zip) response.setHeader('content-encoding', 'gzip');
  response.end(body);
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address === '' ? undefined : address, () => resolve());
  });
}
