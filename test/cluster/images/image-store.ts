import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { LayerEntry } from './layer-entry.ts';
import { tarArchive } from './tar-archive.ts';

/** What a manifest says of a blob. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  /** Bytes. */
  size: number;
}

/** Blobs in a folder, by digest, as in an OCI layout. */
export interface ImageStore {
  /**
   * The layer of these entries. It is packed when it is new, or a file that it copies has changed since (by size and time).
   * Not compressed: it travels a loopback connection.
   */
  layer(entries: LayerEntry[], signal: AbortSignal): Promise<Descriptor>;
  put(mediaType: string, content: object): Promise<Descriptor>;
  /** `undefined` when there is none. */
  size(digest: string): Promise<number | undefined>;
  read(digest: string): Readable;
  /** Removes layers that nobody has asked for in this many milliseconds. */
  forgetUnused(age: number): Promise<void>;
}

export const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';

export async function openImageStore(folder: string): Promise<ImageStore> {
  const blobs = join(folder, 'blobs');
  const layers = join(folder, 'layers');
  await Promise.all([mkdir(blobs, { recursive: true }), mkdir(layers, { recursive: true })]);
  const place = (digest: string) => join(blobs, digest.replace(':', '-'));

  return {
    async layer(entries, signal) {
      const note = join(layers, `${await fingerprint(entries)}.json`);
      const known = await readDescriptor(note);
      if (known && (await sizeOf(place(known.digest))) === known.size) {
        const now = new Date();
        await Promise.all([utimes(note, now, now), utimes(place(known.digest), now, now)]);
        return known;
      }
      const unfinished = join(blobs, `unfinished-${process.pid}`);
      const hash = createHash('sha256');
      let size = 0;
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          size += chunk.length;
          done(null, chunk);
        },
      });
      try {
        await pipeline(Readable.from(tarArchive(entries)), measure, createWriteStream(unfinished), {
          signal,
        });
        const made: Descriptor = { mediaType: LAYER_TYPE, digest: `sha256:${hash.digest('hex')}`, size };
        await rename(unfinished, place(made.digest));
        await writeFile(note, JSON.stringify(made));
        return made;
      } finally {
        await rm(unfinished, { force: true });
      }
    },

    async put(mediaType, content) {
      const bytes = Buffer.from(JSON.stringify(content));
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      await writeFile(place(digest), bytes);
      return { mediaType, digest, size: bytes.length };
    },

    size: (digest) => (DIGEST.test(digest) ? sizeOf(place(digest)) : Promise.resolve(undefined)),
    read: (digest) => createReadStream(place(digest), { highWaterMark: 1 << 18 }),

    async forgetUnused(age) {
      for (const root of [blobs, layers]) {
        for (const name of await readdir(root)) {
          const file = join(root, name);
          const { mtimeMs } = await stat(file);
          if (Date.now() - mtimeMs > age) await rm(file);
        }
      }
    },
  };
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Of the contents, as far as size and time of the files tell. */
async function fingerprint(entries: LayerEntry[]): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of entries) {
    hash.update(JSON.stringify(entry));
    if (entry.kind !== 'copy') continue;
    const { size, mtimeMs, mode } = await stat(entry.source);
    hash.update(`${size} ${mtimeMs} ${mode}`);
  }
  return hash.digest('hex');
}

async function readDescriptor(file: string): Promise<Descriptor | undefined> {
  const content = await readFile(file, 'utf8').catch(() => undefined);
  if (content === undefined) return undefined;
  const found: Descriptor = JSON.parse(content);
  return found;
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}
