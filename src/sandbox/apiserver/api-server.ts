import type { Clock } from '../../kubernetes/clock.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import type { Method } from '../../kubernetes/transport.ts';
import { formatYaml } from '../../kubernetes/yaml.ts';
import { jsonResponse, textResponse } from './api-exchange.ts';
import type {
  AcceptedUpgrade,
  ApiRequest,
  ApiResponse,
  AuthorizedRequest,
  UpgradeRequest,
} from './api-exchange.ts';
import { ADMINISTRATOR, bearerToken, tokenHolder } from './auth/authenticate.ts';
import { allowAll, roleBasedAuthorizer } from './auth/authorizer.ts';
import { installBootstrapPolicy } from './auth/bootstrap-policy.ts';
import { impersonated } from './auth/impersonation.ts';
import { createTokenSigner } from './auth/json-web-token.ts';
import { refuseForbidden } from './auth/refuse-forbidden.ts';
import { requestAttributes } from './auth/request-attributes.ts';
import { openIdConfiguration } from './auth/open-id-configuration.ts';
import { fillTokenSecrets } from './auth/token-secrets.ts';
import { ANONYMOUS } from './auth/user.ts';
import type { User } from './auth/user.ts';
import { createMergeTypes } from './apply/merge-types.ts';
import { discover } from './discovery.ts';
import { installObjects } from './install-objects.ts';
import { listOf, valueAt } from './json-value.ts';
import type { NodeAgent } from './node-agent.ts';
import { unservedKind } from './kinds/unserved.ts';
import { createObjectSource } from './object-source.ts';
import type { ObjectSource } from './object-source.ts';
import { openApi } from './open-api.ts';
import { acceptAttach } from './pod-attach.ts';
import { acceptExec } from './pod-exec.ts';
import { acceptPortForward } from './pod-port-forward.ts';
import { randomUid } from './random-names.ts';
import { wantsYaml } from './representation.ts';
import { createRegistry } from './registry.ts';
import { handleResource } from './resource-handler.ts';
import { isBuiltInGroup, parseResourcePath } from './resource-path.ts';
import { answerReview } from './reviews.ts';
import { timestamp } from './server-context.ts';
import type { Random, ServerContext } from './server-context.ts';
import { StatusError, internalError, notFound, notServed, notSupported } from './status-error.ts';
import { createStore } from './store.ts';
import { installSystemPriorityClasses } from './system-priority-classes.ts';
import type { Store, StoreOptions } from './store.ts';

export interface ApiServerOptions {
  clock: Clock;
  random: Random;
  /** Serves logs and execs; without one these answer 501. May be set later by {@link ApiServer.setNodeAgent}. */
  nodeAgent?: NodeAgent;
  /** An address for a Service that asked for none. Default: the next of 10.96.0.0/16. */
  allocateAddress?: () => string;
  /** When given, requests need one of these bearer tokens, or a service account's; without, everybody may do everything. */
  bearerTokens?: string[];
  /** Whether roles and their bindings are enforced. Default false: whoever is known may do everything. */
  rbac?: boolean;
  /** Whether CRDs may declare selectable fields; false answers their field selectors with 400, as before 1.31. Default true. */
  selectableFields?: boolean;
  /** How many events of each resource watches can go back to. Default 2000: each holds an object. */
  historyLimit?: number;
  /** What an earlier server held, and what keeps changes for a later one. Without, all is in memory and ends with the server. */
  kept?: Pick<StoreOptions, 'initial' | 'changeLog'>;
  /** Valid objects that the cluster begins with, besides those of every cluster; what is there already stays as it is. */
  installed?: readonly KubernetesObject[];
  /** Signs the tokens of service accounts (PEM, PKCS #8, P-256). Absent: one that ends with the server. */
  serviceAccountKey?: string;
}

/** A Kubernetes API server as an object: it knows of requests, not of sockets. */
export interface ApiServer {
  /** Never rejects: what goes wrong is a response. */
  handle(request: ApiRequest): Promise<ApiResponse>;
  /** Answers a request for a WebSocket or for SPDY: how to serve it, or the response that refuses it. */
  upgrade(request: UpgradeRequest): Promise<AcceptedUpgrade | ApiResponse>;
  /** For the cluster's own controllers, which live with it. */
  objects: ObjectSource;
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
    ...options.kept,
  });
  const context: ServerContext = {
    store,
    registry: createRegistry(store, { selectableFields: options.selectableFields ?? true }),
    mergeTypes: createMergeTypes(),
    clock: options.clock,
    random: options.random,
    nodeAgent: options.nodeAgent,
    allocateAddress: options.allocateAddress ?? nextAddress(store),
    allocateNodePort: (taken) => freeNodePort(store, taken),
    authorizer: options.rbac ? roleBasedAuthorizer(store) : allowAll,
    tokenSigner: createTokenSigner(options.serviceAccountKey),
    administratorTokens: options.bearerTokens,
    stopped: stop.signal,
  };
  createInitialNamespaces(context);
  installSystemPriorityClasses(context);
  installBootstrapPolicy(context);
  installObjects(context, options.installed ?? []);
  fillTokenSecrets(context);
  // Nobody has seen what happened so far: as on a real cluster, versions of before are too old.
  store.compact();

  const answerOrFailure = async (request: ApiRequest): Promise<ApiResponse> => {
    try {
      const user = admit(context, options, request, request.method);
      return inWantedFormat(await answer(context, { ...request, user }), request.headers.accept);
    } catch (error) {
      return failure(error);
    }
  };

  return {
    async handle(request) {
      const { status, headers, body } = await answerOrFailure(request);
      return { status, headers: { ...headers, date: options.clock.now().toUTCString() }, body };
    },
    async upgrade(request) {
      try {
        admit(context, options, request, 'GET');
        return upgradeFor(context, request);
      } catch (error) {
        return failure(error);
      }
    },
    objects: createObjectSource(context),
    setNodeAgent(agent) {
      context.nodeAgent = agent;
    },
    compact: () => store.compact(),
    stop: () => stop.abort(),
  };
}

const HEALTH = new Set(
  ['/healthz', '/readyz', '/livez'].flatMap((path) => [path, `${path}/ping`, `${path}/etcd`]),
);

async function answer(context: ServerContext, request: AuthorizedRequest): Promise<ApiResponse> {
  const { path } = request;
  if (HEALTH.has(path)) return textResponse(200, 'ok');
  if (request.method === 'GET') {
    const found =
      discover(path, request.headers, context.registry) ??
      openApi(path, request.headers, context.registry) ??
      openIdConfiguration(path, context.tokenSigner);
    if (found) return found;
  }
  const review = answerReview(context, request);
  if (review) return review;
  const resource = parseResourcePath(path, context.registry);
  const unserved = resource ? undefined : unservedKind(path);
  if (unserved !== undefined) throw notSupported(unserved);
  if (!resource && isBuiltInGroup(path, context.registry.all())) throw notServed();
  // Not a Status: this is what a real server answers where nothing is served.
  if (!resource) return textResponse(404, '404 page not found\n');
  return handleResource(context, resource, request);
}

const POD_CONNECTIONS: Record<string, typeof acceptPortForward> = {
  exec: acceptExec,
  attach: acceptAttach,
  portforward: acceptPortForward,
};

function upgradeFor(context: ServerContext, request: UpgradeRequest): AcceptedUpgrade | ApiResponse {
  const resource = parseResourcePath(request.path, context.registry);
  if (!resource?.name || resource.definition.storage !== 'pods')
    return textResponse(404, '404 page not found\n');
  const { definition, namespace, name, subresource } = resource;
  const accept = POD_CONNECTIONS[subresource ?? ''];
  if (!accept) throw notSupported(`${request.carrier} for ${definition.resource}/${subresource ?? ''}`);
  const pod = context.store.get(definition.storage, namespace, name);
  if (!pod) throw notFound(definition, name);
  return accept(context, pod, request);
}

/**
 * Who sends the request, as whom it wants to be taken, and whether that user may do it.
 * @throws {StatusError} 401 or 403
 */
function admit(
  context: ServerContext,
  { rbac = false }: ApiServerOptions,
  request: Pick<ApiRequest, 'headers' | 'path' | 'query'>,
  method: Method,
): User {
  const sender = authenticate(context, rbac, request);
  const user = impersonated(sender, request.headers, context.authorizer);
  const attributes = requestAttributes(method, request.path, request.query);
  refuseForbidden(context.authorizer, { ...attributes, user });
  return user;
}

/** Where rights are enforced, those of nobody are, too: strangers may see health and version. */
function authenticate(
  context: ServerContext,
  rbac: boolean,
  { headers, path }: Pick<ApiRequest, 'headers' | 'path'>,
): User {
  const token = bearerToken(headers);
  if (token === undefined) {
    if (!context.administratorTokens) return ADMINISTRATOR;
    if (rbac || HEALTH.has(path)) return ANONYMOUS;
    throw unauthorized();
  }
  const holder = tokenHolder(context, token);
  if ('error' in holder) throw unauthorized();
  return holder.user;
}

const unauthorized = (): StatusError => new StatusError(401, 'Unauthorized', 'Unauthorized');

/** JSON is YAML already; who asks for YAML by name reads it, so it gets the form that people write. */
function inWantedFormat(response: ApiResponse, accept: string | undefined): ApiResponse {
  const { headers, body } = response;
  if (typeof body !== 'string' || !accept?.includes('yaml') || !wantsYaml(accept)) return response;
  if (headers['content-type'] !== 'application/json') return response;
  const yaml = formatYaml(JSON.parse(body));
  return { ...response, headers: { ...headers, 'content-type': 'application/yaml' }, body: yaml };
}

function failure(error: unknown): ApiResponse {
  if (error instanceof URIError) return textResponse(400, 'the path of the request cannot be decoded\n');
  const refusal =
    error instanceof StatusError
      ? error
      : internalError(error instanceof Error ? error.message : String(error));
  const retryAfter = refusal.status.details?.retryAfterSeconds;
  return jsonResponse(refusal.code, refusal.status, {
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...(refusal.warnings.length > 0 && {
      warning: refusal.warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', '),
    }),
  });
}

function createInitialNamespaces({ store, clock, random }: ServerContext): void {
  for (const name of INITIAL_NAMESPACES) {
    if (store.get('namespaces', undefined, name)) continue; // kept from before
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

/** The lowest port of the range for nodes that no Service has; `own` are those of the one that asks. */
function freeNodePort(store: Store, own: readonly unknown[]): number {
  const others = store
    .list('services')
    .flatMap((service) => listOf(valueAt(service, 'spec', 'ports')).map((port) => valueAt(port, 'nodePort')));
  const taken = new Set([...others, ...own]);
  let port = 30_000;
  while (taken.has(port)) port += 1;
  return port;
}
