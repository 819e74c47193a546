import { expect, it } from 'vitest';
import { systemClock } from '../../kubernetes/clock.ts';
import { createClient } from '../../kubernetes/create-client.ts';
import { SERVICES } from '../../kubernetes/resources.ts';
import { createApiServer } from '../apiserver/api-server.ts';
import { inProcessTransport } from '../apiserver/in-process-transport.ts';
import { publishApiServer } from './publish-api-server.ts';
import { clusterAddress, ENDPOINTS, readyTargets } from './service.ts';
import type { Endpoints, Service } from './service.ts';

it('the API server is a service of its cluster, which keeps its address when the server listens elsewhere', async () => {
  const server = createApiServer({ clock: systemClock, random: Math.random });
  const client = createClient(inProcessTransport(server), { clock: systemClock });
  const identity = { namespace: 'default', name: 'kubernetes' };
  const seen = async () => {
    const service = await client.get<Service>(SERVICES, identity);
    const endpoints = await client.get<Endpoints>(ENDPOINTS, identity);
    const [port] = service.spec?.ports ?? [];
    return {
      address: clusterAddress(service),
      port: port?.port,
      targets: port && readyTargets(port, endpoints),
    };
  };
  try {
    await publishApiServer(client, { host: '127.9.0.1', port: 40_001 });
    const first = await seen();
    expect(first).toMatchObject({ port: 443, targets: [{ host: '127.9.0.1', port: 40_001 }] });
    await publishApiServer(client, { host: '127.9.0.1', port: 40_002 });
    expect(await seen()).toEqual({ ...first, targets: [{ host: '127.9.0.1', port: 40_002 }] });
  } finally {
    await client.close();
    server.stop();
  }
});
