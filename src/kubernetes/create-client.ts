import type { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import type { CallOptions, KubernetesClient, LogOptions, Patch, WriteOptions } from './client.ts';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { execInPod } from './exec-in-pod.ts';
import type { KubernetesObject, ResourceType } from './objects.ts';
import { objectPath, requireNamespace, resourcePath } from './resource-path.ts';
import { PODS } from './resources.ts';
import { sendWithRetries } from './send-with-retries.ts';
import type { RetryLog } from './send-with-retries.ts';
import type { Transport, TransportRequest } from './transport.ts';
import { watchResource } from './watch-resource.ts';

export interface ClientOptions {
  clock: Clock;
  log?: RetryLog;
  userAgent?: string;
}

/** The Kubernetes API over a transport; what each call promises is written at {@link KubernetesClient}. */
export function createClient(
  transport: Transport,
  { clock, log, userAgent }: ClientOptions,
): KubernetesClient {
  const commonHeaders = {
    accept: 'application/json',
    ...(userAgent !== undefined && { 'user-agent': userAgent }),
  };

  /** A call whose answer is one JSON document. */
  function call<T>(
    request: TransportRequest,
    { signal, timeout = DEFAULT_TIMEOUT, urgent = false }: CallOptions,
  ): Promise<T> {
    const what = `${request.method} ${request.path}`;
    const deadline = clock.monotonic() + timeout;
    return withDeadline({ clock, signal, timeout, what }, (scope) =>
      sendWithRetries(
        transport,
        {
          ...request,
          headers: { ...commonHeaders, ...request.headers },
          signal: scope,
          ...(urgent && { lasting: true }),
        },
        { clock, deadline, log },
        ({ body }) => readAnswer<T>(body, what),
      ),
    );
  }

  /** A call whose answer is read as it comes: `timeout` is for its beginning, `signal` for all of it. */
  async function open(request: TransportRequest, { signal, timeout }: CallOptions): Promise<Readable> {
    const what = `${request.method} ${request.path}`;
    const life = new AbortController();
    const onAbort = () => life.abort(signal?.reason);
    const release = () => signal?.removeEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const body = await withDeadline({ clock, timeout, what }, (scope) => {
        scope.addEventListener('abort', () => life.abort(scope.reason), { once: true });
        return sendWithRetries(
          transport,
          {
            ...request,
            headers: { ...commonHeaders, ...request.headers },
            lasting: true,
            signal: life.signal,
          },
          { clock, deadline: timeout === undefined ? undefined : clock.monotonic() + timeout, log },
          (response) => Promise.resolve(response.body),
        );
      });
      if (body.closed) release();
      else body.once('close', release);
      return body;
    } catch (error) {
      release();
      throw error;
    }
  }

  function write<T>(
    method: 'POST' | 'PUT' | 'PATCH',
    path: string,
    body: object,
    options: WriteOptions,
    {
      contentType = 'application/json',
      query = [],
    }: { contentType?: string; query?: [string, string][] } = {},
  ): Promise<T> {
    return call<T>(
      {
        method,
        path,
        query: [
          ...queryOf({ fieldManager: options.fieldManager, fieldValidation: options.fieldValidation }),
          ...(options.dryRun ? ([['dryRun', 'All']] satisfies [string, string][]) : []),
          ...query,
        ],
        headers: { 'content-type': contentType },
        body: JSON.stringify(body),
      },
      options,
    );
  }

  return {
    get: (type, object, { subresource, resourceVersion, ...options } = {}) =>
      call(
        {
          method: 'GET',
          path: objectPath(type, { ...object, subresource }),
          query: queryOf({ resourceVersion }),
        },
        options,
      ),

    list: (type, { namespace, accept, signal, timeout, urgent, ...selection } = {}) =>
      call(
        {
          method: 'GET',
          path: resourcePath(type, { namespace }),
          query: queryOf(selection),
          headers: accept === undefined ? {} : { accept },
        },
        given({ signal, timeout, urgent }),
      ),

    create: (type, object, options = {}) => {
      const { name, namespace } = object.metadata ?? {};
      requireNamespace(type, namespace, name ?? object.metadata?.generateName ?? '');
      const path =
        options.subresource === undefined
          ? resourcePath(type, { namespace })
          : objectPath(type, {
              name: requireName(type, object),
              namespace,
              subresource: options.subresource,
            });
      // The body of a subresource has a kind of its own: Eviction, TokenRequest, Scale.
      return write(
        'POST',
        path,
        options.subresource === undefined ? withKind(type, object) : object,
        options,
      );
    },

    replace: (type, object, options = {}) => {
      const { subresource } = options;
      const path = objectPath(type, {
        name: requireName(type, object),
        namespace: object.metadata?.namespace,
        subresource,
      });
      const isScale = subresource === 'scale';
      return write('PUT', path, isScale ? object : withKind(type, object), options);
    },

    patch: (type, object, patch, { force, ...options } = {}) =>
      write('PATCH', objectPath(type, { ...object, subresource: options.subresource }), patch.body, options, {
        contentType: PATCH_CONTENT_TYPES[patch.type],
        query: queryOf({ force }),
      }),

    delete: (type, object, { signal, timeout, urgent, dryRun, ...options } = {}) => {
      const body = { ...options, ...(dryRun && { dryRun: ['All'] }) };
      return call<KubernetesObject>(
        {
          method: 'DELETE',
          path: objectPath(type, object),
          ...(Object.keys(body).length > 0 && {
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', ...body }),
          }),
        },
        given({ signal, timeout, urgent }),
      );
    },

    watch: (type, { namespace, signal, timeout, urgent: _always, ...selection }) => {
      const request: TransportRequest = {
        method: 'GET',
        path: resourcePath(type, { namespace }),
        query: [['watch', 'true'], ...queryOf(selection)],
      };
      return watchResource(() => open(request, given({ signal, timeout })), request.path, signal);
    },

    log: (pod, options = {}) =>
      open(
        {
          method: 'GET',
          path: objectPath(PODS, { ...pod, subresource: 'log' }),
          query: logQuery(options),
          headers: { accept: '*/*' },
        },
        options,
      ),

    exec: (pod, options) =>
      execInPod(
        transport,
        { path: objectPath(PODS, { ...pod, subresource: 'exec' }), headers: commonHeaders },
        clock,
        options,
      ),

    raw: (path, options = {}) => call({ method: 'GET', path }, options),

    close: () => transport.close(),
  };
}

const DEFAULT_TIMEOUT = 30_000;

function given({
  signal,
  timeout,
  urgent,
}: { [Name in keyof CallOptions]: CallOptions[Name] | undefined }): CallOptions {
  return {
    ...(signal && { signal }),
    ...(timeout !== undefined && { timeout }),
    ...(urgent !== undefined && { urgent }),
  };
}

const PATCH_CONTENT_TYPES: Record<Patch['type'], string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML: the server takes both under this name, in all versions.
  apply: 'application/apply-patch+yaml',
};

/** The parameters that are set, in a stable order; booleans and numbers as the API server reads them. */
function queryOf(parameters: Record<string, string | number | boolean | undefined>): [string, string][] {
  return Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
}

function logQuery({
  signal: _signal,
  timeout: _timeout,
  urgent: _always,
  ...parameters
}: LogOptions): [string, string][] {
  return queryOf(parameters);
}

async function readAnswer<T>(body: Readable, what: string): Promise<T> {
  try {
    const answer: T = JSON.parse(await readText(body));
    return answer;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(
      `the API server's answer to ${what} is not JSON: is this the address of a Kubernetes API?`,
      { cause: error },
    );
  }
}

/** Items of a list carry no kind of their own; a write needs it. */
function withKind<T extends KubernetesObject>(type: ResourceType, object: T): T {
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;
  return object.apiVersion && object.kind ? object : { ...object, apiVersion, kind: type.kind };
}

function requireName(type: ResourceType, object: KubernetesObject): string {
  const name = object.metadata?.name;
  if (name === undefined || name === '') throw new Error(`a ${type.kind} without a name can't be addressed`);
  return name;
}
