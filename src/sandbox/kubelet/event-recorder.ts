import { isAlreadyExists, isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { EVENTS } from '../../kubernetes/resources.ts';
import type { NodeContext } from './node-context.ts';
import { podIdentity, type Pod } from './pod.ts';
import { rfc3339 } from './rfc3339.ts';

interface Event extends KubernetesObject {
  count?: number;
  [field: string]: unknown;
}

/** Writes a kubelet's events about one pod, in order; the same event again counts up, as `kubectl describe` shows it. */
export interface EventRecorder {
  /** `fieldPath` is what of the pod it is about: `spec.containers{main}`. */
  record(type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void;
  /** Resolves when what was recorded is written, or could not be. */
  flush(): Promise<void>;
}

export function createEventRecorder(pod: Pod, node: NodeContext, signal: AbortSignal): EventRecorder {
  const { name, namespace, uid } = podIdentity(pod);
  const known = new Map<string, { event: Event; count: number }>();
  let queue = Promise.resolve();
  const write = async (event: Event, count: number, time: string) => {
    const object = { name: event.metadata?.name ?? '', namespace };
    try {
      if (count === 1) await node.client.create<Event>(EVENTS, event, { signal });
      else {
        const body = { count, lastTimestamp: time };
        await node.client.patch(EVENTS, object, { type: 'merge', body }, { signal });
      }
    } catch (error) {
      // Events are for readers: a namespace that goes, or the sandbox's own end, takes them along.
      if (!signal.aborted && !isNotFound(error) && !isAlreadyExists(error))
        node.log(`event about ${namespace}/${name}: ${String(error)}`);
    }
  };
  return {
    record(type, reason, message, fieldPath) {
      const time = rfc3339(node.clock.now());
      const key = JSON.stringify([type, reason, message, fieldPath]);
      const before = known.get(key);
      if (before) {
        const count = ++before.count;
        queue = queue.then(() => write(before.event, count, time));
        return;
      }
      const event: Event = {
        apiVersion: 'v1',
        kind: 'Event',
        // A kubelet takes the time in nanoseconds, in hexadecimal.
        metadata: { name: `${name}.${eventNumber(node.clock.now(), known.size)}`, namespace },
        involvedObject: {
          apiVersion: 'v1',
          kind: 'Pod',
          name,
          namespace,
          uid,
          resourceVersion: pod.metadata?.resourceVersion,
          ...(fieldPath !== undefined && { fieldPath }),
        },
        type,
        reason,
        message,
        count: 1,
        firstTimestamp: time,
        lastTimestamp: time,
        source: { component: 'kubelet', host: node.nodeName },
        reportingComponent: 'kubelet',
        reportingInstance: node.nodeName,
      };
      known.set(key, { event, count: 1 });
      queue = queue.then(() => write(event, 1, time));
    },
    flush: () => queue,
  };
}

/** The clock knows milliseconds only, and the scheduler's event about the pod may be of the same one: it has the first half of it. */
const eventNumber = (now: Date, sequence: number) =>
  (BigInt(now.getTime()) * 1_000_000n + 500_000n + BigInt(sequence)).toString(16);
