import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kubernetes/clock.ts';
import { createClient } from '../../kubernetes/create-client.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { CONFIG_MAPS } from '../../kubernetes/resources.ts';
import { createApiServer } from './api-server.ts';
import type { ApiServer } from './api-server.ts';
import { inProcessTransport } from './in-process-transport.ts';
import { keepInFolder, loadSnapshot } from './keep-in-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'api-server-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (): ApiServer => {
  const initial = loadSnapshot(folder);
  return createApiServer({ clock: systemClock, random: Math.random, ...(initial && { initial }) });
};

describe('an API server that is kept in a folder', () => {
  it('has its objects again after a restart, with versions that go on', async () => {
    const first = start();
    const logged: string[] = [];
    const keeper = await keepInFolder(first, folder, {
      clock: systemClock,
      log: (message) => logged.push(message),
    });
    const before = createClient(inProcessTransport(first), { clock: systemClock });
    const created = await before.create<KubernetesObject>(CONFIG_MAPS, {
      metadata: { name: 'a', namespace: 'default' },
    });
    await keeper.stop();
    first.stop();

    const second = start();
    const after = createClient(inProcessTransport(second), { clock: systemClock });
    expect(await after.get(CONFIG_MAPS, { namespace: 'default', name: 'a' })).toEqual(created);
    const next = await after.create<KubernetesObject>(CONFIG_MAPS, {
      metadata: { name: 'b', namespace: 'default' },
    });
    expect(Number(next.metadata?.resourceVersion)).toBeGreaterThan(Number(created.metadata?.resourceVersion));
    second.stop();
    expect(logged).toEqual([]);
    expect(await readdir(folder)).toEqual(['objects.json']);
    expect((await stat(join(folder, 'objects.json'))).mode & 0o777).toBe(0o600);
  });

  it('says which file it cannot read', async () => {
    await writeFile(join(folder, 'objects.json'), JSON.stringify({ format: 99, version: 1, objects: [] }));
    expect(() => loadSnapshot(folder)).toThrow(
      /objects\.json has the format 99, and 1 is known; remove it to start empty/,
    );
  });
});
