import type { UpgradeRequest } from './api-exchange.ts';
import { fieldsOf, valueAt } from './json-value.ts';
import type { NodeAgent } from './node-agent.ts';
import { chooseContainer, containerStatus } from './pod-container.ts';
import type { ApiObject } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import { badRequest, notSupported, StatusError } from './status-error.ts';

/** The node did not take the connection. Who speaks v5 hears of it on the connection to the API server, which stands already. */
export class NodeRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NodeRefused';
  }
}

/** @throws {StatusError} 501 where the sandbox has no node. */
export function requireNode(context: ServerContext, what: string): NodeAgent {
  if (context.nodeAgent) return context.nodeAgent;
  throw notSupported(`${what} without a node (it was started as an API server only)`);
}

export interface ConnectedContainer {
  name: string;
  /** Why its node would not connect to it. */
  refusal: NodeRefused | undefined;
}

/**
 * The container that an exec or attach is about.
 * @throws {StatusError} as the API server or, for clients before v5, the kubelet behind it refuses.
 */
export function connectedContainer(
  pod: ApiObject,
  request: UpgradeRequest,
  notFound: (container: string) => string,
): ConnectedContainer {
  const name = chooseContainer(pod, request.query.get('container') ?? '');
  requireHost(pod);
  if (fieldsOf(containerStatus(pod, name)?.state).running !== undefined) return { name, refusal: undefined };
  const message = `unable to upgrade connection: ${notFound(name)}`;
  const isTranslated = request.carrier === 'WebSocket' && request.protocols.includes('v5.channel.k8s.io');
  if (isTranslated) return { name, refusal: new NodeRefused(message) };
  throw new StatusError(500, 'InternalError', message);
}

/**
 * A request for an exec, an attach or a port-forward that is none for an upgrade.
 * @throws {StatusError} 400, with what else is wrong with it first.
 */
export function refuseWithoutUpgrade(pod: ApiObject, subresource: string, query: URLSearchParams): never {
  if (subresource !== 'portforward') chooseContainer(pod, query.get('container') ?? '');
  requireHost(pod);
  throw badRequest('Upgrade request required');
}

/** @throws {StatusError} 400 while the pod has no node. */
export function requireHost(pod: ApiObject): void {
  if (!valueAt(pod, 'spec', 'nodeName'))
    throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
}
