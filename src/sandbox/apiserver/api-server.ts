import type { Clock } from '../../kubernetes/clock.ts';
import { jsonResponse, textResponse } from './api-exchange.ts';
import type { AcceptedUpgrade, ApiRequest, ApiResponse, UpgradeRequest } from './api-exchange.ts';
import { discover } from './discovery.ts';
import { valueAt } from './json-value.ts';
import type { NodeAgent } from './node-agent.ts';
import { openApi } from './open-api.ts';
import { acceptExec } from './pod-exec.ts';
import { randomUid } from './random-names.ts';
import { createRegistry } from './registry.ts';
import { readBody } from './request-body.ts';
import { handleResource } from './resource-handler.ts';
import { parseResourcePath } from './resource-path.ts';
import { REVIEWS, answerReview, serviceAccountOf } from './reviews.ts';
import type { User } from './reviews.ts';
import { timestamp } from './server-context.ts';
import type { Random, ServerContext } from './server-context.ts';
import { StatusError, internalError, methodNotAllowed, notFound, notSupported } from './status-error.ts';
import { createStore } from './store.ts';
import type { Store } from './store.ts';

export interface ApiServerOptions {
  clock: Clock;
  random: Random;
  /** Serves logs and execs; without one these answer 501. May be set later by {@link ApiServer.setNodeAgent}. */
  nodeAgent?: NodeAgent;
  /** An address for a Service that asked for none. Default: the next of 10.96.0.0/16. */
  allocateAddress?: () => string;
  /** When given, requests need one of these bearer tokens, or a service account's; without, everybody may do everything. */
  bearerTokens?: string[];
  /** Whether CRDs may declare selectable fields; false answers their field selectors with 400, as before 1.31. Default true. */
  selectableFields?: boolean;
  /** How many events of each resource watches can go back to. Default 2000: each holds an object. */
  historyLimit?: number;
}

/** A Kubernetes API server as an object: it knows of requests, not of sockets. */
export interface ApiServer {
  /** Never rejects: what goes wrong is a response. */
  handle(request: ApiRequest): Promise<ApiResponse>;
  /** Answers a request for a WebSocket: how to serve it, or the response that refuses it. */
  upgrade(request: UpgradeRequest): Promise<AcceptedUpgrade | ApiResponse>;
  setNodeAgent(agent: NodeAgent): void;
  /** Forgets past events, as etcd's compaction does: older watches and continued lists get 410. */
  compact(): void;
  /** Ends all watches and execs. */
  stop(): void;
}

const INITIAL_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

export function createApiServer(options: ApiServerOptions): ApiServer {
  const stop = new AbortController();
  const store = createStore({
    historyLimit: options.historyLimit ?? 2000,
  });
  const context: ServerContext = {
    store,
    registry: createRegistry(store, { selectableFields: options.selectableFields ?? true }),
    clock: options.clock,
    random: options.random,
    nodeAgent: options.nodeAgent,
    allocateAddress: options.allocateAddress ?? nextAddress(store),
    serviceAccountTokens: new Map(),
    stopped: stop.signal,
  };
  createInitialNamespaces(context);

  return {
    async handle(request) {
      try {
        const user = authenticate(context, options.bearerTokens, request);
        return await answer(context, request, user);
      } catch (error) {
        return failure(error);
      }
    },
    async upgrade(request) {
      try {
        authenticate(context, options.bearerTokens, request);
        return upgradeFor(context, request);
      } catch (error) {
        return failure(error);
      }
    },
    setNodeAgent(agent) {
      context.nodeAgent = agent;
    },
    compact: () => store.compact(),
    stop: () => stop.abort(),
  };
}

const HEALTH = new Set(['/healthz', '/readyz', '/livez']);

async function answer(context: ServerContext, request: ApiRequest, user: User): Promise<ApiResponse> {
  const { path } = request;
  if (HEALTH.has(path)) return textResponse(200, 'ok');
  if (request.method === 'GET') {
    const found =
      discover(path, request.headers.accept ?? '', context.registry) ?? openApi(path, context.registry);
    if (found) return found;
  }
  const review = REVIEWS.find(
    ({ group, version, resource }) => path === `/apis/${group}/${version}/${resource}`,
  );
  if (review) {
    if (request.method !== 'POST') throw methodNotAllowed();
    return jsonResponse(201, answerReview(context, review.kind, readBody(request), user));
  }
  const resource = parseResourcePath(path, context.registry);
  // Not a Status: this is what a real server answers where nothing is served.
  if (!resource) return textResponse(404, '404 page not found\n');
  return handleResource(context, resource, request);
}

function upgradeFor(context: ServerContext, request: UpgradeRequest): AcceptedUpgrade | ApiResponse {
  const resource = parseResourcePath(request.path, context.registry);
  if (!resource?.name || resource.definition.storage !== 'pods')
    return textResponse(404, '404 page not found\n');
  const { definition, namespace, name, subresource } = resource;
  if (subresource !== 'exec')
    throw notSupported(`WebSockets for ${definition.resource}/${subresource ?? ''}`);
  const pod = context.store.get(definition.storage, namespace, name);
  if (!pod) throw notFound(definition, name);
  return acceptExec(context, pod, request);
}

const ADMINISTRATOR: User = {
  username: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
};

/** @throws {StatusError} 401 */
function authenticate(
  context: ServerContext,
  tokens: string[] | undefined,
  request: Pick<ApiRequest, 'headers' | 'path'>,
): User {
  const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const account = token === undefined ? undefined : serviceAccountOf(context, token);
  if (account) return account;
  if (!tokens || HEALTH.has(request.path) || (token !== undefined && tokens.includes(token)))
    return ADMINISTRATOR;
  throw new StatusError(401, 'Unauthorized', 'Unauthorized');
}

function failure(error: unknown): ApiResponse {
  if (error instanceof URIError) return textResponse(400, 'the path of the request cannot be decoded\n');
  const refusal =
    error instanceof StatusError
      ? error
      : internalError(error instanceof Error ? error.message : String(error));
  const retryAfter = refusal.status.details?.retryAfterSeconds;
  return jsonResponse(
    refusal.code,
    refusal.status,
    retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
  );
}

function createInitialNamespaces({ store, clock, random }: ServerContext): void {
  for (const name of INITIAL_NAMESPACES) {
    store.put('namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        uid: randomUid(random),
        creationTimestamp: timestamp(clock.now()),
        labels: { 'kubernetes.io/metadata.name': name },
      },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  }
}

/** Addresses that no Service has, in order; those of services that are there after a restart stay theirs. */
function nextAddress(store: Store): () => string {
  let last = 0;
  return () => {
    const taken = new Set(store.list('services').map((service) => valueAt(service, 'spec', 'clusterIP')));
    for (;;) {
      last += 1;
      const address = `10.96.${(last >> 8) & 255}.${last & 255}`;
      if (!taken.has(address)) return address;
    }
  };
}
