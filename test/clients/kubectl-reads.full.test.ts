import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKubectl } from './kubectl.ts';
import type { Kubectl } from './kubectl.ts';

let kubectl: Kubectl;
beforeAll(async () => {
  kubectl = await openKubectl();
}, 600_000);
afterAll(() => kubectl?.close(), 120_000);

describe('kubectl reads', { timeout: 120_000 }, () => {
  it('get in every form', async () => {
    await kubectl.run('create', 'configmap', 'shown', '--from-literal=k=v');
    expect(await kubectl.run('get', 'configmap', 'shown')).toMatch(/NAME\s+DATA\s+AGE\nshown\s+1/);
    expect(await kubectl.run('get', 'cm', 'shown', '-o', 'wide', '--show-labels')).toContain('LABELS');
    expect(await kubectl.run('get', 'cm', 'shown', '-o', 'yaml')).toContain('kind: ConfigMap');
    expect(JSON.parse(await kubectl.run('get', 'cm', 'shown', '-o', 'json'))).toMatchObject({
      data: { k: 'v' },
    });
    expect(await kubectl.run('get', 'cm', 'shown', '-o', 'jsonpath={.data.k}')).toBe('v');
    expect(await kubectl.run('get', 'cm', 'shown', '-o', 'go-template={{.data.k}}')).toBe('v');
    expect(await kubectl.run('get', 'cm', '-o', 'name')).toContain('configmap/shown');
    expect(await kubectl.run('get', 'cm', '-o', 'custom-columns=N:.metadata.name')).toContain('shown');
    expect(await kubectl.run('get', 'cm', '-l', 'none=such')).toBe('');
    expect(await kubectl.run('get', 'all', '-A')).toContain('service/kubernetes');
    expect(await kubectl.fail('get', 'configmap', 'absent')).toContain(
      'Error from server (NotFound): configmaps "absent" not found',
    );
    expect(await kubectl.fail('get', 'unknownthings')).toContain(
      'the server doesn\'t have a resource type "unknownthings"',
    );
  });

  it('what the server is, and what it serves', async () => {
    expect(await kubectl.run('version')).toContain('Server Version: v1.34');
    expect(await kubectl.run('cluster-info')).toContain('is running at');
    expect(await kubectl.run('api-versions')).toContain('apps/v1\n');
    const resources = await kubectl.run('api-resources');
    expect(resources).toMatch(/deployments\s+deploy\s+apps\/v1\s+true\s+Deployment/);
    expect(resources).toMatch(/statefulsets\s+sts\s/);
    expect(await kubectl.run('api-resources', '--api-group=batch', '-o', 'name')).toContain('cronjobs.batch');
    expect(await kubectl.run('get', '--raw', '/readyz')).toBe('ok');
  });

  it('explain', async () => {
    const pod = await kubectl.run('explain', 'pod.spec.containers');
    expect(pod).toContain('KIND:       Pod');
    expect(pod).toMatch(/imagePullPolicy\s+<string>/);
    expect(await kubectl.run('explain', 'deployments', '--recursive')).toContain('strategy');
    expect(await kubectl.fail('explain', 'pod.spec.nonsense')).toContain('field "nonsense" does not exist');
  });

  it('who one is, and what one may do', async () => {
    expect(await kubectl.run('auth', 'can-i', 'create', 'pods')).toBe('yes\n');
    expect(await kubectl.run('auth', 'can-i', '--list')).toContain('Resources');
    expect(await kubectl.run('auth', 'whoami')).toContain('system:masters');
  });

  it('what others may do, by the roles that they have', async () => {
    await kubectl.run('create', 'serviceaccount', 'reader');
    await kubectl.run('create', 'role', 'reader', '--verb=get,list', '--resource=pods,deployments.apps');
    const account = `${kubectl.namespace}:reader`;
    await kubectl.run('create', 'rolebinding', 'reader', '--role=reader', `--serviceaccount=${account}`);
    const as = `--as=system:serviceaccount:${account}`;
    expect(await kubectl.run('auth', 'can-i', 'list', 'pods', as)).toBe('yes\n');
    expect(await kubectl.run('auth', 'can-i', '--list', as)).toMatch(
      /deployments\.apps\s+\[\]\s+\[\]\s+\[get list\]/,
    );
    const refused = await kubectl.attempt(['auth', 'can-i', 'delete', 'pods', as]);
    expect([refused.stdout, refused.exitCode]).toEqual(['no\n', 1]);
    expect(await kubectl.run('get', 'pods', as)).toBe('');
    expect(await kubectl.fail('get', 'configmaps', as)).toContain(
      `Error from server (Forbidden): configmaps is forbidden: User "system:serviceaccount:${account}" cannot list resource "configmaps"`,
    );
    expect(await kubectl.run('create', 'token', 'reader')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n?$/);
  });
});
