import type { Readable, Writable } from 'node:stream';
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

/** A command to run in a container. Streams that are absent were not asked for. */
export interface ContainerCommand {
  command: string[];
  tty: boolean;
  /** Ends when the client closed its side. Read with back-pressure. */
  stdin?: Readable;
  /** Written with back-pressure and ended by the agent. With a terminal, standard error goes here too. */
  stdout?: Writable;
  stderr?: Writable;
  /** The terminal's sizes as the client reports them, when `tty`. */
  resize?: AsyncIterable<{ width: number; height: number }>;
  /** Aborts when the client's connection is gone. */
  signal: AbortSignal;
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
}
