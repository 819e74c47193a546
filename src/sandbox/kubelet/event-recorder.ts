import { createHash } from 'node:crypto';
import { isAlreadyExists, isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { EVENTS } from '../../kubernetes/resources.ts';
import type { NodeContext } from './node-context.ts';
import { podIdentity, type Pod } from './pod.ts';

interface Event extends KubernetesObject {
  count?: number;
  [field: string]: unknown;
}

/** Writes a kubelet's events about one pod, in order; the same event again counts up, as `kubectl describe` shows it. */
export interface EventRecorder {
  record(type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void;
  /** Resolves when what was recorded is written, or could not be. */
  flush(): Promise<void>;
}

export function createEventRecorder(pod: Pod, node: NodeContext, signal: AbortSignal): EventRecorder {
  const { name, namespace, uid } = podIdentity(pod);
  const counts = new Map<string, number>();
  let queue = Promise.resolve();
  const write = async (event: Event, count: number) => {
    const object = { name: event.metadata?.name ?? '', namespace };
    try {
      if (count === 1) await node.client.create<Event>(EVENTS, event, { signal });
      else {
        const body = { count, lastTimestamp: event['lastTimestamp'] };
        await node.client.patch(EVENTS, object, { type: 'merge', body }, { signal });
      }
    } catch (error) {
      // Events are for readers: a namespace that goes, or the sandbox's own end, takes them along.
      if (!signal.aborted && !isNotFound(error) && !isAlreadyExists(error))
        node.log(`event about ${namespace}/${name}: ${String(error)}`);
    }
  };
  return {
    record(type, reason, message, container) {
      const fieldPath = container === undefined ? undefined : `spec.containers{${container}}`;
      const key = createHash('sha256')
        .update(JSON.stringify([uid, reason, message, fieldPath]))
        .digest('hex')
        .slice(0, 16);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      const time = node.clock
        .now()
        .toISOString()
        .replace(/\.\d+Z$/, 'Z');
      const event: Event = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${name}.${key}`, namespace },
        involvedObject: {
          apiVersion: 'v1',
          kind: 'Pod',
          name,
          namespace,
          uid,
          ...(fieldPath && { fieldPath }),
        },
        type,
        reason,
        message,
        count,
        firstTimestamp: time,
        lastTimestamp: time,
        source: { component: 'kubelet', host: node.nodeName },
        reportingComponent: 'kubelet',
        reportingInstance: node.nodeName,
      };
      queue = queue.then(() => write(event, count));
    },
    flush: () => queue,
  };
}
