import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderDriver, MissingStorage } from './folder-driver.ts';
import type { FolderDriver } from './folder-driver.ts';

let folder: string;
let driver: FolderDriver;
const { signal } = new AbortController();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'driver-'));
  driver = folderDriver(folder);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (volume: string, text: string): Promise<void> =>
  writeFile(join(driver.pathOf(volume), 'file'), text, { mode: 0o640 });
const read = (volume: string): Promise<string> => readFile(join(driver.pathOf(volume), 'file'), 'utf8');

describe('a volume', () => {
  it('of a name is made once', async () => {
    const first = await driver.createVolume('a', { signal });
    await write(first, 'kept');
    expect(await driver.createVolume('a', { signal })).toBe(first);
    expect(await read(first)).toBe('kept');
  });

  it('that is restored is what the volume was when the snapshot was taken', async () => {
    const original = await driver.createVolume('a', { signal });
    await write(original, 'before');
    const snapshot = await driver.createSnapshot('s', original, { size: 7, signal });
    await write(original, 'after');
    const restored = await driver.createVolume('b', { source: { snapshot }, signal });
    expect(await read(restored)).toBe('before');
    expect((await stat(join(driver.pathOf(restored), 'file'))).mode & 0o777).toBe(0o640);
    expect(await driver.readSnapshot(snapshot)).toEqual({ size: 7 });
    await write(restored, 'its own');
    const again = await driver.createVolume('c', { source: { snapshot }, signal });
    expect(await read(again)).toBe('before');
  });

  it('can be the copy of another', async () => {
    const original = await driver.createVolume('a', { signal });
    await write(original, 'text');
    const copy = await driver.createVolume('b', { source: { volume: original }, signal });
    await driver.deleteVolume(original);
    expect(await read(copy)).toBe('text');
  });

  it('begins with nothing that is not there', async () => {
    const snapshot = `snap-${'0'.repeat(20)}`;
    await expect(driver.createVolume('b', { source: { snapshot }, signal })).rejects.toThrow(MissingStorage);
    await expect(driver.createSnapshot('s', `vol-${'0'.repeat(20)}`, { size: 0, signal })).rejects.toThrow(
      'does not exist',
    );
  });

  it('is never looked for outside the folder', () => {
    expect(() => driver.pathOf('../../etc')).toThrow(MissingStorage);
    expect(() => driver.pathOf('vol-../../../../etc/passwd')).toThrow(MissingStorage);
  });

  it('is not there when its copying was ended', async () => {
    const original = await driver.createVolume('a', { signal });
    await write(original, 'text');
    const ended = AbortSignal.abort(new Error('ended'));
    await expect(driver.createSnapshot('s', original, { size: 0, signal: ended })).rejects.toThrow('ended');
    expect((await readdir(join(folder, '.snapshots'))).filter((name) => !name.endsWith('.json'))).toEqual([]);
    expect(await driver.createSnapshot('s', original, { size: 0, signal })).toMatch(/^snap-/);
  });

  it('goes with all that is in it, twice if need be', async () => {
    const volume = await driver.createVolume('a', { signal });
    await write(volume, 'text');
    await driver.deleteVolume(volume);
    await driver.deleteVolume(volume);
    await expect(stat(driver.pathOf(volume))).rejects.toThrow('ENOENT');
  });
});
