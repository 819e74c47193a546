import { isApiError, isNotFound } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { Clock } from '../../kubernetes/clock.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import type { ServedType } from '../apiserver/object-source.ts';
import type { Informers, ResourceEvent } from './informer.ts';
import type { EventRecorder } from './record-event.ts';

export interface ControllerContext {
  /** Its writes are known to the informers as soon as they are answered. */
  client: KubernetesClient;
  informers: Informers;
  events: EventRecorder;
  /** Every resource that is served now. */
  types(): ServedType[];
  /** What of a resource is in a namespace at this moment; nobody changes it in place. */
  contents(type: ResourceType, namespace: string): KubernetesObject[];
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
  triggers: {
    type: ResourceType;
    keys(event: ResourceEvent, context: ControllerContext): Key[] | Promise<Key[]>;
  }[];
  /** How many keys at a time, for what takes long; 1. */
  concurrency?: number;
  /** Resolves to the milliseconds after which to look again even if nothing changes, or to nothing. */
  reconcile(
    subject: { namespace: string; name: string },
    context: ControllerContext,
  ): Promise<number | undefined>;
}

/** Runs until the signal aborts. */
export async function runController(controller: Controller, context: ControllerContext): Promise<void> {
  const queue = createQueue(controller, context);
  const report = (error: unknown): void => {
    if (!context.signal.aborted) context.log(`${controller.name}: ${String(error)}`);
  };
  for (const { type, keys } of controller.triggers) {
    const informer = await context.informers.of(type);
    informer.subscribe((event) => {
      const found = keys(event, context);
      if (Array.isArray(found)) found.forEach(queue.add);
      else found.then((later) => later.forEach(queue.add), report);
    });
  }
  await Promise.all(Array.from({ length: controller.concurrency ?? 1 }, () => queue.run()));
}

const RETRY = 500;
const LONGEST_RETRY = 30_000;

export interface WorkQueue {
  add(key: Key): void;
  /** Reconciles what is due until the signal aborts; several can run at once. */
  run(): Promise<void>;
}

/** Keys to be reconciled, each once and one at a time. */
export function createQueue(
  controller: Pick<Controller, 'name' | 'reconcile'>,
  context: ControllerContext,
): WorkQueue {
  const { clock, signal, log } = context;
  const due = new Set<Key>();
  const busy = new Set<Key>();
  const failures = new Map<Key, number>();
  const timers = new Map<Key, number>();
  let wakers: (() => void)[] = [];
  const wakeAll = (): void => {
    for (const wake of wakers.splice(0)) wake();
  };
  const add = (key: Key): void => {
    due.add(key);
    wakeAll();
  };
  /** Only the earliest of several wishes to look again is kept. */
  const later = (key: Key, milliseconds: number): void => {
    const at = clock.monotonic() + milliseconds;
    if ((timers.get(key) ?? Infinity) <= at) return;
    timers.set(key, at);
    clock.sleep(Math.min(milliseconds, LONGEST_SLEEP), signal).then(
      () => {
        if (timers.get(key) === at) timers.delete(key);
        add(key);
      },
      () => {
        // Stopped: nothing is due any more.
      },
    );
  };
  signal.addEventListener('abort', wakeAll, { once: true });

  async function attempt(key: Key): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    try {
      const again = await controller.reconcile({ namespace, name }, context);
      failures.delete(key);
      if (again !== undefined) later(key, Math.max(again, 0));
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
        const key = due.values().find((candidate) => !busy.has(candidate));
        if (key === undefined) {
          await new Promise<void>((resolve) => wakers.push(resolve));
          continue;
        }
        due.delete(key);
        busy.add(key);
        await attempt(key);
        busy.delete(key);
        if (due.has(key)) wakeAll();
      }
    },
  };
}

/** What a timer of Node can hold; whoever waits longer looks a little early. */
const LONGEST_SLEEP = 2 ** 31 - 1;

export const keyOf = ({ metadata }: KubernetesObject): Key =>
  `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;

/** The key of the very object that changed. */
export const ownKey = ({ object }: ResourceEvent): Key[] => [keyOf(object)];

/** The key of the object of this kind that controls another, and of the one that did before the change. */
export const controllerKeys =
  (kind: string) =>
  ({ object, before }: ResourceEvent): Key[] => {
    const keys = [object, before].flatMap((state) => {
      const owner = state?.metadata?.ownerReferences?.find(({ controller }) => controller);
      return owner?.kind === kind ? [`${state?.metadata?.namespace ?? ''}/${owner.name}`] : [];
    });
    return [...new Set(keys)];
  };
