import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import type { Clock } from '../../kubernetes/clock.ts';
import type { ContainerProcess } from './container-process.ts';
import type { Container, Handler } from './pod.ts';

export interface HandlerContext {
  process: ContainerProcess;
  container: Container;
  /** The pod's IP. */
  address: string;
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
  try {
    await Promise.race([act(handler, context, signal), expire(context, signal)]);
  } finally {
    done.abort();
  }
}

async function act(handler: Handler, context: HandlerContext, signal: AbortSignal): Promise<void> {
  if (handler.exec) await runCommand(handler.exec.command ?? [], context, signal);
  else if (handler.tcpSocket) await openConnection(handler.tcpSocket, context, signal);
  else if (handler.httpGet) await requestPage(handler.httpGet, context, signal);
  else if (handler.sleep) await context.clock.sleep(handler.sleep.seconds * 1000, signal);
  else throw new Error('the handler has none of exec, tcpSocket, httpGet and sleep');
}

async function expire({ clock, timeout }: HandlerContext, signal: AbortSignal): Promise<void> {
  await clock.sleep(timeout, signal);
  throw new Error(`command timed out after ${timeout / 1000}s`);
}

async function runCommand(
  command: string[],
  { process }: HandlerContext,
  signal: AbortSignal,
): Promise<void> {
  const output: Buffer[] = [];
  const collect = () =>
    new Writable({
      write(chunk: Buffer, _encoding, callback) {
        if (output.length < 100) output.push(chunk);
        callback();
      },
    });
  const exitCode = await process.exec({ command, tty: false, stdout: collect(), stderr: collect(), signal });
  if (exitCode !== 0)
    throw new Error(Buffer.concat(output).toString().slice(0, 1024) || `command exited with ${exitCode}`);
}

function openConnection(
  tcp: NonNullable<Handler['tcpSocket']>,
  context: HandlerContext,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: tcp.host ?? context.address,
      port: portOf(tcp.port, context.container),
      signal,
    });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', (error) => reject(new Error(`dial tcp: ${error.message}`, { cause: error })));
  });
}

function requestPage(
  http: NonNullable<Handler['httpGet']>,
  context: HandlerContext,
  signal: AbortSignal,
): Promise<void> {
  const secure = http.scheme === 'HTTPS';
  const options = {
    host: http.host ?? context.address,
    port: portOf(http.port, context.container),
    path: http.path ?? '/',
    headers: Object.fromEntries((http.httpHeaders ?? []).map(({ name, value }) => [name, value])),
    agent: false as const,
    signal,
  };
  return new Promise((resolve, reject) => {
    // A kubelet does not check certificates either: probes address pods by their IP.
    const request = secure ? requestHttps({ ...options, rejectUnauthorized: false }) : requestHttp(options);
    request.once('error', reject);
    request.once('response', (response) => {
      const code = response.statusCode ?? 0;
      response.destroy();
      if (code >= 200 && code < 400) resolve();
      else reject(new Error(`HTTP probe failed with statuscode: ${code}`));
    });
    request.end();
  });
}

function portOf(port: number | string, container: Container): number {
  const named = container.ports?.find(({ name }) => name === port);
  const number = named ? named.containerPort : Number(port);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`couldn't find port: ${port}`);
}
