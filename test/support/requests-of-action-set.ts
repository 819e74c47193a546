import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { EVENTS } from '../../src/kubernetes/resources.ts';
import type { Transport } from '../../src/kubernetes/transport.ts';
import { countRequests } from './counted-requests.ts';
import { echo } from './functions.ts';
import { createOperatorBed, type BedCluster, type OperatorBed } from './operator-bed.ts';

/**
 * What an operator that leads and watches asks of the API server for one ActionSet of one action, whose subject is the namespace: no
 * pods, no Profile, and a function that asks for nothing.
 */
export async function requestsOfActionSet(
  { client, transport, namespace }: Pick<BedCluster, 'client' | 'namespace'> & { transport: Transport },
  phases: number,
): Promise<string[]> {
  const bed = await createOperatorBed({ client, namespace, patience: 30_000, close: async () => undefined });
  try {
    const counted = countRequests(transport);
    const operator = bed.start({
      functions: [echo],
      client: createClient(counted.transport, { clock: systemClock }),
    });
    const blueprint = `requests-${phases}`;
    const names = Array.from({ length: phases }, (_, index) => `phase${index}`);
    await bed.createBlueprint(blueprint, {
      run: { phases: names.map((name) => ({ func: 'Echo', name, args: { value: name } })) },
    });
    await toldOf(bed, blueprint);
    counted.take();
    const object = { kind: 'Namespace', name: namespace, namespace };
    await bed.createActionSet(blueprint, { blueprint, object });
    await bed.actionSet(blueprint);
    // It stops when all that belongs to the run has been told.
    await operator.stop();
    return counted.take();
  } finally {
    await bed.close();
  }
}

/** The operator has seen the Blueprint: it does nothing else from now on. */
async function toldOf({ client, namespace }: OperatorBed, blueprint: string): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 5) {
    const { items } = await client.list<KubernetesObject & { involvedObject: { name: string } }>(EVENTS, {
      namespace,
    });
    if (items.some(({ involvedObject }) => involvedObject.name === blueprint)) return;
    await systemClock.sleep(5);
  }
  throw new Error(`no event tells that the operator has found Blueprint ${blueprint}`);
}
