import http from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import { gzip as zip } from 'node:zlib';
import type { TraceSettings } from './trace-settings.ts';

export interface CollectorAnswer {
  status: number;
  /** Milliseconds that the collector wants to be left alone. */
  retryAfter: number | undefined;
  body: Buffer;
}

export interface Collector {
  /** @throws when the collector can't be reached, does not answer in time, or the signal aborts */
  post(body: Buffer, signal: AbortSignal): Promise<CollectorAnswer>;
  /** Ends its connections. */
  close(): void;
}

/** More than any answer says. */
const MAX_ANSWER = 64 * 1024;

/** Takes requests over OTLP/HTTP. Redirections are not followed: the headers may hold credentials. */
export function connectCollector({ url, protocol, headers, timeout, gzip, tls }: TraceSettings): Collector {
  const isTls = url.protocol === 'https:';
  const agent = isTls ? new https.Agent({ keepAlive: true, ...tls }) : new http.Agent({ keepAlive: true });
  const contentType = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';

  return {
    async post(body, signal) {
      const sent = gzip ? await compressed(body) : body;
      const ends = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
      const request = (isTls ? https : http).request(url, {
        method: 'POST',
        agent,
        signal: ends,
        headers: {
          ...headers,
          'content-type': contentType,
          'content-length': sent.length,
          ...(gzip ? { 'content-encoding': 'gzip' } : {}),
        },
      });
      return await answerOf(request, sent).catch((error: unknown) => {
        // Node says only that it was aborted, not why.
        throw ends.aborted ? ends.reason : error;
      });
    },
    close: () => agent.destroy(),
  };
}

const compressed = promisify(zip);

function answerOf(request: http.ClientRequest, body: Buffer): Promise<CollectorAnswer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('error', reject);
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > MAX_ANSWER) response.destroy(new Error('the answer has no end'));
        else parts.push(part);
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: retryAfter(response.headers['retry-after']),
          body: Buffer.concat(parts),
        }),
      );
    });
    request.end(body);
  });
}

/** The form with a date is left out: it needs clocks that agree. */
function retryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}
