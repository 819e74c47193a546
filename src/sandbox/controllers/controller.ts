import { isApiError, isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';

export interface ControllerContext {
  client: KubernetesClient;
  clock: Clock;
  /** Ends the controller. */
  signal: AbortSignal;
  /** Told of what went wrong and is tried again. */
  log(message: string): void;
}

/** Which object to look at: `namespace/name`, or `/name` where there are no namespaces. */
export type Key = string;

/**
 * Brings about what objects of a kind ask for. Level-triggered: a reconcile reads the state there is and takes the next step towards
 * the one that should be, however often and whyever it is called.
 */
export interface Controller {
  name: string;
  /** Whose changes matter, and for which keys. */
  triggers: { type: ResourceType; keys(object: KubernetesObject): Key[] | Promise<Key[]> }[];
  /** Resolves to the milliseconds after which to look again even if nothing changes, or to nothing. */
  reconcile(
    subject: { namespace: string; name: string },
    context: ControllerContext,
  ): Promise<number | undefined>;
}

/** Runs until the signal aborts. */
export async function runController(controller: Controller, context: ControllerContext): Promise<void> {
  const queue = createQueue(controller, context);
  await Promise.all([
    queue.run(),
    ...controller.triggers.map(({ type, keys }) =>
      followResource(type, context, {
        async onEvent({ object }) {
          for (const key of await keys(object)) queue.add(key);
        },
      }),
    ),
  ]);
}

export interface ResourceEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubernetesObject;
}

/** Tells of every object that there is, then of every change; begins again after any interruption. */
export async function followResource(
  type: ResourceType,
  { client, clock, log, signal }: ControllerContext,
  handlers: {
    onEvent(event: ResourceEvent): void | Promise<void>;
    onSync?(objects: KubernetesObject[]): void;
  },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { items, metadata } = await client.list(type, { signal });
      handlers.onSync?.(items);
      for (const object of items) await handlers.onEvent({ type: 'ADDED', object });
      const events = client.watch(type, {
        ...(metadata.resourceVersion !== undefined && { resourceVersion: metadata.resourceVersion }),
        signal,
      });
      for await (const { type: change, object } of events) {
        if (change !== 'BOOKMARK' && change !== 'ERROR') await handlers.onEvent({ type: change, object });
      }
    } catch (error) {
      if (signal.aborted) return;
      // Its CustomResourceDefinition is gone.
      if (isNotFound(error)) return;
      log(`watching ${type.resource}: ${String(error)}`);
      await pause(clock, RETRY, signal);
    }
  }
}

const RETRY = 500;
const LONGEST_RETRY = 30_000;

/** Keys to be reconciled, each once and one at a time. */
function createQueue(controller: Controller, context: ControllerContext) {
  const { clock, signal, log } = context;
  const due = new Set<Key>();
  const failures = new Map<Key, number>();
  let wake: (() => void) | undefined;
  const add = (key: Key): void => {
    due.add(key);
    wake?.();
  };
  const later = (key: Key, milliseconds: number): void => {
    clock.sleep(milliseconds, signal).then(
      () => add(key),
      () => {
        // Stopped: nothing is due any more.
      },
    );
  };
  signal.addEventListener('abort', () => wake?.(), { once: true });

  async function attempt(key: Key): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    try {
      const again = await controller.reconcile({ namespace, name }, context);
      failures.delete(key);
      if (again !== undefined) later(key, again);
    } catch (error) {
      if (signal.aborted) return;
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      // A conflict only means that what was read is no longer the latest.
      const ordinary = isApiError(error, 'Conflict', 'AlreadyExists') || isNotFound(error);
      if (!ordinary || count > 5) log(`${controller.name} ${key}: ${String(error)}`);
      later(key, Math.min((ordinary ? 10 : RETRY) * 2 ** Math.min(count - 1, 12), LONGEST_RETRY));
    }
  }

  return {
    add,
    async run(): Promise<void> {
      while (!signal.aborted) {
        const [key] = due;
        if (key === undefined) {
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        due.delete(key);
        await attempt(key);
      }
    },
  };
}

async function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

export const keyOf = ({ metadata }: KubernetesObject): Key =>
  `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;

/** The key of the object of this kind that controls another. */
export const controllerKeys =
  (kind: string) =>
  ({ metadata }: KubernetesObject): Key[] => {
    const owner = metadata?.ownerReferences?.find(({ controller }) => controller);
    return owner?.kind === kind ? [`${metadata?.namespace ?? ''}/${owner.name}`] : [];
  };
