import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityOf,
  subtractQuantities,
} from '../../../kubernetes/quantity.ts';
import type { Quantity } from '../../../kubernetes/quantity.ts';
import { fieldsOf, textOf, valueAt } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import type { ServerContext } from '../server-context.ts';
import { forbidden } from '../status-error.ts';
import type { AdmissionRequest } from './admission-request.ts';
import { isInScope } from './quota-scope.ts';
import { usageOf } from './quota-usage.ts';

/** What a pod has to say of itself in a namespace whose quota counts it. */
const COMPUTE = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];

/** @throws {StatusError} 403 where the namespace would use more than its quotas allow */
export function refuseBeyondQuota(context: ServerContext, request: AdmissionRequest): void {
  const { definition, namespace, object, old, name, operation } = request;
  if (!object || namespace === undefined || request.subresource !== undefined) return;
  const { storage } = definition;
  for (const quota of context.store.list('resourcequotas', namespace)) {
    if (!isInScope(quota, object, storage)) continue;
    const hard = new Map(
      Object.entries(fieldsOf(valueAt(quota, 'spec', 'hard'))).map(([key, amount]) => [
        key,
        parseQuantity(textOf(amount)),
      ]),
    );
    const usage = usageOf(object, storage);
    refuseUnspecified(request, quota, hard, usage);
    const before = old && operation === 'UPDATE' ? usageOf(old, storage) : new Map<string, Quantity>();
    const more = new Map(
      [...usage].flatMap(([key, amount]) => {
        const increase = before.has(key)
          ? subtractQuantities(amount, before.get(key) ?? quantityOf(0))
          : amount;
        return hard.has(key) && increase.digits > 0n ? [[key, increase] as const] : [];
      }),
    );
    if (more.size === 0) continue;
    const used = usedBy(context, quota, namespace, storage, [...more.keys()]);
    const exceeded = [...more.keys()]
      .filter((key) => compareQuantities(addQuantities(of(used, key), of(more, key)), of(hard, key)) > 0)
      .toSorted();
    if (exceeded.length === 0) continue;
    const shown = (amounts: Map<string, Quantity>) =>
      exceeded.map((key) => `${key}=${formatQuantity(of(amounts, key))}`).join(',');
    throw forbidden(
      definition,
      name,
      `exceeded quota: ${quota.metadata.name}, requested: ${shown(more)}, used: ${shown(used)}, limited: ${shown(hard)}`,
    );
  }
}

const of = (amounts: Map<string, Quantity>, key: string): Quantity => amounts.get(key) ?? quantityOf(0);

/** Counted from what there is, so that it is right also before the quota's controller has looked. */
function usedBy(
  context: ServerContext,
  quota: ApiObject,
  namespace: string,
  storage: string,
  keys: string[],
) {
  const used = new Map<string, Quantity>();
  for (const object of context.store.list(storage, namespace)) {
    if (!isInScope(quota, object, storage)) continue;
    const usage = usageOf(object, storage);
    for (const key of keys) used.set(key, addQuantities(of(used, key), of(usage, key)));
  }
  return used;
}

function refuseUnspecified(
  { definition, name, operation, object }: AdmissionRequest,
  quota: ApiObject,
  hard: Map<string, Quantity>,
  usage: Map<string, Quantity>,
): void {
  if (definition.storage !== 'pods' || operation !== 'CREATE' || !object) return;
  const missing = COMPUTE.filter((key) => hard.has(key) && !usage.has(key)).toSorted();
  if (missing.length === 0) return;
  const containers = Array.isArray(valueAt(object, 'spec', 'containers')) ? listNames(object) : [];
  throw forbidden(
    definition,
    name,
    `failed quota: ${quota.metadata.name}: must specify ${missing
      .map((key) => `${key} for: ${containers.join(',')}`)
      .join('; ')}`,
  );
}

const listNames = (pod: ApiObject): string[] => {
  const containers = valueAt(pod, 'spec', 'containers');
  return Array.isArray(containers) ? containers.map((container) => textOf(fieldsOf(container).name)) : [];
};
