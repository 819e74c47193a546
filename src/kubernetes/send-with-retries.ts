import { ApiError } from './api-error.ts';
import type { Clock } from './clock.ts';
import { readFailedResponse } from './failed-response.ts';
import { ConnectionFailed } from './transport.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

/** Receives what is worth a line: an attempt that failed and is made again. */
export interface RetryLog {
  debug(fields: object, message: string): void;
}

export interface RetryOptions {
  clock: Clock;
  /** On `clock.monotonic()`: no wait goes beyond it. */
  deadline?: number | undefined;
  log?: RetryLog | undefined;
}

/**
 * Sends a request and gives a good answer to `consume`. What is tried again, at most {@link MAX_ATTEMPTS} times: any request after 429,
 * because the server did nothing, or when its connection was never made; a read also after 503 with Retry-After and after a
 * connection that broke, even halfway through the answer.
 * @throws {ApiError} when the server refused; {@link ConnectionFailed} when it could not be reached.
 */
export async function sendWithRetries<T>(
  transport: Transport,
  request: TransportRequest,
  { clock, deadline = Infinity, log }: RetryOptions,
  consume: (response: TransportResponse) => Promise<T>,
): Promise<T> {
  let breaks = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(transport, request, consume);
    } catch (error) {
      if (error instanceof ConnectionFailed) breaks += 1;
      const pause = pauseBeforeRetry(error, request, breaks);
      if (pause === undefined || attempt === MAX_ATTEMPTS || clock.monotonic() + pause >= deadline)
        throw error;
      log?.debug(
        { method: request.method, path: request.path, attempt, pause, err: error },
        'Request failed, trying again',
      );
      await clock.sleep(pause, request.signal);
    }
  }
}

const MAX_ATTEMPTS = 10;
const MAX_BREAKS = 3;

async function attemptOnce<T>(
  transport: Transport,
  request: TransportRequest,
  consume: (response: TransportResponse) => Promise<T>,
): Promise<T> {
  const response = await transport.send(request);
  try {
    if (response.status >= 300) throw await readFailedResponse(request, response);
    return await consume(response);
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason;
    if (!(error instanceof Error) || !isConnectionFault(error)) throw error;
    throw new ConnectionFailed(
      `the connection broke during the answer to ${request.method} ${request.path}: ${error.message}`,
      { sent: true, transient: true },
      error,
    );
  }
}

/** What a stream of Node's reports when its connection is gone. */
function isConnectionFault(error: NodeJS.ErrnoException): boolean {
  return ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE'].includes(
    error.code ?? '',
  );
}

/** Milliseconds; nothing where another attempt is not allowed, or would be of no use. */
function pauseBeforeRetry(error: unknown, { method }: TransportRequest, breaks: number): number | undefined {
  const isRead = method === 'GET';
  if (error instanceof ApiError) {
    if (error.code === 429) return (error.retryAfter ?? 1) * 1000;
    return isRead && error.code === 503 && error.retryAfter !== undefined
      ? error.retryAfter * 1000
      : undefined;
  }
  if (error instanceof ConnectionFailed && error.transient && breaks <= MAX_BREAKS) {
    return isRead || !error.sent ? 100 * 4 ** (breaks - 1) : undefined;
  }
  return undefined;
}
