import { expect, it } from 'vitest';
import { systemClock } from '../../kubernetes/clock.ts';
import { createClient } from '../../kubernetes/create-client.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { SERVICE_ACCOUNTS } from '../../kubernetes/resources.ts';
import { createApiServer } from './api-server.ts';
import { inProcessTransport } from './in-process-transport.ts';

interface TokenRequest extends KubernetesObject {
  spec: { expirationSeconds: number };
  status?: { token: string; expirationTimestamp: string };
}

it("takes a service account's token until it expires, and a pod's for as long as a pod runs", async () => {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const clock = { ...systemClock, now: () => new Date(now) };
  const server = createApiServer({ clock, random: Math.random, bearerTokens: ['administrator'] });
  const as = (token: string) => {
    const transport = inProcessTransport(server);
    const authorization = `Bearer ${token}`;
    const send: typeof transport.send = (request) =>
      transport.send({ ...request, headers: { ...request.headers, authorization } });
    return createClient({ ...transport, send }, { clock });
  };
  const administrator = as('administrator');
  const account = { name: 'runner', namespace: 'default' };
  await administrator.create<KubernetesObject>(SERVICE_ACCOUNTS, { metadata: account });
  const tokenFor = async (expirationSeconds: number) => {
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: account };
    const { status } = await administrator.create<TokenRequest>(
      SERVICE_ACCOUNTS,
      { ...request, spec: { expirationSeconds } },
      { subresource: 'token' },
    );
    return status ?? { token: '', expirationTimestamp: '' };
  };
  const [short, kubelets] = [await tokenFor(600), await tokenFor(3607)];
  expect(kubelets.expirationTimestamp).toBe('2026-01-01T01:00:07Z');
  expect(await as(short.token).raw('/version')).toBeDefined();
  now += 24 * 3600 * 1000;
  await expect(as(short.token).raw('/version')).rejects.toMatchObject({ code: 401 });
  expect(await as(kubelets.token).raw('/version')).toBeDefined();
  server.stop();
});
