import type { Clock } from '../../kubernetes/clock.ts';
import type { MergeTypes } from './apply/merge-types.ts';
import type { Authorizer } from './auth/authorizer.ts';
import type { TokenSigner } from './auth/json-web-token.ts';
import type { User } from './auth/user.ts';
import type { DefaultingContext } from './resource-definition.ts';
import type { NodeAgent } from './node-agent.ts';
import type { Registry } from './registry.ts';
import type { StatusError } from './status-error.ts';
import type { Store } from './store.ts';

/** Uniform in [0, 1). */
export type Random = () => number;

/** What every behaviour of the server works on. */
export interface ServerContext extends DefaultingContext {
  store: Store;
  registry: Registry;
  mergeTypes: MergeTypes;
  clock: Clock;
  random: Random;
  nodeAgent: NodeAgent | undefined;
  /** Who may do what. */
  authorizer: Authorizer;
  /** Of service accounts' tokens. */
  tokenSigner: TokenSigner;
  /** Who shows one of these is the administrator; absent, everybody is who shows no token. */
  administratorTokens: string[] | undefined;
  /** Aborts when the server stops: ends its watches. */
  stopped: AbortSignal;
}

/** Options of a write that stand in its query or its DeleteOptions. */
export interface WriteRequestOptions {
  dryRun: boolean;
  /** Who writes. */
  user: User;
  fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  /** Collects texts for the response's Warning headers. */
  warn(text: string): void;
  /** Whom the fields that this changes belong to from then on. Absent where the object itself says who owns what. */
  manager?: string;
  /** The object comes from server-side apply, which tells a null from nothing. */
  applied?: boolean;
  /** The body as it came; errors show its beginning. */
  sentText?: string;
  /** Fields that stand twice in the body; only looked for where the client wants to know. */
  sentTwice?: { duplicates: readonly string[]; positions: ReadonlyMap<string, number> };
  /** How a fault of the object is answered that a patch made: the client never sent that object. */
  refusePatched?(fault: string): StatusError;
}

/** Kubernetes writes times to the second. */
export const timestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;
