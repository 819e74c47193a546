import { ApiError, isForbidden, isNotFound } from '../kubernetes/api-error.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { Clock } from '../kubernetes/clock.ts';
import type { ObjectName } from '../kubernetes/objects.ts';
import { PODS } from '../kubernetes/resources.ts';
import type { FunctionContext } from '../engine/function.ts';
import { Failure, messageOf } from '../engine/failure.ts';
import type { Pod } from './pod.ts';
import { WORK_ENDED } from '../kubernetes/work-ended.ts';

export type PodContext = Pick<FunctionContext, 'kubernetes' | 'clock' | 'signal' | 'log'>;

/** A pod whose state is kept up to date while it is followed. */
export interface FollowedPod {
  readonly name: ObjectName;
  /** As last seen. */
  readonly latest: Pod;
  /**
   * The first defined answer of `test`, asked about the latest state at once and about every later one.
   * @throws {Failure} `OutcomeUnknown` when the pod goes away; what the API server refused; the reason of `signal`.
   */
  until<T>(test: (pod: Pod) => T | undefined, signal?: AbortSignal): Promise<T>;
  close(): void;
}

/** Seconds after which the server is to end a watch: a connection that went dead unnoticed is replaced. */
const WATCH_SECONDS = 240;
/** Milliseconds between two readings where watching is not allowed. */
const SHORTEST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;
/** Milliseconds that a pod may outlast the grace period of its deletion: with its node gone it would be there for ever. */
const OVERSTAY = 120_000;

/**
 * Follows `pod` from the state that is given: by a watch of that one name, or, where the role does not grant watch, by reading it
 * from time to time. Ends with `close` or the context's signal.
 */
export function followPod(context: PodContext, pod: Pod): FollowedPod {
  const name = { name: pod.metadata.name ?? '', namespace: pod.metadata.namespace ?? '' };
  const closing = new AbortController();
  const signal = AbortSignal.any([context.signal, closing.signal]);
  const waiters = new Set<() => void>();
  let latest = pod;
  let failure: { error: unknown } | undefined;
  const wake = () => {
    for (const waiter of waiters) waiter();
  };

  const fail = (error: unknown) => {
    // Nobody may be waiting now; whoever waits later is told then.
    failure ??= { error };
    wake();
  };
  let isLeaving = false;
  const leave = ({ metadata }: Pod) => {
    if (isLeaving || metadata.deletionTimestamp === undefined) return;
    isLeaving = true;
    context.clock.sleep((metadata.deletionGracePeriodSeconds ?? 0) * 1_000 + OVERSTAY, signal).then(
      () => fail(podLost(name, latest)),
      () => undefined, // it is no longer followed
    );
  };
  const see = (seen: Pod) => {
    if (seen.metadata.uid !== pod.metadata.uid) throw podGone(name);
    latest = seen;
    leave(seen);
    wake();
  };
  leave(pod);
  follow(context, name, pod, see, signal).catch(fail);

  return {
    name,
    get latest() {
      return latest;
    },
    until(test, given) {
      return new Promise((resolve, reject) => {
        const stop = given ? AbortSignal.any([signal, given]) : signal;
        const finish = (settle: () => void) => {
          waiters.delete(look);
          stop.removeEventListener('abort', look);
          settle();
        };
        const look = () => {
          try {
            const answer = test(latest);
            if (answer !== undefined) finish(() => resolve(answer));
            else if (stop.aborted) finish(() => reject(stop.reason));
            else if (failure) finish(() => reject(failure?.error));
          } catch (error) {
            finish(() => reject(error));
          }
        };
        waiters.add(look);
        stop.addEventListener('abort', look, { once: true });
        look();
      });
    },
    close: () => closing.abort(new Error('the pod is no longer followed')),
  };
}

/** Never resolves. */
async function follow(
  context: PodContext,
  name: ObjectName,
  start: Pod,
  see: (pod: Pod) => void,
  signal: AbortSignal,
): Promise<never> {
  const { kubernetes, clock, log } = context;
  let resourceVersion = start.metadata.resourceVersion;
  let mayWatch = true;
  for (let pause = SHORTEST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    if (mayWatch && resourceVersion !== undefined) {
      try {
        for await (const pod of watchOnce(kubernetes, clock, name, resourceVersion, signal)) {
          pause = SHORTEST_PAUSE;
          see(pod);
        }
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Failure) throw error;
        if (isForbidden(error)) {
          mayWatch = false;
          log.debug({ error: error.message }, `Watching pod ${name.name} is not allowed, polling it`);
        } else {
          log.debug({ error: messageOf(error) }, `The watch of pod ${name.name} broke, it is read again`);
        }
      }
    }
    await clock.sleep(pause, signal);
    const pod = await read(context, name, signal);
    see(pod);
    resourceVersion = pod.metadata.resourceVersion;
  }
}

async function* watchOnce(
  kubernetes: KubernetesClient,
  clock: Clock,
  { name, namespace }: ObjectName,
  resourceVersion: string,
  outer: AbortSignal,
): AsyncGenerator<Pod> {
  const dead = new AbortController();
  const signal = AbortSignal.any([outer, dead.signal]);
  clock
    .sleep((WATCH_SECONDS + 30) * 1_000, signal)
    .then(() => dead.abort(new Error('the watch did not end in time')))
    .catch(() => undefined); // the watch ended first
  try {
    const events = kubernetes.watch<Pod>(PODS, {
      ...(namespace !== undefined && { namespace }),
      fieldSelector: `metadata.name=${name}`,
      resourceVersion,
      timeoutSeconds: WATCH_SECONDS,
      signal,
    });
    for await (const event of events) {
      if (event.type === 'DELETED') throw podGone({ name, ...(namespace !== undefined && { namespace }) });
      if (event.type === 'ADDED' || event.type === 'MODIFIED') yield event.object;
    }
  } finally {
    dead.abort(WORK_ENDED);
  }
}

/** The pod's state. A server in trouble is asked again until it answers or the signal aborts. */
async function read(context: PodContext, name: ObjectName, signal: AbortSignal): Promise<Pod> {
  const { kubernetes, clock, log } = context;
  for (let pause = SHORTEST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await kubernetes.get<Pod>(PODS, name, { signal });
    } catch (error) {
      signal.throwIfAborted();
      if (isNotFound(error)) throw podGone(name);
      if (error instanceof ApiError && error.code !== 429 && error.code < 500) throw error;
      log.debug({ error: messageOf(error) }, `Reading pod ${name.name} failed, trying again`);
    }
    await clock.sleep(pause, signal);
  }
}

function podGone({ name, namespace }: ObjectName): Failure {
  return new Failure('OutcomeUnknown', `pods "${name}" not found`, {
    pod: { name },
    hint:
      `Pod ${name} in namespace ${namespace} was removed while it ran (by a person, an eviction or the loss of its node): ` +
      'check what it has done, then run the action again.',
  });
}

function podLost({ name, namespace }: ObjectName, pod: Pod): Failure {
  const node = pod.spec.nodeName ?? '';
  return new Failure('OutcomeUnknown', `pods "${name}" is being deleted and does not end`, {
    pod: { name, phase: pod.status?.phase ?? '' },
    hint:
      `Node ${node} does not say that the containers of pod ${name} in namespace ${namespace} have ended, it may be gone: ` +
      'check the node and what the pod has done, then run the action again.',
  });
}
