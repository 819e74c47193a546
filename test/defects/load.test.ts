import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ACTION_SETS,
  API_VERSION,
  type ActionSet,
  type ActionSetStatus,
} from '../../src/api/kanister/types.ts';
import { defineFunction } from '../../src/engine/function.ts';
import { readSubject } from '../../src/engine/subject.ts';
import type { KubernetesClient, ListOptions } from '../../src/kubernetes/client.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { EVENTS, NAMESPACES, NODES, PODS, STATEFUL_SETS } from '../../src/kubernetes/resources.ts';
import { createApiServer, type ApiServer } from '../../src/sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../../src/sandbox/apiserver/in-process-transport.ts';
import { acceleratedClock } from '../pods/accelerated-clock.ts';
import { countRequests, type CountedRequests } from '../support/counted-requests.ts';
import { echo, wait } from '../support/functions.ts';
import { createOperatorBed, type OperatorBed } from '../support/operator-bed.ts';

const functions = [echo, wait];
const PATIENTLY = { timeout: 10_000 };

describe('an operator asks the API server for little', () => {
  let server: ApiServer;
  let counted: CountedRequests;
  let client: KubernetesClient;
  let bed: OperatorBed;
  beforeEach(async () => {
    server = createApiServer({ clock: systemClock, random: Math.random });
    const transport = inProcessTransport(server);
    counted = countRequests(transport);
    client = createClient(counted.transport, { clock: systemClock });
    const direct = createClient(transport, { clock: systemClock });
    const close = async () => {
      await direct.close();
      server.stop();
    };
    bed = await createOperatorBed({ client: direct, namespace: 'kanister', patience: 10_000, close });
    for (const name of ['kanister', 'app']) await direct.create(NAMESPACES, { metadata: { name } });
  });
  afterEach(async () => {
    await bed.close();
    await client.close();
  });

  const isRunning = ({ status }: ActionSet) => status?.state === 'running';

  it('and for nothing while a phase has nothing to say, however long it takes', async () => {
    const clock = acceleratedClock(6_000);
    bed.start({ functions, client, clock, flags: ['--no-leader-election', '--sweep-after', '0'] });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Sleep', name: 'long' }] } });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as', isRunning);
    const taken = () => counted.take().filter((request) => !request.startsWith('WATCH'));
    await expect.poll(() => taken().length, { ...PATIENTLY, interval: 20 }).toBe(0);
    await clock.sleep(20 * 60_000);
    expect(taken()).toEqual([]);
    expect((await bed.actionSet('as', isRunning)).status?.actions[0]?.phases[0]?.state).toBe('running');
  });

  it('and for nothing because of ActionSets that have ended, nor because of its own writes', async () => {
    const installer = bed.start({ functions });
    await bed.createBlueprint('bp', { run: { phases: [{ func: 'Echo', name: 'one' }] } });
    await installer.stop();
    const ended: ActionSetStatus = { state: 'complete', actions: [], error: { message: '' }, progress: {} };
    for (let index = 0; index < 40; index++) {
      await bed.client.create<ActionSet>(ACTION_SETS, {
        apiVersion: API_VERSION,
        kind: 'ActionSet',
        metadata: { name: `old-${index}`, namespace: 'kanister' },
        spec: { actions: [] },
        status: ended,
      });
    }
    const operator = bed.start({ functions, client });
    await bed.createActionSet('as', { blueprint: 'bp' });
    await bed.actionSet('as');
    await operator.stop();
    const requests = counted.take().filter((request) => request.endsWith(' actionsets'));
    expect(requests.filter((request) => request.startsWith('PUT'))).toHaveLength(2);
    expect(requests.filter((request) => request.startsWith('GET')).length).toBeLessThanOrEqual(2);
    expect(requests.length).toBeLessThan(8);
  });

  it('and tells everything that happened, in its order, though events are slow: they hold up nothing', async () => {
    const held = Promise.withResolvers<void>();
    const slow: KubernetesClient = {
      ...client,
      async create(type, object, options) {
        if (type.resource === EVENTS.resource) await held.promise;
        return client.create(type, object, options);
      },
    };
    bed.start({ functions, client: slow });
    const names = Array.from({ length: 20 }, (_, index) => `phase-${index}`);
    await bed.createBlueprint('bp', { run: { phases: names.map((name) => ({ func: 'Echo', name })) } });
    const { metadata } = await bed.createActionSet('as', { blueprint: 'bp' });
    expect((await bed.actionSet('as')).status?.state).toBe('complete');
    const fieldSelector = `involvedObject.uid=${metadata.uid}`;
    const told = async () => {
      const { items } = await bed.client.list<KubernetesObject & { message: string }>(EVENTS, {
        namespace: 'kanister',
        fieldSelector,
      });
      const version = (event: KubernetesObject) => Number(event.metadata?.resourceVersion);
      return items.toSorted((a, b) => version(a) - version(b)).map(({ message }) => message);
    };
    expect(await told()).toEqual([]);
    held.resolve();
    await expect
      .poll(told, PATIENTLY)
      .toEqual([
        'Executing action run',
        ...names.flatMap((name) => [`Executing phase ${name}`, `Completed phase ${name}`]),
        "Updated ActionSet 'as' Status->complete",
      ]);
  });

  it('and for the pods of a workload alone, in pages', async () => {
    const labels = { app: 'db' };
    await bed.client.create<KubernetesObject & { spec: object }>(STATEFUL_SETS, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: 'app' },
      spec: {
        serviceName: 'db',
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'db', image: 'db' }] } },
      },
    });
    const lists: (ListOptions | undefined)[] = [];
    const listing: KubernetesClient = {
      ...bed.client,
      list(type, options) {
        if (type.resource === PODS.resource) lists.push(options);
        return bed.client.list(type, options);
      },
    };
    await readSubject(listing, { kind: 'StatefulSet', name: 'db', namespace: 'app' });
    expect(lists).toEqual([{ namespace: 'app', limit: 500, labelSelector: 'app=db' }]);
  });

  it('and its functions ask through the client that it has', async () => {
    bed.start({ functions: [look], client });
    await bed.createBlueprint('bp', {
      run: {
        phases: [
          { func: 'Look', name: 'one' },
          { func: 'Look', name: 'two' },
        ],
      },
    });
    await bed.createActionSet('as', { blueprint: 'bp' });
    expect((await bed.actionSet('as')).status?.state).toBe('complete');
    expect(counted.take().filter((request) => request === 'GET nodes')).toHaveLength(2);
  });
});

/** Asks the API server for something that nobody else asks for. */
const look = defineFunction({
  name: 'Look',
  args: {},
  outputs: {},
  permissions: [],
  revision: 1,
  async run(_args, { kubernetes }) {
    await kubernetes.list(NODES);
    return undefined;
  },
});
