import { Readable } from 'node:stream';
import { UpgradeRefused } from '../../kubernetes/transport.ts';
import type {
  ConnectRequest,
  Transport,
  TransportRequest,
  TransportResponse,
} from '../../kubernetes/transport.ts';
import type { ApiResponse } from './api-exchange.ts';
import type { ApiServer } from './api-server.ts';
import { channelPair } from './channel-pair.ts';

/**
 * Reaches the API server by a function call: no sockets, no timers, no threads, so that a run with a simulated clock
 * happens the same way every time. What goes over is text and bytes as on a wire; neither side sees the other's objects.
 */
export function inProcessTransport(server: ApiServer): Transport {
  const closed = new AbortController();
  return {
    async send(request) {
      refuseAborted(request.signal, closed.signal);
      const signal = anyOf(request.signal, closed.signal);
      const response = await server.handle({
        method: request.method,
        path: request.path,
        query: new URLSearchParams(request.query ?? []),
        headers: lowerCase(request.headers),
        body: bytesOf(request.body),
        signal,
      });
      return transportResponse(response, signal);
    },
    async connect(request: ConnectRequest) {
      refuseAborted(request.signal, closed.signal);
      const signal = anyOf(request.signal, closed.signal);
      const answer = await server.upgrade({
        path: request.path,
        query: new URLSearchParams(request.query ?? []),
        headers: lowerCase(request.headers),
        carrier: 'WebSocket',
        protocols: request.protocols,
        signal,
      });
      if ('status' in answer) {
        const body = typeof answer.body === 'string' ? answer.body : '';
        throw new UpgradeRefused({ status: answer.status, headers: answer.headers, body });
      }
      if ('serveSpdy' in answer) throw new Error('a WebSocket was asked for, and SPDY was agreed to');
      const { client, server: serving } = channelPair(answer.protocol, signal);
      answer.serve(serving).catch((error: unknown) => serving.fail(error));
      return client;
    },
    async close() {
      closed.abort(new Error('the connection to the API server was closed'));
    },
  };
}

function refuseAborted(...signals: (AbortSignal | undefined)[]): void {
  for (const signal of signals) signal?.throwIfAborted();
}

const anyOf = (signal: AbortSignal | undefined, closed: AbortSignal): AbortSignal =>
  signal ? AbortSignal.any([signal, closed]) : closed;

function transportResponse({ status, headers, body }: ApiResponse, signal: AbortSignal): TransportResponse {
  if (typeof body === 'string') return { status, headers, body: streamOf(body) };
  const onAbort = () =>
    body.destroy(signal.reason instanceof Error ? signal.reason : new Error('the request was aborted'));
  signal.addEventListener('abort', onAbort, { once: true });
  body.once('close', () => signal.removeEventListener('abort', onAbort));
  return { status, headers, body };
}

/** (`Readable.from` takes several times as long.) */
function streamOf(text: string): Readable {
  const stream = new Readable({ read: () => undefined });
  stream.push(text);
  stream.push(null);
  return stream;
}

function bytesOf(body: TransportRequest['body']): Uint8Array {
  if (body === undefined) return new Uint8Array();
  return typeof body === 'string' ? Buffer.from(body) : Uint8Array.from(body);
}

function lowerCase(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
