import type { Readable } from 'node:stream';
import { ApiError } from './api-error.ts';
import type { Status } from './objects.ts';
import type { TransportResponse } from './transport.ts';

/** A refusal as an error, with the server's own Status where it sent one, as it nearly always does. */
export function failedResponse(
  request: { method: string; path: string },
  response: { status: number; headers: Record<string, string>; body: string },
): ApiError {
  const status = parseStatus(response.body) ?? genericStatus(request, response.status, response.body);
  const seconds = Number(response.headers['retry-after']);
  const retryAfter =
    response.headers['retry-after'] !== undefined && Number.isFinite(seconds) ? seconds : undefined;
  return new ApiError(response.status, status, retryAfter);
}

/** Whether a refusal is the API server's own, which sends a Status: a gateway before it sends what it likes. */
export function isOfApiServer({ body }: { body: string }): boolean {
  return parseStatus(body) !== undefined;
}

/** Reads what is left of a refusal, so that its connection can be used again; what is very long is cut. */
export async function readFailedResponse(
  request: { method: string; path: string },
  { status, headers, body }: TransportResponse,
): Promise<ApiError> {
  return failedResponse(request, { status, headers, body: await readText(body, MAX_REFUSAL) });
}

const MAX_REFUSAL = 1024 * 1024;

async function readText(body: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseStatus(body: string): Status | undefined {
  try {
    const value: Status | null = JSON.parse(body);
    return value?.kind === 'Status' ? value : undefined;
  } catch {
    return undefined; // not JSON: a proxy's page, or an error text
  }
}

/** What client-go makes of an answer without a Status: the same reasons, and texts that people know. */
function genericStatus(
  { method, path }: { method: string; path: string },
  code: number,
  body: string,
): Status {
  const text = body.trim().slice(0, 2048);
  const make = (reason: string, message: string): Status => ({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason,
    message: `${message} (${method} ${path})${text === '' ? '' : `: ${text}`}`,
  });
  switch (code) {
    case 400:
      return make('BadRequest', 'the server rejected our request for an unknown reason');
    case 401:
      return make('Unauthorized', 'the server has asked for the client to provide credentials');
    case 403:
      return make('Forbidden', 'the server does not allow access to the requested resource');
    case 404:
      return make('NotFound', 'the server could not find the requested resource');
    case 405:
      return make('MethodNotAllowed', 'the server does not allow this method on the requested resource');
    case 406:
      return make(
        'NotAcceptable',
        'the server was unable to respond with a content type that the client supports',
      );
    case 409:
      return make(method === 'POST' ? 'AlreadyExists' : 'Conflict', 'the server reported a conflict');
    case 410:
      return make('Expired', 'the requested version is no longer available');
    case 413:
      return make('RequestEntityTooLarge', 'the request is too large for the server');
    case 415:
      return make('UnsupportedMediaType', 'the server did not understand the content type of the request');
    case 422:
      return make('Invalid', 'the server rejected our request due to an error in our request');
    case 429:
      return make(
        'TooManyRequests',
        'the server has received too many requests and has asked us to try again later',
      );
    case 503:
      return make('ServiceUnavailable', 'the server is currently unable to handle the request');
    case 504:
      return make(
        'Timeout',
        'the server was unable to return a response in the time allotted, but may still be processing the request',
      );
    default:
      return make(code >= 500 ? 'InternalError' : 'Unknown', `the server answered ${code}`);
  }
}
