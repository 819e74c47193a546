import type { Readable } from 'node:stream';
import type { Channel, Method } from '../../kubernetes/transport.ts';

/** A request, whatever carried it. */
export interface ApiRequest {
  method: Method;
  /** Below the server's root, without the query, percent-encoded as it came. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Uint8Array;
  /** Aborts when the caller has gone. */
  signal: AbortSignal;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  body: string | Readable;
}

/** A request that wants a WebSocket: exec and attach. */
export interface UpgradeRequest extends Omit<ApiRequest, 'method' | 'body'> {
  protocols: string[];
}

/** The server agreed: it speaks `protocol` on the channel that `serve` is given, and closes it. */
export interface AcceptedUpgrade {
  protocol: string;
  serve(channel: Channel): Promise<void>;
}

export const jsonResponse = (
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): ApiResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body) + '\n',
});

export const textResponse = (status: number, body: string): ApiResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
});
