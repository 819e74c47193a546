import type { KubernetesClient } from '../kubernetes/client.ts';
import { messageOf } from './failure.ts';

/**
 * Whether this process may still change the world. A leader that could not renew its lease in time closes it before a successor
 * can begin.
 */
export interface Gate {
  /** Once false, false for ever: work that was given up must not go on beside its successor. */
  open(): boolean;
}

/** This process no longer leads, or another one has claimed the object: stop, and leave everything as it is. */
export class Abandoned extends Error {
  override readonly name: string = 'Abandoned';
}

/** The object is gone: nobody can go on with its run, so what the run made is removed by whoever notices. */
export class ObjectGone extends Abandoned {
  override readonly name = 'ObjectGone';
}

/** The run was to be taken over from a journal that is no longer its last one: nothing was done, read it again. */
export class Outdated extends Abandoned {
  override readonly name = 'Outdated';
}

/** As what the work ends that met `error` when it had to end without a trace. */
export function abandonedBy(error: unknown): Abandoned {
  return error instanceof Abandoned ? error : new Abandoned(messageOf(error));
}

/** Every call that changes something asks the gate first; reads pass. */
export function gatedClient(
  client: KubernetesClient,
  gate: Gate,
  why = 'leadership was lost: nothing may be changed any more',
): KubernetesClient {
  const check = async () => {
    if (!gate.open()) throw new Abandoned(why);
  };
  return {
    get: (type, object, options) => client.get(type, object, options),
    list: (type, options) => client.list(type, options),
    watch: (type, options) => client.watch(type, options),
    log: (pod, options) => client.log(pod, options),
    raw: (path, options) => client.raw(path, options),
    create: (type, object, options) => check().then(() => client.create(type, object, options)),
    replace: (type, object, options) => check().then(() => client.replace(type, object, options)),
    patch: (type, object, patch, options) => check().then(() => client.patch(type, object, patch, options)),
    delete: (type, object, options) => check().then(() => client.delete(type, object, options)),
    exec: (pod, options) => check().then(() => client.exec(pod, options)),
    close: () => client.close(),
  };
}
