import { PassThrough, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { callbackify } from 'node:util';
import type { Channel } from '../../kubernetes/transport.ts';
import type { AcceptedUpgrade, UpgradeRequest } from './api-exchange.ts';
import { fieldsOf, textOf, valueAt } from './json-value.ts';
import type { NodeAgent } from './node-agent.ts';
import { chooseContainer, containerStatus } from './pod-container.ts';
import type { ApiObject } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import { StatusError, badRequest, internalError, notSupported } from './status-error.ts';

/** The channels of a remote command, in the first byte of each message. */
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const RESIZE = 4;
/** Since v5: the second byte names a channel that its sender has ended. */
const CLOSE = 255;

/** Newest first; they differ for us only in v5's closing of single channels. */
export const EXEC_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** A request to run a command in a container, over a WebSocket. */
export function acceptExec(context: ServerContext, pod: ApiObject, request: UpgradeRequest): AcceptedUpgrade {
  const { query } = request;
  const container = chooseContainer(pod, query.get('container') ?? '');
  const command = query.getAll('command');
  if (command.length === 0) throw badRequest('you must specify at least one command for the container');
  refuseUnrunnable(pod, container);
  if (!context.nodeAgent) throw notSupported('exec without a node (it was started as an API server only)');
  const protocol = EXEC_PROTOCOLS.find((known) => request.protocols.includes(known));
  if (protocol === undefined) {
    throw badRequest(
      `unable to upgrade: none of the protocols ${JSON.stringify(request.protocols)} is known; known are ${JSON.stringify(EXEC_PROTOCOLS)}`,
    );
  }
  const asked = (name: string) => query.get(name) === 'true' || query.get(name) === '1';
  const run = {
    agent: context.nodeAgent,
    pod,
    container,
    command,
    tty: asked('tty'),
    stdin: asked('stdin'),
    stdout: asked('stdout'),
    stderr: asked('stderr'),
    stopped: context.stopped,
  };
  return { protocol, serve: (channel) => serveExec(channel, run) };
}

interface Run {
  agent: NodeAgent;
  pod: ApiObject;
  container: string;
  command: string[];
  tty: boolean;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  stopped: AbortSignal;
}

function refuseUnrunnable(pod: ApiObject, container: string): void {
  const phase = textOf(valueAt(pod, 'status', 'phase'));
  if (phase === 'Succeeded' || phase === 'Failed') {
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  }
  if (!valueAt(pod, 'spec', 'nodeName'))
    throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  if (fieldsOf(containerStatus(pod, container)?.state).running !== undefined) return;
  throw new StatusError(
    500,
    'InternalError',
    `unable to upgrade connection: container not found (${JSON.stringify(container)})`,
  );
}

async function serveExec(channel: Channel, run: Run): Promise<void> {
  const gone = new AbortController();
  const onStop = () => {
    gone.abort();
    channel.close();
  };
  run.stopped.addEventListener('abort', onStop, { once: true });
  const stdin = run.stdin ? new PassThrough() : undefined;
  const sizes = createSizes();
  const outputs: Writable[] = [];
  const output = (wanted: boolean, number: number) => {
    if (!wanted) return undefined;
    const stream = outputStream(channel, number);
    outputs.push(stream);
    return stream;
  };
  const stdout = output(run.stdout, STDOUT);
  const stderr = output(run.stderr && !run.tty, STDERR);
  const receiving = receive(channel, stdin, sizes).then(
    () => gone.abort(),
    () => gone.abort(),
  );
  try {
    const { exitCode } = await run.agent.exec(run.pod, run.container, {
      command: run.command,
      tty: run.tty,
      ...(stdin && { stdin }),
      ...(stdout && { stdout }),
      ...(stderr && { stderr }),
      ...(run.tty && { resize: sizes }),
      signal: gone.signal,
    });
    await Promise.all(outputs.map(ended));
    await channel.send(statusMessage(exitCode === 0 ? success() : nonZero(run.command, exitCode)));
  } catch (error) {
    // A client that has gone hears nothing; any other learns why its command did not run.
    if (!gone.signal.aborted) {
      const message = error instanceof Error ? error.message : String(error);
      await channel.send(
        statusMessage(internalError(`error executing command in container: ${message}`).status),
      );
    }
  } finally {
    run.stopped.removeEventListener('abort', onStop);
    stdin?.destroy();
    sizes.end();
    channel.close();
    await receiving;
  }
}

/** Takes the client's messages until its connection ends, no faster than the command takes its input. */
async function receive(channel: Channel, stdin: PassThrough | undefined, sizes: Sizes): Promise<void> {
  for await (const message of channel.messages) {
    const body = message.subarray(1);
    if (message[0] === CLOSE && body[0] === STDIN) stdin?.end();
    else if (message[0] === RESIZE) sizes.add(body);
    else if (message[0] === STDIN && stdin?.writable && body.length > 0) {
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

function outputStream(channel: Channel, number: number): Writable {
  const write = async (chunk: Buffer): Promise<void> => {
    const message = Buffer.allocUnsafe(chunk.length + 1);
    message[0] = number;
    chunk.copy(message, 1);
    await channel.send(message);
  };
  const written = callbackify(write);
  return new Writable({ write: (chunk: Buffer, _encoding, done) => written(chunk, done) });
}

async function ended(stream: Writable): Promise<void> {
  if (!stream.writableEnded) stream.end();
  if (!stream.writableFinished) await finished(stream);
}

interface Sizes extends AsyncIterable<{ width: number; height: number }> {
  add(message: Uint8Array): void;
  end(): void;
}

/** The sizes of the client's terminal. Only the latest matters to a reader that was busy. */
function createSizes(): Sizes {
  let latest: { width: number; height: number } | undefined;
  let closed = false;
  let wake: (() => void) | undefined;
  return {
    add(message) {
      const { Width, Height } = fieldsOf(parsed(message));
      if (typeof Width === 'number' && typeof Height === 'number') latest = { width: Width, height: Height };
      wake?.();
    },
    end() {
      closed = true;
      wake?.();
    },
    async *[Symbol.asyncIterator]() {
      while (!closed) {
        const size = latest;
        latest = undefined;
        if (size) yield size;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

function parsed(message: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(message).toString('utf8'));
  } catch {
    // A size that cannot be read is of no consequence to the command; the terminal keeps the one it has.
    return undefined;
  }
}

const statusMessage = (status: object): Uint8Array =>
  Buffer.concat([Buffer.from([STATUS]), Buffer.from(JSON.stringify(status))]);

const success = () => ({ metadata: {}, status: 'Success' });

const nonZero = (command: string[], exitCode: number) => ({
  metadata: {},
  status: 'Failure',
  message: `command terminated with non-zero exit code: error executing command [${command.join(' ')}], exit code ${exitCode}`,
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
});
