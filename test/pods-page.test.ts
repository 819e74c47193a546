import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { kubeTask } from '../src/functions/kube-task.ts';
import { systemClock } from '../src/kubernetes/clock.ts';
import { PODS, SECRETS } from '../src/kubernetes/resources.ts';
import { loadFunctions } from '../src/operator/load-functions.ts';
import type { Pod } from '../src/pods/pod.ts';
import { podDefaults } from '../src/pods/pod-defaults.ts';
import { waitUntil } from './demo/wait-until.ts';
import { createOperatorBed, type OperatorBed } from './support/operator-bed.ts';
import { readPage } from './support/page-documents.ts';

let folder: string;
let bed: OperatorBed;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pods-page-'));
  bed = await createOperatorBed();
});
afterEach(async () => {
  await bed.close();
  await rm(folder, { recursive: true });
});

it('docs/pods.md shows a module that does to pods what the page says, and leaves nothing behind', async () => {
  const extension = pathToFileURL(join(import.meta.dirname, '../src/engine/extension.ts')).href;
  const blocks = [...readPage('pods.md').matchAll(/^```js\n(.*?)^```$/gms)].map(([, text = '']) => text);
  const file = join(folder, 'pods.mjs');
  await writeFile(file, blocks.join('\n').replace('kanister-operator/function', extension));
  const { podDoors } = await loadFunctions([file]);
  const [, defaults = ''] = /^```yaml\n(.*?)^```$/ms.exec(readPage('pods.md')) ?? [];
  const appliers = [podDefaults(defaults), ...podDoors.appliers];
  bed.start({ functions: [kubeTask], podDoors: { ...podDoors, appliers } });

  const { client, namespace } = bed;
  const args = {
    namespace: 'app',
    image: 'busybox',
    command: ['true'],
    podOverride: { nodeSelector: { zone: 'a' } },
  };
  await bed.createBlueprint('task', {
    run: { kind: '', phases: [{ name: 'only', func: 'KubeTask', args }] },
  });
  await bed.createActionSet('task', {
    blueprint: 'task',
    object: { kind: 'Namespace', name: namespace },
  });
  const pod = await waitUntil(async () => (await client.list<Pod>(PODS)).items[0] ?? 'no pod', {
    what: 'the pod is there',
    timeout: 10_000,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  const { items: secrets } = await client.list(SECRETS, { namespace: 'app' });
  const login = secrets.find((secret) => secret.metadata?.name?.startsWith('database-login-'));
  expect(pod.metadata.labels).toEqual({ createdBy: 'kanister', team: 'storage' });
  expect(pod.spec).toMatchObject({
    imagePullSecrets: [{ name: 'registry' }],
    tolerations: expect.arrayContaining([{ key: 'backup', operator: 'Exists' }]),
    nodeSelector: { disks: 'local', zone: 'a' },
    containers: [
      {
        name: 'container',
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
        env: [{ name: 'REGION', value: 'eu-central-1' }],
        envFrom: [{ secretRef: { name: login?.metadata?.name } }],
      },
    ],
  });

  await bed.cancel('task');
  await bed.actionSet('task');
  expect((await client.list(PODS)).items).toEqual([]);
  const left = (await client.list(SECRETS, { namespace: 'app' })).items.map(
    (secret) => secret.metadata?.name ?? '',
  );
  expect(left.filter((name) => name.startsWith('database-login-'))).toEqual([]);
});
