import type { Readable, Writable } from 'node:stream';
import { ApiError } from './api-error.ts';
import { ExecFailed, ExecLost } from './client.ts';
import type { ExecOptions, ExecResult } from './client.ts';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { failedResponse, isOfApiServer } from './failed-response.ts';
import type { Status } from './objects.ts';
import { ConnectionFailed, UpgradeRefused } from './transport.ts';
import { WORK_ENDED } from './work-ended.ts';
import type { Channel, Transport } from './transport.ts';

/**
 * Runs a command in a container, over Kubernetes' channel protocol: each message begins with the number of its stream.
 * Never tried again: whether a lost command ran is for the caller to find out, as is how long one that did not begin is waited for.
 * The result comes after all output is written. When the command ends before its stdin does, the rest of stdin is dropped.
 */
export async function execInPod(
  transport: Transport,
  request: { path: string; headers: Record<string, string> },
  clock: Clock,
  options: ExecOptions,
): Promise<ExecResult> {
  const { timeout, signal, stdin } = options;
  const what = `the command in ${request.path}`;
  try {
    return await withDeadline({ clock, timeout, signal, what }, async (scope) => {
      const channel = await connect(transport, request, options, scope);
      return await converse(channel, clock, options, scope);
    });
  } finally {
    stdin?.destroy();
  }
}

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
/** v5: the sender will write no more to the channel whose number follows. */
const CLOSE = 255;

const V5 = 'v5.channel.k8s.io';
const V4 = 'v4.channel.k8s.io';

async function connect(
  transport: Transport,
  { path, headers }: { path: string; headers: Record<string, string> },
  options: ExecOptions,
  signal: AbortSignal,
): Promise<Channel> {
  // v4 can't say that stdin has ended: a command that reads to the end would hang, or take a cut connection for the end.
  const protocols = options.stdin ? [V5] : [V5, V4];
  try {
    return await transport.connect({ path, query: execQuery(options), headers, protocols, signal });
  } catch (error) {
    // The API server may have begun the command, its answer being what was lost.
    if (error instanceof ConnectionFailed && error.sent) throw new ExecLost(error);
    if (!(error instanceof UpgradeRefused)) throw error;
    const refusal = failedResponse({ method: 'GET', path }, error.response);
    // So may one behind a gateway that speaks for it.
    if (refusal.code >= 500 && !isOfApiServer(error.response)) throw new ExecLost(refusal);
    const isProtocolRefused = refusal.code === 400 && /protocol/i.test(refusal.message);
    if (!options.stdin || !isProtocolRefused) throw refusal;
    throw new ApiError(refusal.code, {
      ...refusal.status,
      message: `the API server does not speak ${V5} (Kubernetes 1.30 or later does), without which the end of a command's input can't be told to it: ${refusal.message}`,
    });
  }
}

function execQuery({ container, command, stdin, stdout, stderr, tty }: ExecOptions): [string, string][] {
  // The server insists on at least one stream.
  const wantsStdout = stdout !== undefined || (stdin === undefined && stderr === undefined);
  return [
    ...(container ? ([['container', container]] satisfies [string, string][]) : []),
    ...command.map((word): [string, string] => ['command', word]),
    ...[
      { name: 'stdin', wanted: stdin !== undefined },
      { name: 'stdout', wanted: wantsStdout },
      { name: 'stderr', wanted: stderr !== undefined && !tty },
      { name: 'tty', wanted: tty === true },
    ].flatMap(({ name, wanted }): [string, string][] => (wanted ? [[name, 'true']] : [])),
  ];
}

async function converse(
  channel: Channel,
  clock: Clock,
  options: ExecOptions,
  signal: AbortSignal,
): Promise<ExecResult> {
  const over = new AbortController();
  const failed = new Promise<never>((_resolve, reject) => {
    over.signal.addEventListener('abort', () => reject(over.signal.reason), { once: true });
  });
  const fail = (reason: unknown) => over.abort(reason);
  const onAbort = () => fail(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  if (options.stdin) sendStdin(channel, options.stdin, over.signal).catch(fail);
  const output = receive(channel, clock, options, over.signal, fail);
  // Where `failed` comes first, what `output` meets afterwards is only its consequence; and the other way round.
  output.catch(() => undefined);
  try {
    return await Promise.race([output, failed]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    failed.catch(() => undefined);
    fail(new Error('the command has ended'));
    channel.close();
  }
}

/**
 * Rejects where `stdin` itself fails: its end must then not be told to the command, which would take what it has for the
 * whole. A connection that takes no more is not reported here: what was received tells why.
 */
async function sendStdin(channel: Channel, stdin: Readable, over: AbortSignal): Promise<void> {
  const send = async (message: Uint8Array): Promise<boolean> => {
    if (over.aborted) return false;
    try {
      await channel.send(message);
      return true;
    } catch {
      return false;
    }
  };
  // 300 MB as frames of their own would be 300 MB for the garbage collector.
  const reused = channel.returnsMessages ? Buffer.allocUnsafe(FRAME + 1) : undefined;
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let start = 0; start < bytes.length; start += FRAME) {
      if (!(await send(frame(STDIN, bytes.subarray(start, start + FRAME), reused)))) return;
    }
  }
  await send(frame(CLOSE, Uint8Array.of(STDIN)));
}

/** As large as client-go's, which every server takes. */
const FRAME = 32 * 1024;

function frame(stream: number, data: Uint8Array, reused?: Buffer): Uint8Array {
  const message = reused?.subarray(0, data.length + 1) ?? Buffer.allocUnsafe(data.length + 1);
  message[0] = stream;
  message.set(data, 1);
  return message;
}

async function receive(
  channel: Channel,
  clock: Clock,
  options: ExecOptions,
  over: AbortSignal,
  fail: (reason: unknown) => void,
): Promise<ExecResult> {
  const messages = channel.messages[Symbol.asyncIterator]();
  const stdout = outputTo(options.stdout, over, fail);
  const stderr = outputTo(options.stderr, over, fail);
  let status: Status | undefined;
  try {
    for (;;) {
      const message = await nextMessage(messages, status, clock);
      if (message === undefined) break;
      const data = message.subarray(1);
      if (message[0] === STDOUT) await stdout.write(data);
      else if (message[0] === STDERR) await stderr.write(data);
      else if (message[0] === ERROR && data.length > 0) status = parseExit(data);
    }
    await Promise.all([stdout.written(), stderr.written()]);
  } finally {
    stdout.release();
    stderr.release();
  }
  if (status === undefined) throw new ExecLost(new Error('the server closed the connection'));
  return exitOf(status);
}

/** The exit code comes after the output, but in some versions not quite: what follows it at once still counts. */
async function nextMessage(
  messages: AsyncIterator<Uint8Array>,
  status: Status | undefined,
  clock: Clock,
): Promise<Uint8Array | undefined> {
  const next = messages.next();
  if (status === undefined) {
    try {
      return valueOf(await next);
    } catch (error) {
      throw new ExecLost(error);
    }
  }
  const timer = new AbortController();
  const nothing = () => undefined;
  const late = clock.sleep(AFTER_STATUS, timer.signal).then(nothing, nothing);
  try {
    return valueOf(await Promise.race([next.catch(nothing), late]));
  } finally {
    timer.abort(WORK_ENDED);
  }
}

const AFTER_STATUS = 5_000;

function valueOf(next: IteratorResult<Uint8Array> | undefined): Uint8Array | undefined {
  return next === undefined || next.done ? undefined : next.value;
}

function parseExit(data: Uint8Array): Status {
  const text = Buffer.from(data).toString('utf8');
  try {
    const status: Status = JSON.parse(text);
    return status;
  } catch (error) {
    throw new ExecLost(error);
  }
}

function exitOf(status: Status): ExecResult {
  if (status.status === 'Success') return { exitCode: 0 };
  const exitCode = Number(
    status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message ?? NaN,
  );
  if (status.reason === 'NonZeroExitCode' && Number.isInteger(exitCode)) return { exitCode };
  // Over a WebSocket the API server puts in front what the kubelet has put there already.
  const message = status.message?.replace(/^(Internal error occurred: )+/, '$1');
  throw new ExecFailed(status.code ?? 500, { ...status, ...(message !== undefined && { message }) });
}

interface Output {
  /** Resolves when more can be written. */
  write(data: Uint8Array): Promise<void>;
  /** Resolves when everything has been taken. */
  written(): Promise<void>;
  release(): void;
}

/** Writes as fast as the destination takes it, and no further than `over`; a destination that fails ends the command's connection. */
function outputTo(
  destination: Writable | undefined,
  over: AbortSignal,
  fail: (reason: unknown) => void,
): Output {
  if (!destination) return { write: async () => {}, written: async () => {}, release: () => {} };
  const onError = (error: Error) => fail(error);
  const onClose = () => fail(new Error('the destination of the command’s output was closed before its end'));
  destination.on('error', onError);
  destination.on('close', onClose);
  let last: Promise<void> = Promise.resolve();
  return {
    write: async (data) => {
      if (over.aborted) throw over.reason;
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      if (!destination.write(data, () => resolve())) await unlessOver(last, over);
    },
    written: () => unlessOver(last, over),
    release: () => {
      destination.off('close', onClose);
      // An error of what was still on its way belongs to the destination's owner, as does its listener.
      destination.off('error', onError);
    },
  };
}

async function unlessOver(work: Promise<void>, over: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(over.reason);
  if (over.aborted) throw over.reason;
  over.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    over.removeEventListener('abort', onAbort);
  }
}
