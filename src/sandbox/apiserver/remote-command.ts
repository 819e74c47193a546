import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../kubernetes/clock.ts';
import type { AcceptedUpgrade, UpgradeRequest } from './api-exchange.ts';
import type { TerminalSize } from './node-agent.ts';
import { serveRemoteChannels } from './remote-command-channels.ts';
import { serveRemoteStreams } from './remote-command-streams.ts';
import { badRequest } from './status-error.ts';

/** What a client's connection carries for a command or an attachment; what it did not ask for is absent. */
export interface RemoteStreams {
  /** Ends when the client closes it. */
  stdin?: Readable;
  stdout?: Writable;
  stderr?: Writable;
  resize?: AsyncIterable<TerminalSize>;
  /** Aborts when the client has gone, or the server stops. */
  signal: AbortSignal;
}

/** Something that a client does over streams with a container: exec or attach. */
export interface RemoteCommand {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
  clock: Clock;
  stopped: AbortSignal;
  /** Does it. Resolves with the exit code, when there is one; rejects with what a kubelet says. */
  run(streams: RemoteStreams): Promise<{ exitCode: number }>;
  /** How the command is called in a message: `[sh -c true]`. */
  label: string;
}

/** WebSocket sub-protocols. Without one it is the first version. */
const CHANNEL_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io', ''];
const STREAM_PROTOCOLS = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];

/**
 * Which streams the client asked for.
 * @throws {StatusError} 400 when the combination makes no sense.
 */
export function askedStreams(
  query: URLSearchParams,
): Pick<RemoteCommand, 'stdin' | 'stdout' | 'stderr' | 'tty'> {
  const asked = (name: string) => ['true', '1', ''].includes(query.get(name) ?? 'false');
  const tty = asked('tty');
  return { stdin: asked('stdin'), stdout: asked('stdout'), stderr: asked('stderr') && !tty, tty };
}

/** Agrees to the newest protocol that both sides speak. @throws {StatusError} when there is none. */
export function acceptRemoteCommand(request: UpgradeRequest, command: RemoteCommand): AcceptedUpgrade {
  const known = request.carrier === 'SPDY' ? STREAM_PROTOCOLS : CHANNEL_PROTOCOLS;
  const offered = request.protocols.length === 0 ? [''] : request.protocols;
  const protocol = offered.find((name) => known.includes(name));
  if (protocol === undefined && request.carrier === 'SPDY' && offered[0] === '')
    return { protocol: '', serveSpdy: (socket) => serveRemoteStreams(socket, 'channel.k8s.io', command) };
  if (protocol === undefined) {
    throw badRequest(
      `unable to upgrade: none of the protocols ${JSON.stringify(offered)} is known; known are ${JSON.stringify(known)}`,
    );
  }
  return request.carrier === 'SPDY'
    ? { protocol, serveSpdy: (socket) => serveRemoteStreams(socket, protocol, command) }
    : { protocol, serve: (channel) => serveRemoteChannels(channel, protocol, command) };
}
