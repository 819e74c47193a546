/**
 * Buckets and objects in a folder that one server owns. Below `FOLDER/BUCKET/`: `bucket.json`; `blobs/ID` the bytes;
 * `objects/SHA256-OF-KEY.json` what an object is and of which blobs it consists (so `k` and `k/sub` may both exist, and no key
 * is ever a path); `uploads/ID/` unfinished multipart uploads. An object changes by the rename of its one record.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKeyIndex } from './key-index.ts';
import type { KeyIndex } from './key-index.ts';
import { S3Error } from './s3-error.ts';

export interface ObjectRecord {
  key: string;
  size: number;
  /** Without quotes. */
  etag: string;
  /** RFC 3339. */
  modified: string;
  /** Headers that come back with the object: content-type, x-amz-meta-… */
  headers: Record<string, string>;
  blobs: Blob[];
}

export interface Blob {
  id: string;
  size: number;
}

export interface UploadRecord {
  id: string;
  key: string;
  initiated: string;
  headers: Record<string, string>;
  parts: Map<number, PartRecord>;
}

export interface PartRecord extends Blob {
  etag: string;
  modified: string;
}

export interface Bucket {
  name: string;
  region: string;
  created: string;
  objects: KeyIndex<ObjectRecord>;
  uploads: Map<string, UploadRecord>;
}

export interface ObjectFolder {
  buckets(): Bucket[];
  /** @throws {S3Error} NoSuchBucket */
  bucket(name: string): Bucket;
  createBucket(name: string, region: string, created: string): Promise<void>;
  deleteBucket(name: string): Promise<void>;

  /** Where the bytes of a new blob are to be written. */
  newBlob(bucket: Bucket): { id: string; path: string };
  blobPath(bucket: Bucket, id: string): string;
  removeBlobs(bucket: Bucket, blobs: Blob[]): Promise<void>;
  /** Keeps the blobs on disk until the returned function is called, whatever happens to their object. */
  hold(blobs: Blob[]): () => void;

  /** Makes the record the object of its key; the blobs of an older one go. `check` runs at the very moment of the change. */
  putObject(
    bucket: Bucket,
    record: ObjectRecord,
    check?: (current: ObjectRecord | undefined) => void,
  ): Promise<void>;
  deleteObject(bucket: Bucket, key: string): Promise<void>;

  createUpload(bucket: Bucket, upload: Omit<UploadRecord, 'id' | 'parts'>): Promise<UploadRecord>;
  /** @throws {S3Error} NoSuchUpload when the upload ended while the part came; its bytes are removed */
  putPart(bucket: Bucket, upload: UploadRecord, number: number, part: PartRecord): Promise<void>;
  /** Forgets the upload; its blobs go, except those in `keep`. */
  deleteUpload(bucket: Bucket, upload: UploadRecord, keep?: Blob[]): Promise<void>;
}

export async function openObjectFolder(folder: string): Promise<ObjectFolder> {
  await mkdir(folder, { recursive: true });
  const buckets = new Map<string, Bucket>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || !existsSync(join(folder, entry.name, 'bucket.json'))) continue;
    buckets.set(entry.name, await loadBucket(join(folder, entry.name), entry.name));
  }

  const held = new Map<string, number>();
  const doomed = new Map<string, string>(); // blob id → path, of blobs to remove when their last reader ends

  const blobPath = (bucket: Bucket, id: string) => join(folder, bucket.name, 'blobs', id);
  const recordPath = (bucket: Bucket, key: string) =>
    join(folder, bucket.name, 'objects', `${createHash('sha256').update(key).digest('hex')}.json`);
  const uploadPath = (bucket: Bucket, id: string) => join(folder, bucket.name, 'uploads', id);

  const removeBlobs = async (bucket: Bucket, blobs: Blob[]) => {
    for (const { id } of blobs) {
      if (held.has(id)) doomed.set(id, blobPath(bucket, id));
      else await rm(blobPath(bucket, id), { force: true });
    }
  };

  const bucketOf = (name: string): Bucket => {
    const bucket = buckets.get(name);
    if (bucket === undefined) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
    return bucket;
  };

  return {
    buckets: () => [...buckets.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),

    bucket: bucketOf,

    async createBucket(name, region, created) {
      if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
        throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.');
      }
      if (buckets.has(name)) {
        throw new S3Error('BucketAlreadyOwnedByYou', 'You already own the bucket of this name.');
      }
      const path = join(folder, name);
      for (const part of ['blobs', 'objects', 'uploads']) await mkdir(join(path, part), { recursive: true });
      await writeRecord(join(path, 'bucket.json'), { region, created });
      buckets.set(name, { name, region, created, objects: createKeyIndex(), uploads: new Map() });
    },

    async deleteBucket(name) {
      const bucket = bucketOf(name);
      if (bucket.objects.size > 0) {
        throw new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty');
      }
      buckets.delete(name);
      await rm(join(folder, name), { recursive: true });
    },

    newBlob(bucket) {
      const id = randomUUID();
      return { id, path: blobPath(bucket, id) };
    },
    blobPath,
    removeBlobs,

    hold(blobs) {
      for (const { id } of blobs) held.set(id, (held.get(id) ?? 0) + 1);
      return () => {
        for (const { id } of blobs) {
          const readers = (held.get(id) ?? 1) - 1;
          if (readers > 0) held.set(id, readers);
          else {
            held.delete(id);
            const path = doomed.get(id);
            doomed.delete(id);
            // Failing to remove leaves an orphan that the next start removes.
            if (path !== undefined) rm(path, { force: true }).catch(() => undefined);
          }
        }
      };
    },

    async putObject(bucket, record, check) {
      const temporary = recordPath(bucket, record.key) + `.${randomUUID()}`;
      await writeFile(temporary, JSON.stringify(record));
      const older = bucket.objects.get(record.key);
      // No await from the check to the last change: of several writers the one that is last in memory is last on disk, too.
      try {
        check?.(older);
        renameSync(temporary, recordPath(bucket, record.key));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      bucket.objects.set(record.key, record);
      if (older) await removeBlobs(bucket, older.blobs);
    },

    async deleteObject(bucket, key) {
      const record = bucket.objects.get(key);
      if (record === undefined) return;
      rmSync(recordPath(bucket, key), { force: true }); // at once, as in putObject
      bucket.objects.delete(key);
      await removeBlobs(bucket, record.blobs);
    },

    async createUpload(bucket, upload) {
      const record = { ...upload, id: randomUUID(), parts: new Map<number, PartRecord>() };
      await mkdir(uploadPath(bucket, record.id));
      const { parts: _, ...written } = record;
      await writeRecord(join(uploadPath(bucket, record.id), 'upload.json'), written);
      bucket.uploads.set(record.id, record);
      return record;
    },

    async putPart(bucket, upload, number, part) {
      try {
        await writeRecord(join(uploadPath(bucket, upload.id), `${number}.json`), part);
        if (bucket.uploads.get(upload.id) !== upload) throw noSuchUpload();
      } catch (error) {
        await removeBlobs(bucket, [part]);
        // The folder goes with the upload.
        throw bucket.uploads.get(upload.id) === upload ? error : noSuchUpload();
      }
      const older = upload.parts.get(number);
      upload.parts.set(number, part);
      if (older) await removeBlobs(bucket, [older]);
    },

    async deleteUpload(bucket, upload, keep = []) {
      bucket.uploads.delete(upload.id);
      const kept = new Set(keep.map(({ id }) => id));
      const gone = [...upload.parts.values()].filter(({ id }) => !kept.has(id));
      await removeBlobs(bucket, gone);
      // A part that arrives makes files there until it is refused.
      await rm(uploadPath(bucket, upload.id), {
        recursive: true,
        force: true,
        maxRetries: 10,
        retryDelay: 10,
      });
    },
  };
}

export function noSuchUpload(): S3Error {
  return new S3Error(
    'NoSuchUpload',
    'The specified multipart upload does not exist: it was aborted or completed.',
  );
}

async function loadBucket(path: string, name: string): Promise<Bucket> {
  const { region, created } = await readRecord<{ region: string; created: string }>(
    join(path, 'bucket.json'),
  );
  const bucket: Bucket = { name, region, created, objects: createKeyIndex(), uploads: new Map() };
  const used = new Set<string>();
  for (const file of await readdir(join(path, 'objects'))) {
    if (!file.endsWith('.json')) {
      await rm(join(path, 'objects', file)); // a record that was never renamed into place
      continue;
    }
    const record = await readRecord<ObjectRecord>(join(path, 'objects', file));
    bucket.objects.set(record.key, record);
    for (const blob of record.blobs) used.add(blob.id);
  }
  const stored = new Set(used);
  for (const id of await readdir(join(path, 'uploads'))) {
    const upload = await loadUpload(join(path, 'uploads', id));
    // The end of the process came before one was begun, or after one was completed.
    if (upload === undefined || [...upload.parts.values()].some((part) => stored.has(part.id))) {
      await rm(join(path, 'uploads', id), { recursive: true });
      continue;
    }
    bucket.uploads.set(id, upload);
    for (const part of upload.parts.values()) used.add(part.id);
  }
  for (const id of await readdir(join(path, 'blobs'))) {
    if (!used.has(id)) await rm(join(path, 'blobs', id));
  }
  return bucket;
}

async function loadUpload(path: string): Promise<UploadRecord | undefined> {
  if (!existsSync(join(path, 'upload.json'))) return undefined;
  const record = await readRecord<Omit<UploadRecord, 'parts'>>(join(path, 'upload.json'));
  const parts = new Map<number, PartRecord>();
  for (const file of await readdir(path)) {
    const number = /^(\d+)\.json$/.exec(file)?.[1];
    if (number !== undefined) parts.set(Number(number), await readRecord<PartRecord>(join(path, file)));
  }
  return { ...record, parts };
}

async function readRecord<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}

async function writeRecord(path: string, record: object): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, JSON.stringify(record));
  await rename(temporary, path);
}
