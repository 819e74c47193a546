import { systemClock } from '../../src/kubernetes/clock.ts';
import { listWatch } from '../../src/kubernetes/list-watch.ts';
import { PODS } from '../../src/kubernetes/resources.ts';
import type { Pod } from '../../src/pods/pod.ts';
import type { Place } from '../operator/place.ts';

export interface WatchedPods {
  /** Milliseconds on `performance`'s clock at which it was first seen in this phase; rejects when it fails instead. */
  reached(name: string, phase: 'Running' | 'Succeeded'): Promise<number>;
  stop(): void;
}

/** Watches what becomes of the pods of a namespace. */
export async function watchPods({ client, namespace }: Place): Promise<WatchedPods> {
  const stopped = new AbortController();
  const waiting = new Map<string, PromiseWithResolvers<number>>();
  const waitingFor = (name: string, phase: string) => {
    const key = `${name} ${phase}`;
    const found = waiting.get(key) ?? Promise.withResolvers<number>();
    found.promise.catch(() => undefined);
    waiting.set(key, found);
    return found;
  };
  const events = listWatch<Pod>(client, PODS, {
    clock: systemClock,
    random: Math.random,
    namespace,
    signal: stopped.signal,
  });
  await events.next();
  const follow = async () => {
    for await (const event of events) {
      if (event.type !== 'modified' && event.type !== 'added') continue;
      const { metadata, status } = event.object;
      const { name = '' } = metadata;
      waitingFor(name, status?.phase ?? '').resolve(performance.now());
      if (status?.phase === 'Failed') waitingFor(name, 'Succeeded').reject(new Error(`pod ${name} failed`));
    }
  };
  follow().catch((error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
  });
  return {
    reached: (name, phase) => waitingFor(name, phase).promise,
    stop: () => stopped.abort(),
  };
}
