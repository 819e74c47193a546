import { PassThrough, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { callbackify } from 'node:util';
import type { Channel } from '../../kubernetes/transport.ts';
import { createTerminalSizes, type TerminalSizes } from './terminal-sizes.ts';
import type { RemoteCommand } from './remote-command.ts';
import { endMessage } from './remote-command-status.ts';

/** The channels of a remote command, in the first byte of each message. */
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const RESIZE = 4;
/** Since v5: the second byte names a channel that its sender has ended. */
const CLOSE = 255;

/** Serves a remote command over a WebSocket. */
export async function serveRemoteChannels(
  channel: Channel,
  protocol: string,
  command: RemoteCommand,
): Promise<void> {
  const gone = new AbortController();
  const onStop = () => {
    gone.abort();
    channel.close();
  };
  command.stopped.addEventListener('abort', onStop, { once: true });
  const stdin = command.stdin ? new PassThrough() : undefined;
  const sizes = createTerminalSizes();
  const stdout = command.stdout ? outputStream(channel, STDOUT) : undefined;
  const stderr = command.stderr ? outputStream(channel, STDERR) : undefined;
  const receiving = receive(channel, stdin, sizes).then(
    () => gone.abort(),
    () => gone.abort(),
  );
  const sendEnd = (end: Parameters<typeof endMessage>[0]) => {
    const text = endMessage(end, protocol, command.label);
    return text === '' ? undefined : channel.send(message(STATUS, Buffer.from(text)));
  };
  try {
    // An empty message tells the client that the connection stands.
    await channel.send(message(stdout ? STDOUT : stderr ? STDERR : STATUS, Buffer.alloc(0)));
    const { exitCode } = await command.run({
      ...(stdin && { stdin }),
      ...(stdout && { stdout }),
      ...(stderr && { stderr }),
      ...(command.tty && { resize: sizes }),
      signal: gone.signal,
    });
    await Promise.all([stdout, stderr].map(ended));
    await sendEnd({ exitCode });
  } catch (error) {
    // A client that has gone hears nothing; any other learns why its command did not run.
    if (!gone.signal.aborted) await sendEnd({ failure: error });
  } finally {
    command.stopped.removeEventListener('abort', onStop);
    stdin?.destroy();
    sizes.end();
    channel.close();
    await receiving;
  }
}

/** Takes the client's messages until its connection ends, no faster than the command takes its input. */
async function receive(
  channel: Channel,
  stdin: PassThrough | undefined,
  sizes: TerminalSizes,
): Promise<void> {
  for await (const received of channel.messages) {
    const body = received.subarray(1);
    if (received[0] === CLOSE && body[0] === STDIN) stdin?.end();
    else if (received[0] === RESIZE) sizes.add(body);
    else if (received[0] === STDIN && stdin?.writable && body.length > 0) {
      if (!stdin.write(body)) await drained(stdin);
    }
  }
  stdin?.end();
}

/** Resolves when more can be written, or nothing more will be read. */
function drained(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}

/** Bytes of output that are read while the connection takes those before. */
const READ_AHEAD = 256 * 1024;

/** A message may be filled again once it is sent, where the channel returns it: a gigabyte of new ones would be one for the garbage collector. */
function outputStream(channel: Channel, number: number): Writable {
  let reused = Buffer.alloc(0);
  const fill = (chunks: Buffer[]) => {
    const size = chunks.reduce((sum, { length }) => sum + length, 1);
    if (!channel.returnsMessages || reused.length < size) reused = Buffer.allocUnsafeSlow(size);
    reused[0] = number;
    let at = 1;
    for (const chunk of chunks) {
      reused.set(chunk, at);
      at += chunk.length;
    }
    return reused.subarray(0, size);
  };
  const sent = callbackify((chunks: Buffer[]) => channel.send(fill(chunks)));
  return new Writable({
    highWaterMark: READ_AHEAD,
    write: (chunk: Buffer, _encoding, done) => sent([chunk], done),
    writev: (chunks, done) =>
      sent(
        chunks.map(({ chunk }) => chunk as Buffer),
        done,
      ),
  });
}

async function ended(stream: Writable | undefined): Promise<void> {
  if (!stream) return;
  if (!stream.writableEnded) stream.end();
  if (!stream.writableFinished) await finished(stream);
}

const message = (number: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([number]), body]);
