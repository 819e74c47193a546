import { ACTION_SETS, BLUEPRINTS } from '../../src/api/kanister/types.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { EVENTS, NAMESPACES } from '../../src/kubernetes/resources.ts';
import type { Transport, TransportRequest } from '../../src/kubernetes/transport.ts';
import { requestsOfActionSet } from '../../test/support/requests-of-action-set.ts';
import { actionSetOf } from './action-sets.ts';
import type { Place } from './place.ts';

/** What an operator asked for and wrote for one ActionSet. */
export interface Recording {
  requests: string[];
  puts: KubernetesObject[];
  events: KubernetesObject[];
}

/** Has an operator in this process run an ActionSet: requests are counted where they are sent. */
export async function recordRequests(place: Place, phases: number): Promise<Recording> {
  const written: TransportRequest[] = [];
  const transport: Transport = {
    ...place.transport,
    send(request) {
      if (request.method === 'PUT' || request.method === 'POST') written.push(request);
      return place.transport.send(request);
    },
  };
  const requests = await requestsOfActionSet({ ...place, transport }, phases);
  const bodies = (method: string, resource: string) =>
    written
      .filter((request) => request.method === method && request.path.includes(`/${resource}`))
      .map(({ body }) => JSON.parse(String(body)) as KubernetesObject);
  // The first one tells that the Blueprint was found, before the ActionSet was there.
  return { requests, puts: bodies('PUT', 'actionsets'), events: bodies('POST', 'events').slice(1) };
}

/**
 * The same requests in the same order, sent by a program that does nothing else: what the API server alone takes of the time.
 * @returns milliseconds until the last PUT is answered
 */
export async function replay(place: Place, name: string, recording: Recording): Promise<number> {
  const { namespace } = place;
  const client = createClient(place.transport, { clock: systemClock });
  const start = performance.now();
  let stored = await client.create<KubernetesObject>(ACTION_SETS, actionSetOf(namespace, name, 'one'));
  await Promise.all([
    client.get(NAMESPACES, { name: namespace }),
    client.get(BLUEPRINTS, { name: 'bench', namespace }),
  ]);
  for (const { metadata, status } of recording.puts as (KubernetesObject & { status: object })[]) {
    const { annotations, finalizers } = metadata ?? {};
    const own = {
      ...stored.metadata,
      ...(metadata?.managedFields && { managedFields: metadata.managedFields }),
      annotations,
      finalizers,
    } as KubernetesObject['metadata'];
    stored = await client.replace(ACTION_SETS, { ...stored, metadata: own, status } as KubernetesObject);
  }
  const time = performance.now() - start;
  const post = (event: KubernetesObject, index: number) =>
    client.create(EVENTS, { ...event, metadata: { ...event.metadata, name: `${name}.${index}` } });
  await Promise.all(recording.events.map(post));
  return time;
}
