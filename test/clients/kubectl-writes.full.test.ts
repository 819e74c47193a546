import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHELL, deployment } from './deployment.ts';
import { openKubectl } from './kubectl.ts';
import type { Kubectl } from './kubectl.ts';

let kubectl: Kubectl;
beforeAll(async () => {
  kubectl = await openKubectl();
}, 600_000);
afterAll(() => kubectl?.close(), 120_000);

/** kubectl makes these itself, and sends them as protobuf. */
const GENERATED = [
  ['clusterrole', 'made', '--verb=get', '--non-resource-url=/healthz'],
  ['clusterrolebinding', 'made', '--clusterrole=view', '--user=somebody'],
  ['configmap', 'made', '--from-literal=k=v'],
  ['cronjob', 'made', `--image=${SHELL}`, '--schedule=@daily', '--', 'true'],
  ['deployment', 'made', `--image=${SHELL}`, '--replicas=0', '--port=80'],
  ['ingress', 'made', '--rule=example.com/*=made:80,tls=certificate'],
  ['job', 'made', `--image=${SHELL}`, '--', 'true'],
  ['namespace', 'made'],
  ['poddisruptionbudget', 'made', '--selector=app=made', '--min-available=50%'],
  ['priorityclass', 'made', '--value=-5', '--description=of little weight'],
  ['quota', 'made', '--hard=pods=3,cpu=1500m', '--scopes=NotBestEffort'],
  ['role', 'made', '--verb=get', '--resource=pods', '--resource-name=one'],
  ['rolebinding', 'made', '--clusterrole=view', '--group=some'],
  ['secret', 'generic', 'made', '--from-literal=k=v'],
  ['service', 'clusterip', 'made', '--tcp=80:web'],
  ['serviceaccount', 'made'],
];

describe('kubectl writes', { timeout: 180_000 }, () => {
  it.each(GENERATED.map((create) => [create[0], create] as const))(
    'create %s, from its command line',
    async (_kind, create) => {
      // What follows two dashes is a command of the object's.
      const end = create.includes('--') ? create.indexOf('--') : create.length;
      const make = async (where: 'client' | 'server') => {
        const flags = [`--dry-run=${where}`, '-o', 'json'];
        const text = await kubectl.run('create', ...create.slice(0, end), ...flags, ...create.slice(end));
        return JSON.parse(text) as { metadata: object };
      };
      const made = await make('server');
      expect(made).toMatchObject(withoutEmpty(await make('client')));
      expect(made.metadata).toMatchObject({ name: 'made', uid: expect.any(String) as string });
    },
  );

  it('create, label, annotate, edit and the three patches', async () => {
    await kubectl.pipe(deployment('written', 0), 'create', '-f', '-');
    expect(
      (await kubectl.attempt(['create', '-f', '-'], JSON.stringify(deployment('written', 0)))).stderr,
    ).toContain('AlreadyExists');
    await kubectl.run('label', 'deployment', 'written', 'tier=web');
    await kubectl.run('annotate', 'deployment', 'written', 'note=kept');
    await kubectl.run(
      'patch',
      'deployment',
      'written',
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"B","value":"2"}]}]}}}}',
    );
    await kubectl.run(
      'patch',
      'deployment',
      'written',
      '--type=merge',
      '-p',
      '{"metadata":{"annotations":{"note":null}}}',
    );
    await kubectl.run(
      'patch',
      'deployment',
      'written',
      '--type=json',
      '-p',
      '[{"op":"add","path":"/spec/paused","value":true}]',
    );
    const object = JSON.parse(await kubectl.run('get', 'deployment', 'written', '-o', 'json')) as {
      metadata: { annotations?: Record<string, string>; labels: Record<string, string> };
      spec: {
        paused: boolean;
        template: { spec: { containers: { env: { name: string }[]; image: string }[] } };
      };
    };
    expect(object.metadata.labels).toMatchObject({ tier: 'web' });
    expect(object.metadata.annotations?.['note']).toBeUndefined();
    expect(object.spec.paused).toBe(true);
    expect(object.spec.template.spec.containers[0]?.image).toBe(SHELL);
    expect(object.spec.template.spec.containers[0]?.env.map(({ name }) => name).toSorted()).toEqual([
      'B',
      'GREETING',
    ]);
    const editor = join(kubectl.folder, 'editor.sh');
    await writeFile(editor, `#!/bin/sh\nsed -i 's/tier: web/tier: shop/' "$1"\n`);
    await chmod(editor, 0o755);
    const edited = await kubectl.attempt(['edit', 'deployment', 'written'], '', { EDITOR: editor });
    expect(edited.exitCode, edited.stderr).toBe(0);
    expect(await kubectl.run('get', 'deployment', 'written', '-o', 'jsonpath={.metadata.labels.tier}')).toBe(
      'shop',
    );
    await kubectl.run('delete', 'deployment', 'written');
  });

  it('apply, diff, and apply on the server with conflicts', async () => {
    const file = join(kubectl.folder, 'applied.json');
    const map = (data: object) =>
      writeFile(
        file,
        JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data }),
      );
    await map({ a: '1', b: '1' });
    expect(await kubectl.run('apply', '-f', file)).toContain('configmap/applied created');
    expect(await kubectl.run('apply', '-f', file)).toContain('configmap/applied unchanged');
    await map({ a: '2' });
    const diff = await kubectl.attempt(['diff', '-f', file]);
    expect(diff.exitCode, diff.stderr).toBe(1);
    expect(diff.stdout).toContain('-  b: "1"');
    expect(await kubectl.run('apply', '-f', file)).toContain('configmap/applied configured');
    expect(await kubectl.run('get', 'cm', 'applied', '-o', 'jsonpath={.data}')).toBe('{"a":"2"}');

    await map({ a: '3' });
    const refused = await kubectl.attempt(['apply', '--server-side', '--field-manager=other', '-f', file]);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('conflict with "kubectl-client-side-apply" using v1: .data.a');
    expect(
      await kubectl.run('apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', file),
    ).toContain('configmap/applied serverside-applied');
    expect(await kubectl.run('get', 'cm', 'applied', '--show-managed-fields', '-o', 'yaml')).toContain(
      'manager: other',
    );
  });

  it('what a schema refuses, before and on the server', async () => {
    const wrong = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'wrong' }, dta: {} };
    const strict = await kubectl.attempt(['create', '-f', '-'], JSON.stringify(wrong));
    expect(strict.stderr).toContain('strict decoding error: unknown field "dta"');
    const warned = await kubectl.attempt(['create', '--validate=warn', '-f', '-'], JSON.stringify(wrong));
    expect(warned.exitCode).toBe(0);
    expect(warned.stderr).toContain('Warning: unknown field "dta"');
    expect(await kubectl.fail('create', 'configmap', 'Wrong_Name')).toContain('is invalid: metadata.name');
    expect(await kubectl.run('create', 'configmap', 'dry', '--dry-run=server', '-o', 'name')).toBe(
      'configmap/dry\n',
    );
    expect(await kubectl.fail('get', 'cm', 'dry')).toContain('not found');
  });

  it('delete with each propagation', async () => {
    for (const policy of ['background', 'foreground', 'orphan'] as const) {
      const name = `gone-${policy}`;
      await kubectl.pipe(deployment(name, 0), 'apply', '-f', '-');
      await kubectl.run('wait', '--for=condition=Available', `deployment/${name}`, '--timeout=30s');
      await kubectl.run('delete', 'deployment', name, `--cascade=${policy}`, '--timeout=60s');
      if (policy === 'orphan') {
        expect(await kubectl.run('get', 'rs', '-l', `app=${name}`, '-o', 'name')).toContain(
          'replicaset.apps/',
        );
        await kubectl.run('delete', 'rs', '-l', `app=${name}`);
      } else {
        await kubectl.run('wait', '--for=delete', 'rs', '-l', `app=${name}`, '--timeout=30s');
      }
    }
  });
});

/** Without what a server leaves out or fills in. */
function withoutEmpty(value: object): object {
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    inner === null || (typeof inner === 'object' && Object.keys(inner).length === 0) ? undefined : inner,
  );
  return JSON.parse(text) as object;
}
