import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { serveSpdy } from '../spdy/spdy-connection.ts';
import type { SpdyStream } from '../spdy/spdy-stream.ts';
import type { PortForward } from './pod-port-forward.ts';

/** Milliseconds that a pair of streams may take to be complete. */
const STREAM_CREATION_TIMEOUT = 30_000;

interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
}

/** Forwards over SPDY: for each connection of the client's a pair of streams, `data` and `error`, with the same request ID. */
export async function forwardOverStreams(socket: Duplex, forward: PortForward): Promise<void> {
  const { clock, stopped } = forward.context;
  const pairs = new Map<string, Pair>();
  const gone = new AbortController();
  const connection = serveSpdy(socket, {
    clock,
    onStream(stream) {
      const port = portOf(stream);
      const type = stream.headers.get('streamtype') ?? '';
      if (type !== 'data' && type !== 'error') throw new Error(`invalid stream type ${type}`);
      const request = requestOf(stream, type);
      const pair: Pair = pairs.get(request) ?? {};
      if (pair[type]) throw new Error(`${type} stream already assigned`);
      pair[type] = stream;
      if (pairs.has(request)) {
        pairs.delete(request);
        if (pair.data && pair.error) void forwardPair(port, pair.data, pair.error, forward, gone.signal);
        return;
      }
      pairs.set(request, pair);
      void expire(request, pair);
    },
  });
  async function expire(request: string, pair: Pair): Promise<void> {
    await clock.sleep(STREAM_CREATION_TIMEOUT, gone.signal).catch(() => undefined); // the connection is over
    if (pairs.get(request) !== pair) return;
    pairs.delete(request);
    pair.error?.end(`(request=${request}) timed out waiting for streams`);
    pair.data?.destroy();
  }
  const onStop = () => socket.destroy();
  stopped.addEventListener('abort', onStop, { once: true });
  await connection.closed;
  stopped.removeEventListener('abort', onStop);
  gone.abort();
}

async function forwardPair(
  port: number,
  data: SpdyStream,
  error: SpdyStream,
  forward: PortForward,
  signal: AbortSignal,
): Promise<void> {
  error.resume();
  try {
    const target = await forward.connect(port, signal);
    await Promise.all([pipeline(data, target), pipeline(target, data)]);
    error.end();
  } catch (problem) {
    if (data.destroyed && !data.readableEnded) error.end(); // the client has dropped this connection
    else error.end(problem instanceof Error ? problem.message : String(problem));
    data.destroy();
  }
}

function portOf(stream: SpdyStream): number {
  const text = stream.headers.get('port') ?? '';
  const port = Number(text);
  if (/^\d+$/.test(text) && port > 0 && port < 65_536) return port;
  throw new Error(`unable to parse ${JSON.stringify(text)} as a port`);
}

/** Clients before request IDs open the error stream first and the data stream right after it. */
function requestOf(stream: SpdyStream, type: 'data' | 'error'): string {
  const id = stream.headers.get('requestid') ?? '';
  if (id !== '') return id;
  return String(type === 'error' ? stream.id : stream.id - 2);
}
