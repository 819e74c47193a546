import { text as readText } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { jsonLines } from '../../src/kubernetes/json-lines.ts';
import type { Method, Transport, TransportRequest } from '../../src/kubernetes/transport.ts';

/** The cluster that a case runs on. */
export interface ConformanceCluster {
  transport: Transport;
  client: KubernetesClient;
  /** A path by which the programs of this machine reach it. */
  kubeconfig: string;
  /** Where a server of the tests listens so that the cluster's API server can call it. */
  hostAddress: string;
}

/** What was asked, and what came back, before anything is replaced. */
export interface Step {
  /** `POST /api/v1/namespaces/…`, or the label of a note. */
  label: string;
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Parsed where it is JSON. */
  body: unknown;
  /** The body as an object; empty where it is not one. */
  object: Record<string, unknown> & { metadata: Record<string, unknown> };
}

export interface RequestOptions {
  headers?: Record<string, string>;
  /** Sent as it is, in place of JSON. */
  raw?: string | Uint8Array;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface WatchEventSeen {
  type: string;
  object: Record<string, unknown>;
}

/** How a case speaks to its cluster. All requests are recorded unless made {@link Conversation.quietly}. */
export interface Conversation {
  cluster: ConformanceCluster;
  /** Unique to this run of the case; recorded as `TOKEN`. */
  token: string;
  /** Made for the case. */
  namespace: string;
  get(path: string, options?: RequestOptions): Promise<Answer>;
  post(path: string, body: unknown, options?: RequestOptions): Promise<Answer>;
  put(path: string, body: unknown, options?: RequestOptions): Promise<Answer>;
  patch(path: string, type: PatchType, body: unknown, options?: RequestOptions): Promise<Answer>;
  delete(path: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
  /** A request of any kind, `raw` being its body. */
  send(method: Method, path: string, options?: RequestOptions): Promise<Answer>;
  /** Reads a watch (`path` with its query) until `enough`, its end, or 20 s, and records its events as one step. */
  watch(
    path: string,
    enough?: (events: WatchEventSeen[]) => boolean,
    options?: RequestOptions,
  ): Promise<WatchEventSeen[]>;
  /** Asks every 50 ms, unrecorded, until the body holds; fails after 45 s with what there was. */
  until(path: string, holds: (object: Answer['object'], status: number) => boolean): Promise<Answer>;
  note(label: string, value: unknown): void;
  quietly<T>(what: () => Promise<T>): Promise<T>;
  /** Runs after the case, latest first, whatever happened. */
  after(what: () => Promise<unknown>): void;
}

const MIME_TYPES: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** What a client acts on; dates and audit ids say nothing of behaviour. */
const RECORDED_HEADERS = ['content-type', 'retry-after', 'warning', 'allow', 'location'];

const PATIENCE = 45_000;
const WATCH_PATIENCE = 20_000;

export function createConversation(
  cluster: ConformanceCluster,
  token: string,
  steps: Step[],
): { conversation: Conversation; cleanUps: (() => Promise<unknown>)[] } {
  const cleanUps: (() => Promise<unknown>)[] = [];
  let silent = 0;
  const record = (step: Step) => {
    if (silent === 0) steps.push(step);
  };

  async function exchange(request: TransportRequest): Promise<Answer> {
    const response = await cluster.transport.send(request);
    const body = parsed(await readText(response.body));
    const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
    const { status, headers } = response;
    return {
      status,
      headers,
      body,
      object: { ...fields, metadata: (fields.metadata ?? {}) as Record<string, unknown> },
    };
  }

  async function send(method: Method, path: string, options: RequestOptions = {}): Promise<Answer> {
    const headers = {
      accept: 'application/json',
      ...(options.raw !== undefined && { 'content-type': 'application/json' }),
      ...options.headers,
    };
    const answer = await exchange({
      method,
      headers,
      ...splitPath(path),
      ...(options.raw !== undefined && { body: options.raw }),
    });
    const kept = Object.entries(answer.headers).filter(([name]) => RECORDED_HEADERS.includes(name));
    record({
      label: `${method} ${path}`,
      status: answer.status,
      headers: Object.fromEntries(kept),
      body: answer.body,
    });
    return answer;
  }

  const conversation: Conversation = {
    cluster,
    token,
    namespace: `conf-${token}`,
    send,
    get: (path, options) => send('GET', path, options),
    post: (path, body, options) => send('POST', path, { raw: JSON.stringify(body), ...options }),
    put: (path, body, options) => send('PUT', path, { raw: JSON.stringify(body), ...options }),
    patch: (path, type, body, options) =>
      send('PATCH', path, {
        raw: JSON.stringify(body),
        ...options,
        headers: { 'content-type': MIME_TYPES[type], ...options?.headers },
      }),
    delete: (path, body, options) =>
      send('DELETE', path, { ...(body !== undefined && { raw: JSON.stringify(body) }), ...options }),
    async watch(path, enough = () => false, options) {
      const events: WatchEventSeen[] = [];
      const over = new AbortController();
      const response = await cluster.transport.send({
        method: 'GET',
        ...splitPath(path),
        headers: { accept: 'application/json', ...options?.headers },
        lasting: true,
        signal: AbortSignal.any([over.signal, AbortSignal.timeout(WATCH_PATIENCE)]),
      });
      if (response.status === 200) {
        try {
          for await (const event of jsonLines<WatchEventSeen>(response.body)) {
            events.push(event);
            if (enough(events)) break;
          }
        } catch (error) {
          // Patience is over: what came is what is recorded, and will differ where something is missing.
          if (!(error instanceof Error) || !/abort|timeout/i.test(error.name + error.message)) throw error;
        }
        over.abort();
        record({ label: `WATCH ${path}`, status: 200, body: events });
      } else {
        record({
          label: `WATCH ${path}`,
          status: response.status,
          body: parsed(await readText(response.body)),
        });
      }
      return events;
    },
    async until(path, holds) {
      const deadline = performance.now() + PATIENCE;
      for (;;) {
        const answer = await exchange({
          method: 'GET',
          ...splitPath(path),
          headers: { accept: 'application/json' },
        });
        if (holds(answer.object, answer.status)) return answer;
        if (performance.now() > deadline) {
          throw new Error(
            `after ${PATIENCE / 1000} s ${path} was still ${JSON.stringify(answer.body, null, 1)}`,
          );
        }
        await delay(50);
      }
    },
    note: (label, value) => record({ label, body: value }),
    async quietly(what) {
      silent += 1;
      try {
        return await what();
      } finally {
        silent -= 1;
      }
    },
    after: (what) => cleanUps.push(what),
  };
  return { conversation, cleanUps };
}

function splitPath(whole: string): { path: string; query: [string, string][] } {
  const [path = '', query = ''] = whole.split('?');
  return { path, query: [...new URLSearchParams(query)] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
