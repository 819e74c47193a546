import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../kubernetes/clock.ts';
import { createApiServer } from '../api-server.ts';
import type { ApiServer } from '../api-server.ts';

const servers: ApiServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

function open(rbac: boolean) {
  const server = createApiServer({ clock: systemClock, random: Math.random, bearerTokens: ['secret'], rbac });
  servers.push(server);
  return async (
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string> = {},
    body?: object,
  ) => {
    const answer = await server.handle({
      method,
      path,
      query: new URLSearchParams(),
      headers: { 'content-type': 'application/json', ...headers },
      body: Buffer.from(body ? JSON.stringify(body) : ''),
      signal: new AbortController().signal,
    });
    const text = typeof answer.body === 'string' ? answer.body : '';
    return { status: answer.status, message: /"message":"(.*?[^\\])"/.exec(text)?.[1] };
  };
}

const administrator = { authorization: 'Bearer secret' };
const pods = '/api/v1/namespaces/default/pods';

describe('access without roles', () => {
  it('is for whoever is known, and for nobody else', async () => {
    const ask = open(false);
    expect(await ask('GET', pods, administrator)).toMatchObject({ status: 200 });
    expect(await ask('GET', pods, { ...administrator, 'impersonate-user': 'jane' })).toMatchObject({
      status: 200,
    });
    expect(await ask('GET', pods)).toEqual({ status: 401, message: 'Unauthorized' });
    expect(await ask('GET', '/readyz')).toMatchObject({ status: 200 });
  });
});

describe('access by roles', () => {
  it('shows strangers health and version, and refuses them the rest', async () => {
    const ask = open(true);
    expect(await ask('GET', '/version')).toMatchObject({ status: 200 });
    expect(await ask('GET', pods)).toEqual({
      status: 403,
      message: String.raw`pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"`,
    });
    expect(await ask('GET', pods, { authorization: 'Bearer wrong' })).toMatchObject({ status: 401 });
  });

  it('lets nobody act as another without the right to', async () => {
    const ask = open(true);
    const jane = { ...administrator, 'impersonate-user': 'jane' };
    expect(await ask('GET', pods, jane)).toMatchObject({ status: 403 });
    expect(await ask('GET', pods, { ...jane, 'impersonate-group': 'system:masters' })).toMatchObject({
      status: 200,
    });
    expect(await ask('GET', pods, { 'impersonate-user': 'jane' })).toEqual({
      status: 403,
      message: String.raw`users \"jane\" is forbidden: User \"system:anonymous\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope`,
    });
    expect(await ask('GET', pods, { ...administrator, 'impersonate-group': 'g' })).toMatchObject({
      status: 500,
    });
  });

  it('counts from the moment that a binding is written', async () => {
    const ask = open(true);
    const account = { ...administrator, 'impersonate-user': 'system:serviceaccount:default:runner' };
    expect(await ask('GET', pods, account)).toMatchObject({ status: 403 });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
    const subjects = [{ kind: 'ServiceAccount', name: 'runner', namespace: 'default' }];
    const binding = { metadata: { name: 'view' }, roleRef, subjects };
    const path = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings';
    expect(await ask('POST', path, administrator, binding)).toMatchObject({ status: 201 });
    expect(await ask('GET', pods, account)).toMatchObject({ status: 200 });
    expect(await ask('GET', '/api/v1/namespaces/kube-system/pods', account)).toMatchObject({ status: 403 });
    expect(await ask('GET', '/api/v1/namespaces/default/secrets', account)).toMatchObject({ status: 403 });
  });
});
