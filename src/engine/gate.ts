import type { KubernetesClient } from '../kubernetes/client.ts';

/**
 * Whether this process may still change the world. A leader that could not renew its lease in time closes it before a successor
 * can begin.
 */
export interface Gate {
  open(): boolean;
}

/** This process no longer leads, or another one has claimed the object: stop, and leave everything as it is. */
export class Abandoned extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'Abandoned';
  }
}

/** Every call that changes something asks the gate first; reads pass. */
export function gatedClient(client: KubernetesClient, gate: Gate): KubernetesClient {
  const check = async () => {
    if (!gate.open()) throw new Abandoned('leadership was lost: nothing may be changed any more');
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
