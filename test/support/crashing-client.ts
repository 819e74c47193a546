import type { KubernetesClient } from '../../src/kubernetes/client.ts';

export interface CrashPoint {
  /** The how-manieth write is the last one that the process begins, from 1. */
  write: number;
  /** Whether the server still does it; its answer is never read. */
  applied: boolean;
}

export interface CrashingClient extends KubernetesClient {
  /** Resolves when the point was reached. */
  crashed: Promise<void>;
  /** Writes that were begun. */
  writes(): number;
}

/**
 * The client of a process that is killed at a given write. What the dead process waits for never settles: it must not run a
 * single line more, and that includes its `finally` blocks.
 */
export function crashingClient(client: KubernetesClient, point: CrashPoint): CrashingClient {
  let writes = 0;
  let isDead = false;
  const { promise: crashed, resolve: crash } = Promise.withResolvers<void>();
  const never = () => new Promise<never>(() => undefined);

  const read = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isDead) return never();
    const result = await call();
    return isDead ? never() : result;
  };
  const write = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isDead) return never();
    writes += 1;
    if (writes < point.write) return read(call);
    isDead = true;
    // In the real world the request is on its way by now, and the next process may come before it.
    if (point.applied) await call().catch(() => undefined);
    crash();
    return never();
  };

  return {
    crashed,
    writes: () => writes,
    get: (type, object, options) => read(() => client.get(type, object, options)),
    list: (type, options) => read(() => client.list(type, options)),
    async *watch(type, options) {
      for await (const event of client.watch(type, options)) {
        if (isDead) await never();
        yield event as never;
      }
    },
    log: (pod, options) => read(() => client.log(pod, options)),
    raw: (path, options) => read(() => client.raw(path, options)),
    create: (type, object, options) => write(() => client.create(type, object, options)),
    replace: (type, object, options) => write(() => client.replace(type, object, options)),
    patch: (type, object, patch, options) => write(() => client.patch(type, object, patch, options)),
    delete: (type, object, options) => write(() => client.delete(type, object, options)),
    exec: (pod, options) => write(() => client.exec(pod, options)),
    close: () => Promise.resolve(),
  };
}
