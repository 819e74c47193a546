import type { Readable } from 'node:stream';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface TransportRequest {
  method: Method;
  /** Absolute path below the server's root, without the query: `/api/v1/namespaces/default/pods`. */
  path: string;
  /** Repeated keys are written as several pairs. */
  query?: [name: string, value: string][];
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** It takes no place among the short calls: the answer lasts as long as its reader likes (a watch, a log), or can't wait for one. */
  lasting?: boolean;
  signal?: AbortSignal;
}

export interface TransportResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** Not read ahead beyond its buffer: whoever reads slowly slows the server down. Must be read or destroyed. */
  body: Readable;
}

/** One message of a WebSocket: Kubernetes' channel protocols use binary ones, the first byte being the channel. */
export interface Channel {
  readonly protocol: string;
  /** Whether a message may be written over once its `send` has resolved; otherwise it is the channel's for good. */
  readonly returnsMessages?: boolean;
  /** Resolves when the peer's connection can take more. */
  send(message: Uint8Array): Promise<void>;
  /** Messages in order; reading slowly stops the peer. Ends when the connection closes, throws when it breaks. */
  messages: AsyncIterable<Uint8Array>;
  close(): void;
}

export interface ConnectRequest {
  path: string;
  query?: [name: string, value: string][];
  headers?: Record<string, string>;
  /** WebSocket sub-protocols in order of preference. */
  protocols: string[];
  signal?: AbortSignal;
}

/**
 * How requests reach an API server: over HTTP in production, by a function call into the sandbox where a run must be
 * reproducible. It does not interpret Kubernetes' answers: a response of any status resolves.
 * Rejects only where no response was had: with {@link ConnectionFailed}, or with the signal's reason.
 */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  /**
   * Opens a WebSocket.
   * @throws {UpgradeRefused} carrying the HTTP response, when the server declines; {@link ConnectionFailed} as `send` does.
   */
  connect(request: ConnectRequest): Promise<Channel>;
  close(): Promise<void>;
}

/** The server answered a WebSocket request with an ordinary response; the client turns it into an ApiError. */
export class UpgradeRefused extends Error {
  readonly response: { status: number; headers: Record<string, string>; body: string };

  constructor(response: { status: number; headers: Record<string, string>; body: string }) {
    super(`the server answered the upgrade with ${response.status}`);
    this.name = 'UpgradeRefused';
    this.response = response;
  }
}

export interface ConnectionFailure {
  /** Whether the server may have received the request. */
  sent: boolean;
  /** Whether trying again can help: false for a certificate that is not trusted and the like. */
  transient: boolean;
}

/** No response was had. `message` names the server and the fault, and neither the query nor any credential. */
export class ConnectionFailed extends Error {
  readonly sent: boolean;
  readonly transient: boolean;

  constructor(message: string, failure: ConnectionFailure, cause?: unknown) {
    super(message, { cause });
    this.name = 'ConnectionFailed';
    this.sent = failure.sent;
    this.transient = failure.transient;
  }
}
