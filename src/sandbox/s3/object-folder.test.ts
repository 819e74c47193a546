import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openObjectFolder } from './object-folder.ts';
import type { Bucket, ObjectFolder } from './object-folder.ts';

const modified = '2026-01-02T03:04:05Z';
let root: string;
let folder: ObjectFolder;
let bucket: Bucket;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'object-folder-'));
  folder = await openObjectFolder(root);
  await folder.createBucket('bucket', 'us-east-1', modified);
  bucket = folder.bucket('bucket');
});

afterEach(() => rm(root, { recursive: true }));

it('has the same object after a restart, whoever wrote its key at the same time', async () => {
  for (let round = 0; round < 20; round += 1) {
    const key = `key ${round}`;
    await Promise.all(Array.from({ length: 8 }, (_, writer) => putObject(key, `by ${writer}`)));
    const etag = bucket.objects.get(key)?.etag;
    const restarted = (await openObjectFolder(root)).bucket('bucket').objects.get(key);
    expect(restarted?.etag).toBe(etag);
    expect(await readdir(join(root, 'bucket', 'blobs'))).toContain(restarted?.blobs[0]?.id);
  }
});

it('keeps what is written while the older object of its key is deleted', async () => {
  for (let round = 0; round < 20; round += 1) {
    const key = `key ${round}`;
    await putObject(key, 'older');
    await Promise.all([putObject(key, 'newer'), folder.deleteObject(bucket, key)]);
    const etag = bucket.objects.get(key)?.etag;
    expect((await openObjectFolder(root)).bucket('bucket').objects.get(key)?.etag).toBe(etag);
  }
});

it('refuses a part of an upload that was aborted while it arrived, and keeps none of its bytes', async () => {
  const upload = await folder.createUpload(bucket, { key: 'k', headers: {}, initiated: modified });
  const { id, path } = folder.newBlob(bucket);
  await writeFile(path, 'part');
  await folder.deleteUpload(bucket, upload);
  const put = folder.putPart(bucket, upload, 1, { id, size: 4, etag: 'e', modified });
  await expect(put).rejects.toMatchObject({ code: 'NoSuchUpload' });
  expect(await readdir(join(root, 'bucket', 'blobs'))).toEqual([]);
  expect(await readdir(join(root, 'bucket', 'uploads'))).toEqual([]);
});

it('leaves nothing of an upload that is aborted while its parts arrive', async () => {
  for (let round = 0; round < 100; round += 1) {
    const upload = await folder.createUpload(bucket, { key: 'k', headers: {}, initiated: modified });
    const parts = Array.from({ length: 6 }, async (_, index) => {
      const { id, path } = folder.newBlob(bucket);
      await writeFile(path, 'part');
      await sleep((index * 7 + round) % 3); // so that some are refused, and some come while the upload's folder goes
      await folder.putPart(bucket, upload, index + 1, { id, size: 4, etag: 'e', modified });
    });
    await sleep(round % 3);
    const aborted = folder.deleteUpload(bucket, upload);
    await Promise.allSettled(parts);
    await aborted;
    expect(await readdir(join(root, 'bucket', 'uploads'))).toEqual([]);
    expect(await readdir(join(root, 'bucket', 'blobs'))).toEqual([]);
  }
});

it('forgets an upload that was completed when the store ended before it could be removed', async () => {
  const upload = await folder.createUpload(bucket, { key: 'k', headers: {}, initiated: modified });
  const { id, path } = folder.newBlob(bucket);
  await writeFile(path, 'part');
  await folder.putPart(bucket, upload, 1, { id, size: 4, etag: 'e', modified });
  await folder.putObject(bucket, {
    key: 'k',
    size: 4,
    etag: 'e-1',
    modified,
    headers: {},
    blobs: [{ id, size: 4 }],
  });
  const restarted = (await openObjectFolder(root)).bucket('bucket');
  expect(restarted.uploads.size).toBe(0);
  expect(await readdir(join(root, 'bucket', 'blobs'))).toEqual([id]);
  expect(await readdir(join(root, 'bucket', 'uploads'))).toEqual([]);
});

async function putObject(key: string, content: string): Promise<void> {
  const { id, path } = folder.newBlob(bucket);
  await writeFile(path, content);
  const size = content.length;
  await folder.putObject(bucket, { key, size, etag: content, modified, headers: {}, blobs: [{ id, size }] });
}
