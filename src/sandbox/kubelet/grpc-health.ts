import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';

/** What a server said of a service by the protocol grpc.health.v1: a status, or why it gave none. */
export type HealthAnswer = { status: string } | { code: string; message: string };

/**
 * Opens HTTP/2 on a connection, without TLS. Resolves once the server speaks it too.
 * @param address as the server is to be named.
 */
export async function openHealthSession(
  socket: Duplex,
  address: string,
  signal: AbortSignal,
): Promise<ClientHttp2Session> {
  const session = connect(`http://${address}`, { createConnection: () => socket });
  session.on('error', () => undefined); // told by the events that are waited for, and after them to nobody
  signal.addEventListener('abort', () => session.destroy(), { once: true });
  await once(session, 'remoteSettings', { signal });
  return session;
}

/** Asks how a service is; `''` is the server as a whole. */
export async function checkHealth(
  session: ClientHttp2Session,
  service: string,
  signal: AbortSignal,
): Promise<HealthAnswer> {
  const request = session.request({
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    'user-agent': 'kube-probe/1.34',
    te: 'trailers',
  });
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  request.on('response', (received) => (headers = received));
  request.on('trailers', (received) => (trailers = received));
  request.end(frame(encodeRequest(service)));
  const body: Buffer[] = [];
  const abort = () => request.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    for await (const chunk of request) if (Buffer.isBuffer(chunk)) body.push(chunk);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return readAnswer({ ...headers, ...trailers }, Buffer.concat(body));
}

/** By number: https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const CODES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

function readAnswer(headers: IncomingHttpHeaders, body: Buffer): HealthAnswer {
  const status = headers['grpc-status'];
  if (status === undefined) {
    const http = headers[':status'] ?? '';
    // gRPC's table for answers of servers that do not know it.
    const code = Number(http) === 404 ? 'Unimplemented' : 'Unknown';
    return { code, message: `unexpected HTTP status code received from server: ${String(http)}` };
  }
  const code = CODES[Number(status)] ?? `Code(${String(status)})`;
  if (code !== 'OK') return { code, message: decodeURIComponent(String(headers['grpc-message'] ?? '')) };
  return { status: STATUSES[statusIn(body)] ?? String(statusIn(body)) };
}

/** A message as gRPC sends it: not compressed, its length, itself. */
function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Protobuf: field 1, a string. */
function encodeRequest(service: string): Buffer {
  const text = Buffer.from(service);
  if (text.length === 0) return text;
  const length: number[] = [];
  for (let left = text.length; ; left >>>= 7) {
    length.push(left > 0x7f ? (left & 0x7f) | 0x80 : left);
    if (left <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from([0x0a, ...length]), text]);
}

/** Protobuf: field 1, a number; 0 where it is absent. */
const statusIn = (body: Buffer): number => (body[5] === 0x08 ? (body[6] ?? 0) : 0);
