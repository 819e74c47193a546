import type { Duplex, Readable } from 'node:stream';
import type { Channel, Method } from '../../kubernetes/transport.ts';
import type { User } from './auth/user.ts';

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
  /** Runs a callback when what arrives together was dealt with, so that a watch sends it together. Absent: in a microtask. */
  soon?: (callback: () => void) => void;
}

/** A request of somebody who may make it. */
export interface AuthorizedRequest extends ApiRequest {
  user: User;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  body: string | Readable;
}

/** A request that wants a connection of its own: exec, attach and port-forward. */
export interface UpgradeRequest extends Omit<ApiRequest, 'method' | 'body'> {
  carrier: 'WebSocket' | 'SPDY';
  /** Sub-protocols, as the client prefers them. */
  protocols: string[];
}

/** The server agreed to a WebSocket: it speaks `protocol` on the channel that `serve` is given, and closes it. */
export interface AcceptedWebSocket {
  protocol: string;
  serve(channel: Channel): Promise<void>;
}

/** The server agreed to SPDY: `serveSpdy` is given the connection once the client has been told, and ends it. */
export interface AcceptedSpdy {
  protocol: string;
  serveSpdy(socket: Duplex): Promise<void>;
}

export type AcceptedUpgrade = AcceptedWebSocket | AcceptedSpdy;

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
