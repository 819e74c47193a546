import type { Clock } from '../../kubernetes/clock.ts';
import type { DefaultingContext } from './resource-definition.ts';
import type { NodeAgent } from './node-agent.ts';
import type { Registry } from './registry.ts';
import type { Store } from './store.ts';

/** Uniform in [0, 1). */
export type Random = () => number;

/** What every behaviour of the server works on. */
export interface ServerContext extends DefaultingContext {
  store: Store;
  registry: Registry;
  clock: Clock;
  random: Random;
  nodeAgent: NodeAgent | undefined;
  /** The tokens that were issued, and whom they stand for. They are not kept over a restart. */
  serviceAccountTokens: Map<string, { namespace: string; name: string; uid: string; expires: Date }>;
  /** Aborts when the server stops: ends its watches. */
  stopped: AbortSignal;
}

/** Options of a write that stand in its query or its DeleteOptions. */
export interface WriteRequestOptions {
  dryRun: boolean;
  fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  /** Collects texts for the response's Warning headers. */
  warn(text: string): void;
}

/** Kubernetes writes times to the second. */
export const timestamp = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');
