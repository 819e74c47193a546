import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { PODS } from '../kubernetes/resources.ts';
import { startSandbox } from './sandbox.ts';

it('a container sees no home of this machine, so neither its kubeconfig nor its cloud credentials', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'private-homes-'));
  const sandbox = await startSandbox({ folder, objectStore: false });
  try {
    const pod = { namespace: 'default', name: 'visitor' };
    const command = [
      'sh',
      '-c',
      'find /root /home -type f -not -path "$PROJECT/*" -not -path "$NODE/*" 2>&1; touch "$HOME/own" && echo done',
    ];
    const env = [
      { name: 'PROJECT', value: join(import.meta.dirname, '../..') },
      { name: 'NODE', value: dirname(process.execPath) },
    ];
    await sandbox.client.create<KubernetesObject & { spec: object }>(PODS, {
      metadata: pod,
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox', command, env }] },
    });
    let log = '';
    await expect
      .poll(async () => (log = await text(await sandbox.client.log(pod)).catch(String)), { timeout: 20_000 })
      .toContain('done');
    expect(log).toBe('done\n');
  } finally {
    await sandbox.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
