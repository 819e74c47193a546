import http from 'node:http';
import https from 'node:https';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { urlToHttpOptions } from 'node:url';
import { WebSocket } from 'ws';
import type { CredentialSource, RequestCredentials } from './credentials.ts';
import type { Clock } from './clock.ts';
import { ConnectionFailed, UpgradeRefused } from './transport.ts';
import type { Channel, ConnectRequest, Transport, TransportRequest, TransportResponse } from './transport.ts';
import { webSocketChannel } from './web-socket-channel.ts';

export interface HttpTransportOptions {
  /** `https://host:port`, with a path in front of the API's own where the server has one. */
  server: string;
  credentials: CredentialSource;
  clock: Clock;
  /** PEM; the system's authorities when absent. */
  certificateAuthority?: string | Buffer;
  insecureSkipTlsVerify?: boolean;
  /** The name that the server's certificate must carry, where it is not the host of `server`. */
  tlsServerName?: string;
  /** `http://proxy:port`, as in a kubeconfig's `proxy-url`. */
  proxyUrl?: string;
}

/**
 * An API server over HTTP/1.1. Connections are kept for the next request; short calls share at most {@link MAX_CALLS} of them and
 * wait for their turn, what lasts has one each. A refusal with 401 renews the credentials, once, and asks again.
 */
export function httpTransport(options: HttpTransportOptions): Transport {
  const endpoint = endpointOf(options);

  return {
    send: (request) =>
      withCredentials(options.credentials, request.signal, async (credentials) => {
        if (request.method !== 'GET') await noticeClosedConnections();
        const response = await exchange(endpoint, request, credentials);
        return { value: response, refused: response.status === 401, discard: () => response.body.resume() };
      }),
    connect: (request) =>
      withCredentials(options.credentials, request.signal, async (credentials) => {
        await noticeClosedConnections();
        const answer = await upgrade(endpoint, request, credentials);
        return { value: answer, refused: answer instanceof UpgradeRefused && answer.response.status === 401 };
      }).then((answer) => {
        if (answer instanceof UpgradeRefused) throw answer;
        return answer;
      }),
    close: () => {
      endpoint.calls.destroy();
      endpoint.lasting.destroy();
      return Promise.resolve();
    },
  };
}

/** Enough to keep a server busy; more would only wait there in place of here, and keep others waiting with them. */
const MAX_CALLS = 32;

/**
 * A connection that the server has closed while it was idle counts as open until the loop has read its end. What is not repeated must
 * not be sent into it: the first turn may already be past reading, the second is not.
 */
async function noticeClosedConnections(): Promise<void> {
  await turnOfTheLoop();
  await turnOfTheLoop();
}

/** Where requests go, and what is the same for all of them. */
interface Endpoint {
  url: URL;
  /** The same, as requests want it: taking a URL apart for each of them costs more than the rest of preparing it. */
  address: http.RequestOptions;
  calls: http.Agent;
  lasting: http.Agent;
  clock: Clock;
  tls: https.RequestOptions;
}

function endpointOf(options: HttpTransportOptions): Endpoint {
  const url = new URL(options.server);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new Error(`the server's address ${options.server} must start with https:// or http://`);
  }
  const pool: http.AgentOptions = {
    keepAlive: true,
    maxFreeSockets: MAX_CALLS,
    // Below the 90 s after which an API server closes an idle connection: a request must not race with that.
    timeout: 45_000,
    ...(options.proxyUrl && { proxyEnv: { HTTP_PROXY: options.proxyUrl, HTTPS_PROXY: options.proxyUrl } }),
  };
  const Agent = url.protocol === 'https:' ? https.Agent : http.Agent;
  return {
    url,
    address: urlToHttpOptions(url),
    calls: new Agent({ ...pool, maxSockets: MAX_CALLS }),
    lasting: new Agent(pool),
    clock: options.clock,
    tls: {
      ...(options.certificateAuthority && { ca: options.certificateAuthority }),
      ...(options.insecureSkipTlsVerify && { rejectUnauthorized: false }),
      ...(options.tlsServerName && { servername: options.tlsServerName }),
    },
  };
}

async function withCredentials<T>(
  source: CredentialSource,
  signal: AbortSignal | undefined,
  attempt: (credentials: RequestCredentials) => Promise<{ value: T; refused: boolean; discard?: () => void }>,
): Promise<T> {
  const credentials = await source.current(signal);
  const first = await attempt(credentials);
  if (!first.refused || !(await source.refused(credentials, signal))) return first.value;
  first.discard?.();
  return (await attempt(await source.current(signal))).value;
}

function exchange(
  endpoint: Endpoint,
  { method, path, query, headers, body, lasting = false, signal }: TransportRequest,
  credentials: RequestCredentials,
): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const request = (endpoint.url.protocol === 'https:' ? https : http).request({
      ...endpoint.address,
      path: target(endpoint, path, query),
      ...connectionOptions(endpoint, credentials),
      agent: lasting ? endpoint.lasting : endpoint.calls,
      method,
      headers: {
        ...headers,
        ...credentials.headers,
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
    });
    const connected = watchConnection(request);
    let response: http.IncomingMessage | undefined;
    const onAbort = () => {
      if (response) response.destroy(signal?.reason);
      else reject(signal?.reason);
      request.destroy();
    };
    const release = () => signal?.removeEventListener('abort', onAbort);
    signal?.addEventListener('abort', onAbort, { once: true });

    request.on('response', (incoming) => {
      response = incoming;
      incoming.once('close', release);
      // Its reader gets the error from reading; before it has begun to, an abort must not end the process.
      incoming.on('error', () => undefined);
      resolve({ status: incoming.statusCode ?? 0, headers: flatHeaders(incoming.headers), body: incoming });
    });
    // After the response has begun, its body carries the error.
    request.on('error', (error) => {
      release();
      reject(connectionFailed(endpoint, error, connected()));
    });
    request.end(body);
  });
}

function upgrade(
  endpoint: Endpoint,
  { path, query, headers, protocols, signal }: ConnectRequest,
  credentials: RequestCredentials,
): Promise<Channel | UpgradeRefused> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const url = new URL(target(endpoint, path, query), endpoint.url);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    let connected = () => false;
    const settings = {
      ...connectionOptions(endpoint, credentials),
      agent: endpoint.lasting,
      headers: { ...headers, ...credentials.headers },
      // Data is often compressed already, and the API server does not offer it.
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE,
      closeTimeout: 1_000,
      // Masks protect proxies that can read along from what web pages send. Inside TLS, and on this machine, there are none; and a
      // mask of zeros spares a copy of everything that is sent.
      ...(isPrivate(endpoint.url) && { generateMask: (mask: Buffer) => mask.fill(0) }),
      finishRequest: (request: http.ClientRequest) => {
        connected = watchConnection(request);
        request.end();
      },
    };
    const socket = new WebSocket(url, protocols, settings);
    const onAbort = () => {
      reject(signal?.reason);
      socket.terminate();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    const release = () => signal?.removeEventListener('abort', onAbort);
    // ws reports an aborted handshake as an error too: the promise is settled by then.
    const onError = (error: Error) => {
      release();
      reject(connectionFailed(endpoint, error, connected()));
    };
    socket.once('error', onError);
    socket.once('unexpected-response', (request, response) => {
      release();
      readRefusal(response)
        .then(resolve, (error: Error) => reject(connectionFailed(endpoint, error, true)))
        .finally(() => request.destroy());
    });
    socket.once('open', () => {
      release();
      socket.removeListener('error', onError);
      resolve(webSocketChannel(socket, endpoint.clock, signal));
    });
  });
}

/** Kubernetes sends at most 64 KiB at a time; what is far beyond that is not a channel message. */
const MAX_MESSAGE = 16 * 1024 * 1024;

/** What follows the host. */
function target({ url }: Endpoint, path: string, query: [string, string][] = []): string {
  const own = url.pathname.replace(/\/+$/, '') + path;
  return query.length === 0 ? own : `${own}?${new URLSearchParams(query).toString()}`;
}

function isPrivate({ protocol, hostname }: URL): boolean {
  return (
    protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  );
}

/** Sockets are pooled by these: a renewed client certificate gets connections of its own. */
function connectionOptions(endpoint: Endpoint, credentials: RequestCredentials): https.RequestOptions {
  return {
    ...endpoint.tls,
    ...(credentials.clientCertificate && { cert: credentials.clientCertificate, key: credentials.clientKey }),
  };
}

/** Tells, when asked, whether the request's connection was ever there to carry it. */
function watchConnection(request: http.ClientRequest): () => boolean {
  let connected = false;
  request.on('socket', (socket) => {
    if (!socket.connecting) connected = true;
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => (connected = true));
  });
  return () => connected;
}

function connectionFailed({ url }: Endpoint, error: NodeJS.ErrnoException, sent: boolean): ConnectionFailed {
  const fault = error.message || error.code || 'the connection broke';
  return new ConnectionFailed(
    `no answer from the API server ${url.origin}: ${fault}`,
    { sent, transient: !isLasting(error) },
    error,
  );
}

/** Failures that the next attempt will meet again. */
function isLasting(error: NodeJS.ErrnoException): boolean {
  // An abort's code is a number.
  const code = typeof error.code === 'string' ? error.code : '';
  return (
    code.startsWith('ERR_TLS_') ||
    code.startsWith('ERR_OSSL_') ||
    code.startsWith('ERR_INVALID_') ||
    code.startsWith('CERT_') ||
    code.includes('SELF_SIGNED') ||
    code.startsWith('UNABLE_TO_') ||
    code === 'HOSTNAME_MISMATCH' ||
    code === 'EPROTO'
  );
}

async function readRefusal(response: http.IncomingMessage): Promise<UpgradeRefused> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_REFUSAL) break;
  }
  return new UpgradeRefused({
    status: response.statusCode ?? 0,
    headers: flatHeaders(response.headers),
    body: Buffer.concat(chunks).toString('utf8'),
  });
}

const MAX_REFUSAL = 64 * 1024;

function flatHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
