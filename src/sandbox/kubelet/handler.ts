import type { ClientHttp2Session } from 'node:http2';
import { Writable } from 'node:stream';
import type { Clock } from '../../kubernetes/clock.ts';
import type { ContainerNetwork, RunningContainer } from './container-runtime.ts';
import { checkHealth, openHealthSession } from './grpc-health.ts';
import type { Container, Handler } from './pod.ts';

export interface HandlerContext {
  process: RunningContainer;
  container: Container;
  /** The pod's IP. */
  address: string;
  network: ContainerNetwork;
  clock: Clock;
  /** Milliseconds. */
  timeout: number;
  signal: AbortSignal;
}

/**
 * Runs a probe's or a hook's action once. Resolves when it succeeded.
 * @throws {Error} with a kubelet's words for the failure.
 */
export async function runHandler(handler: Handler, context: HandlerContext): Promise<void> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, context.signal]);
  const progress: Progress = {};
  try {
    await Promise.race([act(handler, context, signal, progress), expire(handler, context, signal, progress)]);
  } finally {
    done.abort();
  }
}

/** How far a gRPC probe has come. */
interface Progress {
  isConnected?: boolean;
}

async function act(
  handler: Handler,
  context: HandlerContext,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  const { address, container, network, clock } = context;
  if (handler.exec) await runCommand(handler.exec.command ?? [], context, signal);
  else if (handler.tcpSocket) {
    const { host, port } = handler.tcpSocket;
    const socket = await network.connect(host ?? address, portOf(port, container), signal);
    socket.destroy();
  } else if (handler.httpGet) {
    const { host, port, path = '/', scheme, httpHeaders = [] } = handler.httpGet;
    const page = {
      secure: scheme === 'HTTPS',
      host: host ?? address,
      port: portOf(port, container),
      path: path.startsWith('/') ? path : `/${path}`,
      headers: {
        'user-agent': 'kube-probe/1.34',
        accept: '*/*',
        ...Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])),
      },
    };
    const code = await network.request(page, signal);
    if (code < 200 || code >= 400) throw new Error(`HTTP probe failed with statuscode: ${code}`);
  } else if (handler.sleep) await clock.sleep(handler.sleep.seconds * 1000, signal);
  else if (handler.grpc) await askHealth(handler.grpc, context, signal, progress);
  else throw new Error('missing probe handler');
}

async function expire(
  handler: Handler,
  { clock, timeout, address }: HandlerContext,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  await clock.sleep(timeout, signal);
  if (handler.exec)
    throw new Error(
      `command timed out: ${JSON.stringify(handler.exec.command?.join(' '))} timed out after ${timeout / 1000}s`,
    );
  if (handler.grpc)
    throw new Error(
      progress.isConnected
        ? `timeout: health rpc did not complete within ${timeout / 1000}s`
        : `timeout: failed to connect service "${address}:${handler.grpc.port}" within ${timeout / 1000}s: context deadline exceeded`,
    );
  throw new Error('context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
}

/** Milliseconds until a gRPC client connects again that was refused. */
const RECONNECT = 1000;

async function askHealth(
  { port, service = '' }: NonNullable<Handler['grpc']>,
  { address, network, clock }: HandlerContext,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  let session: ClientHttp2Session | undefined;
  while (!session) {
    try {
      session = await openHealthSession(
        await network.connect(address, port, signal),
        `${address}:${port}`,
        signal,
      );
    } catch {
      await clock.sleep(RECONNECT, signal); // like any gRPC client, until its time is up
    }
  }
  progress.isConnected = true;
  try {
    const answer = await checkHealth(session, service, signal);
    if ('status' in answer) {
      if (answer.status !== 'SERVING')
        throw new Error(`service unhealthy (responded with ${JSON.stringify(answer.status)})`);
    } else if (answer.code === 'Unimplemented')
      throw new Error(
        `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${answer.message}`,
      );
    else
      throw new Error(
        `error: health rpc probe failed: rpc error: code = ${answer.code} desc = ${answer.message}`,
      );
  } finally {
    session.destroy();
  }
}

/** A failed probe is reported with what the command printed. */
async function runCommand(
  command: string[],
  { process }: HandlerContext,
  signal: AbortSignal,
): Promise<void> {
  const output: Buffer[] = [];
  let size = 0;
  const collect = () =>
    new Writable({
      write(chunk: Buffer, _encoding, callback) {
        if (size < LONGEST_OUTPUT) output.push(chunk);
        size += chunk.length;
        callback();
      },
    });
  const exitCode = await process.exec({ command, tty: false, stdout: collect(), stderr: collect(), signal });
  if (exitCode !== 0) throw new Error(Buffer.concat(output).toString().slice(0, LONGEST_OUTPUT));
}

const LONGEST_OUTPUT = 10 * 1024;

function portOf(port: number | string, container: Container): number {
  const named = container.ports?.find(({ name }) => name === port);
  const number = named ? named.containerPort : Number(port);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`couldn't find port: ${port}`);
}
