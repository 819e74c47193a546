import type { Readable, Writable } from 'node:stream';
import { ApiError } from './api-error.ts';
import type { KubernetesList, KubernetesObject, ObjectName, ResourceType, WatchEvent } from './objects.ts';

export interface CallOptions {
  signal?: AbortSignal;
  /** Milliseconds until the call is given up; 30 s when absent. Watches, logs and execs have none. */
  timeout?: number;
  /** Does not wait until one of the many other calls has ended, however many there are. */
  urgent?: boolean;
}

export interface WriteOptions extends CallOptions {
  subresource?: string;
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  dryRun?: boolean;
  fieldManager?: string;
}

export interface ReadOptions extends CallOptions {
  subresource?: string;
  resourceVersion?: string;
}

export interface ListOptions extends CallOptions {
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  /** Another representation, e.g. Tables: the Accept header. */
  accept?: string;
  includeObject?: 'None' | 'Metadata' | 'Object';
}

export interface WatchOptions extends CallOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  resourceVersion?: string;
  allowWatchBookmarks?: boolean;
  timeoutSeconds?: number;
}

export interface DeleteOptions extends CallOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
}

export type Patch =
  | { type: 'json'; body: { op: string; path: string; from?: string; value?: unknown }[] }
  | { type: 'merge' | 'strategic' | 'apply'; body: object };

export interface LogOptions extends CallOptions {
  container?: string;
  follow?: boolean;
  previous?: boolean;
  sinceTime?: string;
  sinceSeconds?: number;
  tailLines?: number;
  limitBytes?: number;
  timestamps?: boolean;
}

export interface ExecOptions extends CallOptions {
  container?: string;
  command: string[];
  /** Piped to the command with back-pressure; its end closes the command's stdin. */
  stdin?: Readable;
  /** Written with back-pressure; not ended by the exec. */
  stdout?: Writable;
  stderr?: Writable;
  tty?: boolean;
}

/** How a command in a container ended. */
export interface ExecResult {
  /** 0 on success. */
  exitCode: number;
}

/**
 * The API server, as this program speaks to it. Objects go in and out as they are on the wire. A failed request rejects
 * with `ApiError`. Reads are retried on 429, 503 with Retry-After and broken connections; a write is retried only where the
 * server says that it did nothing (429), or the connection was never made; an exec never.
 */
export interface KubernetesClient {
  get<T extends KubernetesObject>(type: ResourceType, object: ObjectName, options?: ReadOptions): Promise<T>;
  list<T extends KubernetesObject>(type: ResourceType, options?: ListOptions): Promise<KubernetesList<T>>;
  create<T extends KubernetesObject>(type: ResourceType, object: T, options?: WriteOptions): Promise<T>;
  /** PUT: the object's own resourceVersion, where it has one, must be current. */
  replace<T extends KubernetesObject>(type: ResourceType, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubernetesObject>(
    type: ResourceType,
    object: ObjectName,
    patch: Patch,
    options?: WriteOptions & { force?: boolean },
  ): Promise<T>;
  /** The deleted object, or the Status that the server sends in its place. */
  delete(type: ResourceType, object: ObjectName, options?: DeleteOptions): Promise<KubernetesObject>;
  /** One watch connection. Ends when the server ends it; throws `ApiError` (410 included) on an ERROR event. */
  watch<T extends KubernetesObject>(type: ResourceType, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  log(pod: ObjectName, options?: LogOptions): Promise<Readable>;
  /**
   * Resolves when the command has ended, whatever its exit code.
   * @throws {ApiError} when the API server refuses, and `ConnectionFailed` when it was not reached: the command has not begun;
   * {@link ExecFailed} when the node says something in place of an exit code; {@link ExecLost} when the connection broke before that came.
   */
  exec(pod: ObjectName, options: ExecOptions): Promise<ExecResult>;
  /** A GET of any path, for discovery, version and health: parsed JSON. */
  raw<T>(path: string, options?: CallOptions): Promise<T>;
  close(): Promise<void>;
}

/** The connection to an exec broke: whether the command ran, runs or will run on is unknown. */
export class ExecLost extends Error {
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`the connection to the command was lost before its exit code arrived: ${why}`, { cause });
    this.name = 'ExecLost';
  }
}

/**
 * What a node said in place of an exit code, the connection being there: that it could not begin the command, or that it does not know
 * how it ended.
 */
export class ExecFailed extends ApiError {}
