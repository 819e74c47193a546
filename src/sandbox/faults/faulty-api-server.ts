import { Readable } from 'node:stream';
import type { Clock } from '../../kubernetes/clock.ts';
import { jsonResponse } from '../apiserver/api-exchange.ts';
import type { ApiRequest, ApiResponse } from '../apiserver/api-exchange.ts';
import type { ApiServer } from '../apiserver/api-server.ts';
import { requestAttributes } from '../apiserver/auth/request-attributes.ts';
import type { RequestAttributes } from '../apiserver/auth/request-attributes.ts';
import { StatusError } from '../apiserver/status-error.ts';
import { ConnectionReset } from './connection-reset.ts';
import type { Fault } from './fault-rule.ts';
import { describeRequest } from './faults.ts';
import type { FaultSource } from './faults.ts';

/**
 * An API server whose requests meet faults. Its `handle` rejects with {@link ConnectionReset} where the connection is to break:
 * the in-process transport passes that on, and the HTTP server closes the socket.
 */
export function faultyApiServer(server: ApiServer, faults: FaultSource, clock: Clock): ApiServer {
  const stopped = new AbortController();

  async function meet(request: ApiRequest, attributes: RequestAttributes, fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'delay':
        return clock.sleep(fault.milliseconds, request.signal);
      case 'answer':
        throw refusal(fault, attributes);
      case 'reset':
        if (fault.when === 'after') await server.handle(withoutClient(request));
        throw new ConnectionReset();
      case 'late':
        carryOutLater(request, attributes, fault.milliseconds);
        throw new ConnectionReset();
    }
  }

  function carryOutLater(request: ApiRequest, attributes: RequestAttributes, milliseconds: number): void {
    const late = withoutClient(request);
    clock.sleep(milliseconds, stopped.signal).then(
      async () => {
        const { status } = await server.handle(late);
        faults.record(describeRequest(attributes), `carried out late: ${status}`);
      },
      () => {
        // The server stopped first.
      },
    );
  }

  return {
    ...server,
    async handle(request) {
      const attributes = requestAttributes(request.method, request.path, request.query);
      const userAgent = request.headers['user-agent'] ?? '';
      for (const fault of faults.meet(attributes, userAgent)) {
        try {
          await meet(request, attributes, fault);
        } catch (error) {
          if (error instanceof StatusError) return refused(error);
          throw error;
        }
      }
      const response = await server.handle(request);
      if (attributes.verb === 'watch' && response.body instanceof Readable) {
        const { body } = response;
        const leave = faults.watching(attributes, userAgent, () => body.destroy(new ConnectionReset()));
        body.once('close', leave);
      }
      return response;
    },
    async upgrade(request) {
      const attributes = requestAttributes('GET', request.path, request.query);
      const { headers, path, query, signal } = request;
      for (const fault of faults.meet(attributes, headers['user-agent'] ?? '')) {
        // A connection cannot be carried out without its client: it breaks before, whenever it was to break.
        const possible: Fault =
          fault.kind === 'reset' || fault.kind === 'late' ? { kind: 'reset', when: 'before' } : fault;
        const asked = { method: 'GET', path, query, headers, signal, body: new Uint8Array() } as const;
        try {
          await meet(asked, attributes, possible);
        } catch (error) {
          if (error instanceof StatusError) return refused(error);
          throw error;
        }
      }
      return server.upgrade(request);
    },
    stop() {
      stopped.abort();
      server.stop();
    },
  };
}

/** The request of a client that is no longer there to be answered: its leaving does not end it. */
const withoutClient = (request: ApiRequest): ApiRequest => ({
  ...request,
  body: Uint8Array.from(request.body),
  signal: new AbortController().signal,
});

const REASONS: Record<number, string> = {
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

const MESSAGES: Record<number, string> = {
  410: 'The resourceVersion for the provided list is too old.',
  429: 'Too many requests, please try again later.',
  500: 'Internal error occurred: the sandbox was asked to fail this request',
  503: 'the server is currently unable to handle the request',
};

function refusal(
  { code, message, retryAfterSeconds }: Extract<Fault, { kind: 'answer' }>,
  { resource }: RequestAttributes,
): StatusError {
  const { name = '', group = '', resource: kind = '' } = resource ?? {};
  const qualified = group === '' ? kind : `${kind}.${group}`;
  const conflict = `Operation cannot be fulfilled on ${qualified} ${JSON.stringify(name)}: the object has been modified; please apply your changes to the latest version and try again`;
  const seconds = retryAfterSeconds ?? (code === 429 ? 1 : undefined);
  return new StatusError(code, REASONS[code] ?? '', message ?? MESSAGES[code] ?? conflict, {
    ...(name && { name }),
    ...(group && { group }),
    ...(kind && { kind }),
    ...(seconds !== undefined && { retryAfterSeconds: seconds }),
  });
}

function refused({ code, status }: StatusError): ApiResponse {
  const seconds = status.details?.retryAfterSeconds;
  return jsonResponse(code, status, seconds === undefined ? {} : { 'retry-after': String(seconds) });
}
