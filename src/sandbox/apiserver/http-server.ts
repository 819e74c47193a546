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
import type { ApiRequest, ApiResponse } from './api-exchange.ts';
import type { ApiServer } from './api-server.ts';
import { MAXIMUM_BODY, refuseOversizedBody } from './object-size.ts';
import { StatusError } from './status-error.ts';
import { createTurns } from './turns.ts';

export interface HttpApiServer {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** Serves a connection that came in elsewhere. */
  accept(connection: Duplex): void;
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
  });
  webSockets.on('headers', (headers, request) => {
    const protocol = chosen.get(request);
    if (protocol !== undefined) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
  });
  const upgraded = new Set<Duplex>();
  const soon = createTurns();
  const http = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, (request, response) => {
    respond(server, request, response, soon).catch((error: unknown) => {
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
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    const { path, query } = target(request);
    const headers = headersOf(request);
    const isSpdy = /\bspdy\/3\.1\b/i.test(headers.upgrade ?? '');
    const protocols = headers[isSpdy ? 'x-stream-protocol-version' : 'sec-websocket-protocol'] ?? '';
    const answer = await server.upgrade({
      path,
      query,
      headers,
      carrier: isSpdy ? 'SPDY' : 'WebSocket',
      protocols: protocols
        .split(',')
        .map((text) => text.trim())
        .filter((text) => text !== ''),
      signal: gone.signal,
    });
    if ('status' in answer) {
      refuseUpgrade(socket, answer);
      return;
    }
    if ('serveSpdy' in answer) {
      if (head.length > 0) socket.unshift(head);
      socket.write(switchToSpdy(answer.protocol));
      await answer.serveSpdy(socket);
      return;
    }
    if (answer.protocol !== '') chosen.set(request, answer.protocol);
    // Kubernetes' names of tunnels have a slash, which the library takes for a fault.
    delete request.headers['sec-websocket-protocol'];
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
    accept: (connection) => void http.emit('connection', connection),
    close: () =>
      new Promise((resolve, reject) => {
        for (const client of webSockets.clients) client.terminate();
        for (const socket of upgraded) socket.destroy();
        http.close((error) => (error ? reject(error) : resolve()));
        http.closeAllConnections();
      }),
  };
}

const CLIENT_GONE = new Error('the client has gone');

async function respond(
  server: ApiServer,
  request: IncomingMessage,
  response: ServerResponse,
  soon: ApiRequest['soon'],
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    // After a whole response nobody waits for anything; and a reason of its own is far cheaper than the default one.
    if (!response.writableFinished) gone.abort(CLIENT_GONE);
  });
  const { method = '' } = request;
  const answer = METHODS.has(method)
    ? await answerFor(server, request, { method: method as Method, signal: gone.signal, soon })
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
  how: Pick<ApiRequest, 'method' | 'signal' | 'soon'>,
): Promise<ApiResponse> {
  try {
    const body = await readWhole(request);
    const { path, query } = target(request);
    return await server.handle({ ...how, path, query, headers: headersOf(request), body });
  } catch (error) {
    if (error instanceof StatusError) return jsonResponse(error.code, error.status, { connection: 'close' });
    throw error;
  }
}

const NO_BODY = new Uint8Array();

/** @throws {StatusError} 413, having kept no more than the limit. */
async function readWhole(request: IncomingMessage): Promise<Uint8Array> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (length === undefined && encoding === undefined) return NO_BODY;
  const { chunks, size } = await receive(request);
  refuseOversizedBody(size);
  const [only] = chunks;
  return only && chunks.length === 1 ? only : Buffer.concat(chunks);
}

/** (The request as an async iterator would cost every write a tenth of its time.) */
function receive(request: IncomingMessage): Promise<{ chunks: Buffer[]; size: number }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (): void => resolve({ chunks, size });
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // What comes after the limit is read and dropped, so that the client can read the answer.
      if (size <= MAXIMUM_BODY) chunks.push(chunk);
      else if (size > MAXIMUM_BODY * 8) {
        request.pause();
        finish();
      }
    });
    request.once('end', finish);
    request.on('error', reject);
    request.once('close', () => reject(CLIENT_GONE));
  });
}

const switchToSpdy = (protocol: string): string =>
  [
    'HTTP/1.1 101 Switching Protocols',
    'Connection: Upgrade',
    'Upgrade: SPDY/3.1',
    ...(protocol === '' ? [] : [`X-Stream-Protocol-Version: ${protocol}`]),
    '\r\n',
  ].join('\r\n');

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
