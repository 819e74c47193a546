import type { Duplex, Readable, Writable } from 'node:stream';
import type { SandboxImage } from '../images/image-table.ts';
import type { ContainerLogOptions, TerminalSize } from '../apiserver/node-agent.ts';
import type { Container, Pod } from './pod.ts';

/** Makes and runs containers, as processes or simulated; the kubelet decides when, and tells the API server. */
export interface ContainerRuntime {
  openPod(setup: PodSetup): RuntimePod;
  network: ContainerNetwork;
}

export interface PodSetup {
  pod: Pod;
  /** The pod's IP. */
  address: string;
  /** Aborts when the pod is to leave the node. */
  signal: AbortSignal;
  /** The pod takes more than it may have: it is to end. */
  evict(message: string): void;
}

/** What the node has for one pod. */
export interface RuntimePod {
  /**
   * Makes what the containers share: volumes, credentials, names.
   * @throws {CannotConfigure} with a kubelet's words while something is missing.
   */
  prepare(): Promise<void>;
  /**
   * Makes one run of a container; `attempt` counts from 0.
   * @throws {CannotConfigure} when something that its spec refers to is missing; another Error when it can't be made.
   */
  create(container: Container, image: SandboxImage, attempt: number): Promise<RuntimeContainer>;
  /** The last run of a container that an earlier sandbox of the same folder made. */
  recover(container: Container): RecoveredContainer | undefined;
  /** Takes over a change of the pod's object. */
  update(pod: Pod): void;
  /** Ends what serves the pod here; its files stay. Its containers must have ended, or are left to a later sandbox. */
  close(): Promise<void>;
  /** Removes what the pod had here. */
  remove(): Promise<void>;
}

/** One run of a container that has not begun. */
export interface RuntimeContainer {
  log: LogSource;
  /** Things that its spec asks for and it won't have: event reasons and messages. */
  warnings: { reason: string; message: string }[];
  /** @throws {ContainerStartFailed} when its command can't be started. */
  start(): Promise<RunningContainer>;
}

export interface RecoveredContainer {
  attempt: number;
  startedAt: string;
  log: LogSource;
  previousLog: LogSource | undefined;
  /** It still runs, or has ended meanwhile. */
  running: RunningContainer | undefined;
  exit: ContainerExit | undefined;
}

export interface RunningContainer {
  /** Resolves when it has ended, and everything in it. */
  readonly exited: Promise<ContainerExit>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Resolves with the exit code when the command has ended and its output has been taken. */
  exec(exec: ContainerExec): Promise<number>;
  /** Feeds its standard input, where it has one. Resolves when the input has ended or the signal aborts. */
  feed(stdin: Readable, signal: AbortSignal): Promise<void>;
  resize(size: TerminalSize): Promise<void>;
}

export interface ContainerExit {
  /** 128 + n after signal n. */
  exitCode: number;
  reason: string;
  /** Its termination message. */
  message: string;
  /** When it was; absent: now. */
  finishedAt?: Date;
}

export interface ContainerExec {
  command: string[];
  tty: boolean;
  stdin?: Readable | undefined;
  stdout?: Writable | undefined;
  stderr?: Writable | undefined;
  resize?: AsyncIterable<TerminalSize> | undefined;
  signal?: AbortSignal | undefined;
}

/** The output of one run of a container. */
export interface LogSource {
  read(options: Omit<ContainerLogOptions, 'previous'>): Readable;
}

/** How a node reaches its pods. Addresses are IPs or names. */
export interface ContainerNetwork {
  /** @throws {Error} with the words of Go's net.Dial. */
  connect(host: string, port: number, signal: AbortSignal): Promise<Duplex>;
  /** Resolves with the status code of a GET. */
  request(page: HttpPage, signal: AbortSignal): Promise<number>;
}

export interface HttpPage {
  secure: boolean;
  host: string;
  port: number;
  path: string;
  headers: Record<string, string>;
}

/** The command could not be started: the text is what a container runtime says. */
export class ContainerStartFailed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ContainerStartFailed';
  }
}

/** What a container or pod asks for is missing or contradicts itself: it waits with reason CreateContainerConfigError, or FailedMount. */
export class CannotConfigure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CannotConfigure';
  }
}
