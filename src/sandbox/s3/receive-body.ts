/** Writes the body of a request to a file, and checks everything that the client promised about it. */
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { checksumOf } from './checksum.ts';
import type { Checksum } from './checksum.ts';
import { decodeChunkedBody } from './chunked-body.ts';
import { S3Error } from './s3-error.ts';
import type { Authentication } from './signature.ts';

export interface ReceivedBody {
  size: number;
  /** Hex; absent when it was not asked for. */
  md5?: string;
}

/** MD5 costs more than everything else here together: parts of uploads, whose ETag is opaque, go without. */
export interface ReceiveOptions {
  md5: boolean;
}

/** The file is removed again when the body is not what was promised. @throws {S3Error} */
export async function receiveBody(
  request: IncomingMessage,
  authentication: Authentication,
  path: string,
  options: ReceiveOptions,
): Promise<ReceivedBody> {
  const file = await open(path, 'wx');
  try {
    return await receive(request, authentication, options, (source) => writeAll(file, source));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

const MAX_DOCUMENT = 2 * 1024 * 1024; // 1,000 keys or 10,000 parts fit

/** A small body as text, checked in the same way. @throws {S3Error} */
export async function receiveDocument(
  request: IncomingMessage,
  authentication: Authentication,
): Promise<string> {
  const chunks: Buffer[] = [];
  await receive(request, authentication, { md5: false }, async (source) => {
    let size = 0;
    for await (const chunk of source) {
      size += chunk.length;
      if (size > MAX_DOCUMENT) throw new S3Error('MalformedXML', 'The XML you provided is too large.');
      chunks.push(chunk);
    }
  });
  return Buffer.concat(chunks).toString();
}

async function receive(
  request: IncomingMessage,
  authentication: Authentication,
  options: ReceiveOptions,
  consume: (source: AsyncIterable<Buffer>) => Promise<void>,
): Promise<ReceivedBody> {
  const { headers } = request;
  const source: AsyncIterable<Buffer> = request;
  const chunked = authentication.payload.startsWith('STREAMING-')
    ? decodeChunkedBody(source, authentication)
    : undefined;
  const length = headers[chunked ? 'x-amz-decoded-content-length' : 'content-length'];
  const checksums = promisedChecksums(request);
  const sha256 = /^[0-9a-f]{64}$/.test(authentication.payload) ? createHash('sha256') : undefined;
  const md5 = options.md5 ? createHash('md5') : undefined;
  let size = 0;

  async function* measured(): AsyncGenerator<Buffer> {
    for await (const chunk of chunked?.data ?? source) {
      size += chunk.length;
      sha256?.update(chunk);
      md5?.update(chunk);
      for (const checksum of checksums.values()) checksum.update(chunk);
      yield chunk;
    }
  }
  await consume(measured());

  if (length !== undefined && Number(length) !== size) {
    throw new S3Error(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
    );
  }
  if (sha256 && sha256.digest('hex') !== authentication.payload) {
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  for (const [name, checksum] of checksums) {
    const promised = chunked?.trailers.get(name) ?? headers[name];
    if (checksum.digest() !== promised) {
      throw new S3Error('BadDigest', `The ${name} you specified did not match what we received.`);
    }
  }
  return md5 ? { size, md5: md5.digest('hex') } : { size };
}

/** By the name of their header or trailer. */
function promisedChecksums({ headers }: IncomingMessage): Map<string, Checksum> {
  const trailers = (headers['x-amz-trailer'] ?? '').toString().toLowerCase().split(',');
  const checksums = new Map<string, Checksum>();
  for (const name of [...Object.keys(headers), ...trailers.map((trailer) => trailer.trim())]) {
    const checksum = checksumOf(name);
    if (checksum) checksums.set(name, checksum);
  }
  return checksums;
}

const WRITE_SIZE = 1024 * 1024;

/** Collects chunks to large writes; the next chunks arrive while one write is on its way. */
async function writeAll(file: FileHandle, source: AsyncIterable<Buffer>): Promise<void> {
  let batch: Buffer[] = [];
  let size = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const flush = async () => {
    await writing;
    writing = writeBatch(file, batch, size);
    writing.catch(() => undefined); // awaited by the next flush or the end; until then it is not unhandled
    batch = [];
    size = 0;
  };
  try {
    for await (const chunk of source) {
      batch.push(chunk);
      size += chunk.length;
      if (size >= WRITE_SIZE) await flush();
    }
    await flush();
  } finally {
    await writing; // the file must not be closed under a write
  }
}

async function writeBatch(file: FileHandle, batch: Buffer[], size: number): Promise<void> {
  if (size === 0) return;
  const { bytesWritten } = await file.writev(batch);
  if (bytesWritten !== size) throw new S3Error('InternalError', 'The disk of the store is full.');
}
