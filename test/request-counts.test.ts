import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesClient } from '../src/kubernetes/client.ts';
import { systemClock } from '../src/kubernetes/clock.ts';
import { createClient } from '../src/kubernetes/create-client.ts';
import { NAMESPACES } from '../src/kubernetes/resources.ts';
import type { Transport } from '../src/kubernetes/transport.ts';
import { createApiServer } from '../src/sandbox/apiserver/api-server.ts';
import type { ApiServer } from '../src/sandbox/apiserver/api-server.ts';
import { inProcessTransport } from '../src/sandbox/apiserver/in-process-transport.ts';
import { requestsOfActionSet } from './support/requests-of-action-set.ts';

describe('an ActionSet whose subject has no pods', () => {
  let server: ApiServer;
  let transport: Transport;
  let client: KubernetesClient;
  beforeEach(async () => {
    server = createApiServer({ clock: systemClock, random: Math.random });
    transport = inProcessTransport(server);
    client = createClient(transport, { clock: systemClock });
    await client.create(NAMESPACES, { metadata: { name: 'kanister' } });
  });
  afterEach(async () => {
    await client.close();
    server.stop();
  });

  it.each([
    [1, 9],
    [5, 21],
  ])('and of %i phases takes at most %i requests, events included', async (phases, most) => {
    const requests = await requestsOfActionSet({ client, transport, namespace: 'kanister' }, phases);
    // The end of a phase and the start of the next are one.
    expect(requests.filter((request) => request === 'PUT actionsets')).toHaveLength(phases + 1);
    expect(requests.length, requests.join('\n')).toBeLessThanOrEqual(most);
  });
});
