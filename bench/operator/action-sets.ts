import { ACTION_SETS, API_VERSION, BLUEPRINTS } from '../../src/api/kanister/types.ts';
import type { ActionSet, Blueprint } from '../../src/api/kanister/types.ts';
import { isNotFound } from '../../src/kubernetes/api-error.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { listWatch } from '../../src/kubernetes/list-watch.ts';
import type { Place } from './place.ts';

const BLUEPRINT = 'bench';

/** Actions `one` and `five`, named after the number of their phases, of a function that returns at once. */
export async function createBlueprint({ client, namespace }: Place): Promise<void> {
  const phases = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ func: 'Noop', name: `phase${index}` }));
  await client.create<Blueprint>(BLUEPRINTS, {
    apiVersion: API_VERSION,
    kind: 'Blueprint',
    metadata: { name: BLUEPRINT, namespace },
    actions: { one: { phases: phases(1) }, five: { phases: phases(5) } },
  });
}

/** About something without pods, so that only the operator's own requests are made. */
export function actionSetOf(namespace: string, name: string, action: string): ActionSet {
  return {
    apiVersion: API_VERSION,
    kind: 'ActionSet',
    metadata: { name, namespace },
    spec: {
      actions: [
        {
          name: action,
          blueprint: BLUEPRINT,
          object: { kind: 'Namespace', name: namespace, namespace },
        },
      ],
    },
  };
}

/** Resolves when ActionSets can be created: a server serves them a moment after it knows their definition. */
export async function served(client: KubernetesClient): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 20) {
    try {
      await client.list(ACTION_SETS, { limit: 1 });
      await client.list(BLUEPRINTS, { limit: 1 });
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    await systemClock.sleep(20);
  }
  throw new Error('the API server does not serve ActionSets');
}

export interface WatchedActionSets {
  /** Milliseconds on `performance`'s clock at which it was first seen in this state; rejects when it fails instead. */
  reached(name: string, state: 'running' | 'complete'): Promise<number>;
  stop(): void;
}

/** Watches what becomes of the ActionSets of a namespace from now on. */
export async function watchActionSets({ client, namespace }: Place): Promise<WatchedActionSets> {
  const stopped = new AbortController();
  const waiting = new Map<string, PromiseWithResolvers<number>>();
  const waitingFor = (key: string) => {
    const found = waiting.get(key) ?? Promise.withResolvers<number>();
    found.promise.catch(() => undefined);
    waiting.set(key, found);
    return found;
  };
  const events = listWatch<ActionSet>(client, ACTION_SETS, {
    clock: systemClock,
    random: Math.random,
    namespace,
    signal: stopped.signal,
    // What is there already is not looked at, and what comes is not remembered.
    select: { fieldSelector: 'metadata.name=none', matches: () => false },
  });
  await events.next();
  const follow = async () => {
    for await (const event of events) {
      if (event.type !== 'modified' && event.type !== 'added') continue;
      const { metadata, status } = event.object;
      if (!status) continue;
      const now = performance.now();
      if (status.state === 'failed') {
        const error = new Error(`${metadata.name} failed: ${status.error.message}`);
        for (const state of ['running', 'complete']) waitingFor(`${metadata.name} ${state}`).reject(error);
      }
      waitingFor(`${metadata.name} running`).resolve(now);
      if (status.state === 'complete') waitingFor(`${metadata.name} complete`).resolve(now);
    }
  };
  follow().catch((error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
  });
  return {
    reached: (name, state) => waitingFor(`${name} ${state}`).promise,
    stop: () => stopped.abort(),
  };
}
