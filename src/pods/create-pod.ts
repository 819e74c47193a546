import { Failure } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { ApiError, isForbidden } from '../kubernetes/api-error.ts';
import { PODS } from '../kubernetes/resources.ts';
import type { Pod } from './pod.ts';

type CreateContext = Pick<FunctionContext, 'createTemporary' | 'settings' | 'clock' | 'signal' | 'log'>;

export interface PodCreation {
  /** Names the pod in the journal. */
  step: string;
  /** Start of the pod's name. */
  prefix: string;
  /** Without a name. */
  pod: Pod;
}

/** Milliseconds between two attempts: at first, and at most. */
const SHORTEST_PAUSE = 500;
const LONGEST_PAUSE = 5_000;

/** What admission refuses for a reason that passes by itself, and the milliseconds in which it should. */
const PASSING: [refusal: RegExp, patience: number][] = [
  // A pod that is about to go holds the quota still.
  [/exceeded quota/, 60_000],
  // The namespace is so new that its account is not there yet, unless somebody has mistyped a name.
  [/error looking up service account/, 10_000],
];

/**
 * Creates the pod, or adopts the one that an earlier process created.
 * @throws {Failure} with Kanister's text around the API server's words
 */
export async function createPod(context: CreateContext, { step, prefix, pod }: PodCreation): Promise<Pod> {
  const { clock, log, signal, settings } = context;
  const namespace = pod.metadata.namespace ?? settings.namespace;
  const start = clock.monotonic();
  for (let pause = SHORTEST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await context.createTemporary<Pod>(step, { type: PODS, namespace, prefix, object: pod });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!isForbidden(error) || clock.monotonic() + pause > start + patienceWith(error.message))
        throw notCreated(error, namespace);
      log.warn({ error: error.message }, 'The pod may not be created yet, trying again');
    }
    await clock.sleep(pause, signal);
  }
}

function patienceWith(message: string): number {
  return PASSING.find(([refusal]) => refusal.test(message))?.[1] ?? 0;
}

function notCreated(error: ApiError, namespace: string): Failure {
  const isEnding = error.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating');
  return Failure.wrap(
    'Failed to create pod: Failed to create pod: Failed to create pod',
    error,
    error.reason || 'PodNotCreated',
    isEnding
      ? {
          hint: `Namespace ${namespace} is being deleted: name another one, or run the action when it is there again.`,
        }
      : {},
  );
}
