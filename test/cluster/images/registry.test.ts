import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../run-command.ts';
import { openImageStore } from './image-store.ts';
import type { Descriptor, ImageStore } from './image-store.ts';
import { folder, link, text } from './layer-entry.ts';
import type { LayerEntry } from './layer-entry.ts';
import { startRegistry } from './registry.ts';
import type { Registry } from './registry.ts';

describe('a registry of images', () => {
  const signal = new AbortController().signal;
  const path = process.env['PATH'] ?? '';
  const long = `/${'a'.repeat(90)}/${'b'.repeat(60)}/file`;
  let home: string;
  let entries: LayerEntry[];
  let store: ImageStore;
  let layer: Descriptor;
  let manifest: Descriptor;
  let registry: Registry;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'registry-'));
    await writeFile(join(home, 'program'), Buffer.alloc(700_001, 7));
    await chmod(join(home, 'program'), 0o755);
    entries = [
      { kind: 'copy', path: '/usr/bin/program', source: join(home, 'program') },
      link('/bin', 'usr/bin'),
      folder('/tmp', 0o1777),
      text('/etc/motd', 'first\n'),
      text('/etc/motd', 'hello\n'),
      text(long, 'deep\n'),
    ];
    store = await openImageStore(join(home, 'store'));
    layer = await store.layer(entries, signal);
    manifest = await store.put('application/vnd.oci.image.manifest.v1+json', { layers: [layer] });
    registry = await startRegistry({
      store,
      images: { tools: manifest },
      host: '127.0.0.1',
      port: 0,
      onError: (error) => expect.unreachable(String(error)),
    });
  });
  afterAll(async () => {
    await registry.close();
    await rm(home, { recursive: true });
  });
  const get = (place: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${registry.port}${place}`, { method });

  it.each(['/v2/tools/manifests/latest', '/v2/some/where/tools/manifests/0.119.0?ns=ghcr.io'])(
    'has the image under %s',
    async (place) => {
      const answer = await get(place);
      expect(answer.headers.get('docker-content-digest')).toBe(manifest.digest);
      expect(await answer.json()).toEqual({ layers: [layer] });
    },
  );

  it('says how large a manifest is without sending it', async () => {
    const answer = await get(`/v2/tools/manifests/${manifest.digest}`, 'HEAD');
    expect(answer.headers.get('content-length')).toBe(String(manifest.size));
    expect(await answer.text()).toBe('');
  });

  it('serves a layer that tar unpacks to what went in', async () => {
    const blob = Buffer.from(await (await get(`/v2/tools/blobs/${layer.digest}`)).arrayBuffer());
    expect(`sha256:${createHash('sha256').update(blob).digest('hex')}`).toBe(layer.digest);
    const root = join(home, 'root');
    await mkdir(root);
    await writeFile(join(home, 'layer.tar'), blob);
    await runCommand(['tar', '-xpf', join(home, 'layer.tar'), '-C', root], { path });
    expect(await readFile(join(root, 'bin/program'))).toEqual(Buffer.alloc(700_001, 7));
    expect(await readFile(join(root, 'etc/motd'), 'utf8')).toBe('hello\n');
    expect(await readFile(join(root, long), 'utf8')).toBe('deep\n');
    const modes = await runCommand(['stat', '-c', '%a', join(root, 'tmp'), join(root, 'usr/bin/program')], {
      path,
    });
    expect(modes).toBe('1777\n755\n');
  });

  it('packs a layer anew when a file of it has changed, and only then', async () => {
    expect(await store.layer(entries, signal)).toEqual(layer);
    const changed = entries.with(3, text('/etc/motd', 'other\n')).toSpliced(4, 1);
    expect((await store.layer(changed, signal)).digest).not.toBe(layer.digest);
    await writeFile(join(home, 'program'), 'new contents');
    expect((await store.layer(entries, signal)).digest).not.toBe(layer.digest);
  });

  it.each([
    ['/v2/library/unknown/manifests/latest', 'NAME_UNKNOWN'],
    [`/v2/tools/manifests/sha256:${'0'.repeat(64)}`, 'MANIFEST_UNKNOWN'],
    [`/v2/tools/blobs/sha256:${'0'.repeat(64)}`, 'BLOB_UNKNOWN'],
    ['/v2/tools/blobs/..%2f..%2fsecret', 'BLOB_UNKNOWN'],
    ['/elsewhere', 'NAME_UNKNOWN'],
  ])('answers %s with 404 and the reason', async (place, code) => {
    const answer = await get(place);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ errors: [{ code }] });
  });

  it('takes no pushes', async () => {
    expect((await get('/v2/tools/blobs/uploads/', 'POST')).status).toBe(405);
  });
});
