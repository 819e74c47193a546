import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { serveSpdy } from '../spdy/spdy-connection.ts';
import type { SpdyStream } from '../spdy/spdy-stream.ts';
import type { RemoteCommand } from './remote-command.ts';
import { endMessage } from './remote-command-status.ts';
import { createTerminalSizes } from './terminal-sizes.ts';

/** Milliseconds that a client may take to open the streams that it has asked for. */
const STREAM_CREATION_TIMEOUT = 30_000;

/** Serves a remote command over SPDY: a stream for each of stdin, stdout, stderr, resize, and `error` for how it ended. */
export async function serveRemoteStreams(
  socket: Duplex,
  protocol: string,
  command: RemoteCommand,
): Promise<void> {
  const hasSizes = protocol === 'v4.channel.k8s.io' || protocol === 'v3.channel.k8s.io';
  const awaited = new Set([
    'error',
    ...(command.stdin ? ['stdin'] : []),
    ...(command.stdout ? ['stdout'] : []),
    ...(command.stderr ? ['stderr'] : []),
    ...(command.tty && hasSizes ? ['resize'] : []),
  ]);
  const streams = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<void>();
  const gone = new AbortController();
  const connection = serveSpdy(socket, {
    clock: command.clock,
    onStream(stream) {
      const type = stream.headers.get('streamtype') ?? '';
      if (!awaited.has(type) || streams.has(type)) throw new Error(`unexpected stream type ${type}`);
      streams.set(type, stream);
      if (streams.size === awaited.size) complete.resolve();
    },
  });
  void connection.closed.then(() => gone.abort());
  const onStop = () => socket.destroy();
  command.stopped.addEventListener('abort', onStop, { once: true });
  try {
    await Promise.race([
      complete.promise,
      command.clock.sleep(STREAM_CREATION_TIMEOUT, gone.signal).then(() => {
        throw new Error('timed out waiting for client to create streams');
      }),
    ]);
    await runOver(streams, protocol, command, gone.signal);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    command.stopped.removeEventListener('abort', onStop);
    await connection.close();
  }
}

async function runOver(
  streams: Map<string, SpdyStream>,
  protocol: string,
  command: RemoteCommand,
  signal: AbortSignal,
): Promise<void> {
  const [stdin, stdout, stderr, resize] = ['stdin', 'stdout', 'stderr', 'resize'].map((type) =>
    streams.get(type),
  );
  const sizes = createTerminalSizes();
  resize?.on('data', (message: Buffer) => sizes.add(message));
  const error = streams.get('error');
  // Halves of streams that carry nothing are read to their end, or the client waits for them.
  for (const stream of [stdout, stderr, error]) stream?.resume();
  const end = await command
    .run({
      ...(stdin && { stdin }),
      ...(stdout && { stdout }),
      ...(stderr && { stderr }),
      ...(resize && { resize: sizes }),
      signal,
    })
    .catch((failure: unknown) => ({ failure }));
  sizes.end();
  for (const stream of [stdout, stderr]) {
    if (!stream || stream.destroyed) continue;
    if (!stream.writableEnded) stream.end();
    if (!stream.writableFinished) await finished(stream, { readable: false });
  }
  error?.end(endMessage(end, protocol, command.label));
  if (error && !error.writableFinished) await finished(error, { readable: false });
}
