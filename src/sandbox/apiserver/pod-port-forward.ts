import type { Duplex } from 'node:stream';
import type { Channel } from '../../kubernetes/transport.ts';
import { channelStream } from '../spdy/channel-stream.ts';
import { textResponse } from './api-exchange.ts';
import type { AcceptedUpgrade, ApiResponse, UpgradeRequest } from './api-exchange.ts';
import { requireHost, requireNode } from './pod-connection.ts';
import { forwardOverChannels } from './port-forward-channels.ts';
import { forwardOverStreams } from './port-forward-streams.ts';
import type { ApiObject } from './resource-definition.ts';
import type { ServerContext } from './server-context.ts';
import { badRequest, StatusError } from './status-error.ts';
import { textOf, valueAt } from './json-value.ts';

const PROTOCOL = 'portforward.k8s.io';
/** kubectl's since 1.30: the same SPDY, inside a WebSocket. */
const TUNNEL = `SPDY/3.1+${PROTOCOL}`;
const CHANNEL_PROTOCOLS = ['v4.channel.k8s.io', ''];

/** What the ways of forwarding have in common. */
export interface PortForward {
  /** @throws {Error} with a kubelet's words. */
  connect(port: number, signal: AbortSignal): Promise<Duplex>;
  context: Pick<ServerContext, 'clock' | 'stopped'>;
}

/** A request to reach ports of a pod: over SPDY, over SPDY in a WebSocket, or over the channels of a WebSocket. */
export function acceptPortForward(
  context: ServerContext,
  pod: ApiObject,
  request: UpgradeRequest,
): AcceptedUpgrade | ApiResponse {
  const agent = requireNode(context, 'port-forward');
  requireHost(pod);
  const phase = textOf(valueAt(pod, 'status', 'phase'));
  const { name, uid } = pod.metadata;
  const forward: PortForward = {
    context,
    async connect(port, signal) {
      try {
        return await agent.connect(pod, port, signal);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`error forwarding port ${port} to pod ${name}, uid ${uid}: ${why}`, { cause: error });
      }
    },
  };
  if (request.carrier === 'SPDY') {
    refuseStopped(phase, name);
    if (!request.protocols.includes(PROTOCOL)) throw unknownProtocol(request.protocols, [PROTOCOL]);
    return { protocol: PROTOCOL, serveSpdy: (socket) => forwardOverStreams(socket, forward) };
  }
  refuseStopped(phase, name);
  if (request.protocols.includes(TUNNEL)) {
    const serve = (channel: Channel) => forwardOverStreams(channelStream(channel), forward);
    return { protocol: TUNNEL, serve };
  }
  const offered = request.protocols.length === 0 ? [''] : request.protocols;
  const protocol = offered.find((known) => CHANNEL_PROTOCOLS.includes(known));
  if (protocol === undefined) throw unknownProtocol(offered, [TUNNEL, ...CHANNEL_PROTOCOLS]);
  const ports = readPorts(request.query);
  if (typeof ports === 'string') return textResponse(400, ports);
  return { protocol, serve: (channel) => forwardOverChannels(channel, ports, forward) };
}

function refuseStopped(phase: string, name: string): void {
  if (phase === 'Running') return;
  throw new StatusError(
    500,
    'InternalError',
    `unable to upgrade connection: pod not found (${JSON.stringify(name)})`,
  );
}

/**
 * The ports that a request over channels names, or the kubelet's words about them.
 * @throws {StatusError} 400 when they are no numbers of ports.
 */
function readPorts(query: URLSearchParams): number[] | string {
  // Clients write `ports`, which the API server hands to the kubelet as `port`.
  const texts = query.getAll('ports').flatMap((text) => text.split(','));
  if (texts.length === 0) return 'query parameter "port" is required';
  const ports = texts.map((text) => {
    const port = Number(text);
    if (/^\d+$/.test(text) && port < 65_536) return port;
    const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
    throw badRequest(`cannot convert to []int32: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`);
  });
  return ports.includes(0) ? 'port "0" must be > 0' : ports;
}

const unknownProtocol = (offered: string[], known: string[]) =>
  badRequest(
    `unable to upgrade: none of the protocols ${JSON.stringify(offered)} is known; known are ${JSON.stringify(known)}`,
  );
