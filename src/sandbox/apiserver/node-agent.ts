import type { Duplex, Readable, Writable } from 'node:stream';
import type { KubernetesObject } from '../../kubernetes/objects.ts';

/** What may be asked of a container's log; the API server has checked names and phases before. */
export interface ContainerLogOptions {
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  /** RFC 3339: only lines written at or after it. */
  sinceTime?: string;
  sinceSeconds?: number;
  tailLines?: number;
  limitBytes?: number;
  signal?: AbortSignal;
}

/** Of a terminal, in characters. */
export interface TerminalSize {
  width: number;
  height: number;
}

/** A client's streams to a container. Those that are absent were not asked for. */
export interface ContainerStreams {
  tty: boolean;
  /** Ends when the client closed its side. Read with back-pressure. */
  stdin?: Readable;
  /** Written with back-pressure and ended by the agent. With a terminal, standard error goes here too. */
  stdout?: Writable;
  stderr?: Writable;
  /** The terminal's sizes as the client reports them, when `tty`. */
  resize?: AsyncIterable<TerminalSize>;
  /** Aborts when the client's connection is gone. */
  signal: AbortSignal;
}

/** A command to run in a container. */
export interface ContainerCommand extends ContainerStreams {
  command: string[];
}

/**
 * What the API server asks of the node that a pod is bound to: a kubelet's serving side.
 * An agent that cannot do it rejects with an Error whose message a person can read; the API server answers 500 with it
 * (log), or ends the stream with it as an InternalError (exec).
 */
export interface NodeAgent {
  /**
   * The container's log as bytes. `container` may be an init container.
   * A follow ends when the container has, or when the signal aborts.
   */
  log(pod: KubernetesObject, container: string, options: ContainerLogOptions): Promise<Readable>;
  /** Resolves when the command has ended and its output has been written, with its exit code (128 + n for a signal). */
  exec(pod: KubernetesObject, container: string, command: ContainerCommand): Promise<{ exitCode: number }>;
  /** Resolves when the container has ended, or the client has gone. What it printed before is not shown. */
  attach(pod: KubernetesObject, container: string, streams: ContainerStreams): Promise<void>;
  /**
   * A connection to a port of the pod.
   * @throws {Error} with a kubelet's words when nothing listens there.
   */
  connect(pod: KubernetesObject, port: number, signal: AbortSignal): Promise<Duplex>;
}
