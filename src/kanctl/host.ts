import type { Readable, Writable } from 'node:stream';
import type { FunctionDefinition } from '../engine/function.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { KanctlSettings } from './settings.ts';

/** What a command may know and touch of the world: a process in production, a test's own in tests. */
export interface KanctlHost {
  stdin: Readable;
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  settings: KanctlSettings;
  clock: Clock;
  /** That many random bytes. */
  random(length: number): Uint8Array;
  /** Aborts on ^C and SIGTERM. */
  signal: AbortSignal;
  /** @throws when there is no cluster configuration, with the original's text */
  connect(options: ConnectOptions): Promise<Connection>;
  /** The functions that Blueprints may use; loaded only when they are needed. */
  functions(): Promise<readonly FunctionDefinition[]>;
}

/** Empty: as the settings and the kubeconfig say. */
export interface ConnectOptions {
  kubeconfig: string;
  context: string;
}

export interface Connection {
  client: KubernetesClient;
  /** That of the kubeconfig's current context; `default` when it has none. */
  namespace: string;
}
