import { BLUEPRINTS, type Blueprint } from '../../api/kanister/types.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import { getIfThere } from '../../kubernetes/get-if-there.ts';
import type { ReadLimits } from './history.ts';

/** Reads each Blueprint once: the answers are those of one moment, and to be asked anew for the next. */
export function readLimits(client: KubernetesClient, signal: AbortSignal): ReadLimits {
  const blueprints = new Map<string, Promise<Blueprint | undefined>>();
  const read = (namespace: string, name: string) => {
    const key = `${namespace}/${name}`;
    const found =
      blueprints.get(key) ?? getIfThere<Blueprint>(client, BLUEPRINTS, { namespace, name }, signal);
    blueprints.set(key, found);
    return found;
  };
  return async (namespace, { blueprint, action }) => {
    if (blueprint === '') return undefined;
    const found = await read(namespace, blueprint);
    const actions = found?.actions ?? {};
    return Object.hasOwn(actions, action) ? actions[action]?.history : undefined;
  };
}
