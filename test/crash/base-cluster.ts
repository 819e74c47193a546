import { kanisterCrds } from '../../src/api/kanister/crds.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  NAMESPACES,
  SECRETS,
  SERVICE_ACCOUNTS,
} from '../../src/kubernetes/resources.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { createApiServer } from '../../src/sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../../src/sandbox/apiserver/in-process-transport.ts';
import type { StoredState } from '../../src/sandbox/apiserver/store.ts';
import { asOriginal } from './original-crd.ts';
import { createEventQueue } from './event-queue.ts';
import { seededRandom } from './seeded-random.ts';
import { recordHistory } from './stored-history.ts';
import { virtualClock } from './virtual-clock.ts';

/** What every cluster of the suite begins with: our CRDs, two namespaces, the key for random values. Made once, then copied. */
export async function baseCluster({ originalCrds }: { originalCrds: boolean }): Promise<StoredState> {
  const queue = createEventQueue(false);
  const clock = virtualClock({ queue });
  const history = recordHistory();
  const server = createApiServer({
    clock,
    random: seededRandom('base').next,
    kept: { changeLog: history.changeLog },
  });
  const client = createClient(inProcessTransport(server), { clock });
  const make = async () => {
    for (const name of ['kanister', 'app']) {
      await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      const account = {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'operator', namespace: name },
      };
      await client.create(SERVICE_ACCOUNTS, account);
    }
    for (const crd of originalCrds ? kanisterCrds.map(asOriginal) : kanisterCrds)
      await client.create(CUSTOM_RESOURCE_DEFINITIONS, crd);
    const key = Buffer.alloc(32, 'randomness').toString('base64');
    await client.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'kanister-operator-randomness', namespace: 'kanister' },
      data: { key },
    } as KubernetesObject);
  };
  let isMade = false;
  const making = make().finally(() => (isMade = true));
  // The CRDs are established a moment after they were made.
  await queue.run(() => isMade && queue.now() > 10_000, 20_000);
  await making;
  server.stop();
  return history.state();
}
