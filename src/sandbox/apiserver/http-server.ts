import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WebSocketServer } from 'ws';
import type { Clock } from '../../kubernetes/clock.ts';
import type { Method } from '../../kubernetes/transport.ts';
import { webSocketChannel } from '../../kubernetes/web-socket-channel.ts';
import { jsonResponse, textResponse } from './api-exchange.ts';
import type { ApiResponse } from './api-exchange.ts';
import type { ApiServer } from './api-server.ts';
import { MAXIMUM_BODY, refuseOversizedBody } from './object-size.ts';
import { StatusError } from './status-error.ts';

export interface HttpApiServer {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** Ends all connections, and resolves when the port is free. */
  close(): Promise<void>;
}

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Serves the API over HTTP/1.1 and WebSockets. Port 0 takes a free one. */
export async function serveHttp(
  server: ApiServer,
  { clock, host = '127.0.0.1', port = 0 }: { clock: Clock; host?: string; port?: number },
): Promise<HttpApiServer> {
  // Any sub-protocol that the API server chose before the handshake is confirmed as it is.
  const chosen = new WeakMap<IncomingMessage, string>();
  const webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (_protocols, request) => chosen.get(request) ?? false,
  });
  const http = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, (request, response) => {
    respond(server, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  http.on('upgrade', (request, socket, head) => {
    upgrade(request, socket, head).catch((error: unknown) => {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Errors of the socket also end its channel, where they are dealt with.
    socket.on('error', () => socket.destroy());
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    const { path, query } = target(request);
    const answer = await server.upgrade({
      path,
      query,
      headers: headersOf(request),
      protocols: (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim()),
      signal: gone.signal,
    });
    if (!('serve' in answer)) {
      refuseUpgrade(socket, answer);
      return;
    }
    chosen.set(request, answer.protocol);
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      answer.serve(webSocketChannel(webSocket, clock)).catch(() => webSocket.terminate());
    });
  }

  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, () => {
      http.off('error', reject);
      resolve();
    });
  });
  const address = http.address() as AddressInfo;
  return {
    url: `http://${address.address}:${address.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        for (const client of webSockets.clients) client.terminate();
        http.close((error) => (error ? reject(error) : resolve()));
        http.closeAllConnections();
      }),
  };
}

async function respond(server: ApiServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const { method = '' } = request;
  const answer = METHODS.has(method)
    ? await answerFor(server, request, method as Method, gone.signal)
    : textResponse(405, `the method ${method} is not served\n`);
  if (typeof answer.body === 'string') {
    response.writeHead(answer.status, {
      ...answer.headers,
      'content-length': Buffer.byteLength(answer.body),
    });
    response.end(answer.body);
    return;
  }
  response.writeHead(answer.status, answer.headers);
  // A watch has to look open before its first event.
  response.flushHeaders();
  try {
    await pipeline(answer.body, response);
  } catch (error) {
    // A client that leaves in the middle of a watch or a log is not a failure.
    if (!gone.signal.aborted) throw error;
  }
}

async function answerFor(
  server: ApiServer,
  request: IncomingMessage,
  method: Method,
  signal: AbortSignal,
): Promise<ApiResponse> {
  try {
    const body = await readWhole(request);
    const { path, query } = target(request);
    return await server.handle({ method, path, query, headers: headersOf(request), body, signal });
  } catch (error) {
    if (error instanceof StatusError) return jsonResponse(error.code, error.status, { connection: 'close' });
    throw error;
  }
}

/** @throws {StatusError} 413, having read no more than the limit. */
async function readWhole(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    // What comes after the limit is read and dropped, so that the client can read the answer.
    if (size <= MAXIMUM_BODY) chunks.push(chunk as Buffer);
    else if (size > MAXIMUM_BODY * 8) break;
  }
  refuseOversizedBody(size);
  return Buffer.concat(chunks);
}

function refuseUpgrade(socket: Duplex, { status, headers, body }: ApiResponse): void {
  const text = typeof body === 'string' ? body : '';
  const lines = Object.entries({
    ...headers,
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} Refused\r\n${head}\r\n${text}`);
}

function target(request: IncomingMessage): { path: string; query: URLSearchParams } {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  return { path, query: new URLSearchParams(query.join('?')) };
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
