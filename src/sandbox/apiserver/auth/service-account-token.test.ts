import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubernetesClient } from '../../../kubernetes/client.ts';
import { systemClock } from '../../../kubernetes/clock.ts';
import { createClient } from '../../../kubernetes/create-client.ts';
import type { KubernetesObject } from '../../../kubernetes/objects.ts';
import { PODS, SECRETS, SERVICE_ACCOUNTS } from '../../../kubernetes/resources.ts';
import { createApiServer } from '../api-server.ts';
import type { ApiServer } from '../api-server.ts';
import { inProcessTransport } from '../in-process-transport.ts';

interface TokenRequest extends KubernetesObject {
  spec: object;
  status?: { token: string; expirationTimestamp: string };
}

const account = { name: 'runner', namespace: 'default' };
const DAY = 24 * 3600 * 1000;

function as(server: ApiServer, token: string): KubernetesClient {
  const transport = inProcessTransport(server);
  const authorization = `Bearer ${token}`;
  const send: typeof transport.send = (request) =>
    transport.send({ ...request, headers: { ...request.headers, authorization } });
  return createClient({ ...transport, send }, { clock: systemClock });
}

const servers: ApiServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

async function open(serviceAccountKey?: string) {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const clock = { ...systemClock, now: () => new Date(now) };
  const server = createApiServer({
    clock,
    random: Math.random,
    bearerTokens: ['administrator'],
    ...(serviceAccountKey !== undefined && { serviceAccountKey }),
  });
  servers.push(server);
  const administrator = as(server, 'administrator');
  await administrator.create<KubernetesObject>(SERVICE_ACCOUNTS, { metadata: account });
  const tokenFor = async (spec: object) => {
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: account, spec };
    const { status } = await administrator.create<TokenRequest>(SERVICE_ACCOUNTS, request, {
      subresource: 'token',
    });
    return status ?? { token: '', expirationTimestamp: '' };
  };
  const works = (token: string): Promise<boolean> =>
    as(server, token)
      .raw('/version')
      .then(
        () => true,
        () => false,
      );
  return { server, administrator, tokenFor, works, pass: (milliseconds: number) => (now += milliseconds) };
}

describe("a service account's token", () => {
  it('works until it expires', async () => {
    const { tokenFor, works, pass } = await open();
    const { token, expirationTimestamp } = await tokenFor({ expirationSeconds: 600 });
    expect(expirationTimestamp).toBe('2026-01-01T00:10:00Z');
    expect(await works(token)).toBe(true);
    pass(DAY);
    expect(await works(token)).toBe(false);
  });

  it('that a kubelet asked for works for as long as its pod is there', async () => {
    const { administrator, tokenFor, works, pass } = await open();
    const pod = { name: 'p', namespace: 'default' };
    const spec = { serviceAccountName: account.name, containers: [{ name: 'c', image: 'busybox' }] };
    await administrator.create<KubernetesObject>(PODS, { metadata: pod, spec } as KubernetesObject);
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'p' };
    const { token, expirationTimestamp } = await tokenFor({ expirationSeconds: 3607, boundObjectRef });
    expect(expirationTimestamp).toBe('2026-01-01T01:00:07Z');
    pass(DAY);
    expect(await works(token)).toBe(true);
    await administrator.delete(PODS, pod, { gracePeriodSeconds: 0 });
    expect(await works(token)).toBe(false);
  });

  it('ends with its account, even if another one takes its name', async () => {
    const { administrator, tokenFor, works } = await open();
    const { token } = await tokenFor({});
    await administrator.delete(SERVICE_ACCOUNTS, account);
    expect(await works(token)).toBe(false);
    await administrator.create<KubernetesObject>(SERVICE_ACCOUNTS, { metadata: account });
    expect(await works(token)).toBe(false);
  });

  it('of another server, or with other claims, is worth nothing', async () => {
    const { tokenFor, works } = await open();
    const other = await open();
    const { token } = await other.tokenFor({});
    expect(await works(token)).toBe(false);
    const own = await tokenFor({ audiences: ['vault'] });
    expect(await works(own.token)).toBe(false);
    const [header, , signature] = (await tokenFor({})).token.split('.');
    const claims = Buffer.from('{"sub":"system:serviceaccount:kube-system:default"}').toString('base64url');
    expect(await works(`${header}.${claims}.${signature}`)).toBe(false);
  });

  it('is signed with the key that the server was given', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const [first, second] = [await open(key), await open(key)];
    const keysOf = (server: ApiServer) => as(server, 'administrator').raw('/openid/v1/jwks');
    expect(await keysOf(second.server)).toEqual(await keysOf(first.server));
  });

  it('stands in a Secret that names the account, until that is deleted', async () => {
    const { administrator, works } = await open();
    const secret = { name: 'legacy', namespace: 'default' };
    const annotations = { 'kubernetes.io/service-account.name': account.name };
    const type = 'kubernetes.io/service-account-token';
    const created = { metadata: { ...secret, annotations }, type } as KubernetesObject;
    await administrator.create<KubernetesObject>(SECRETS, created);
    const { data } = await administrator.get<KubernetesObject & { data: { token: string } }>(SECRETS, secret);
    const token = Buffer.from(data.token, 'base64').toString();
    expect(await works(token)).toBe(true);
    await administrator.delete(SERVICE_ACCOUNTS, account);
    expect(await works(token)).toBe(false);
    await expect(administrator.get(SECRETS, secret)).rejects.toMatchObject({ code: 404 });
  });
});
