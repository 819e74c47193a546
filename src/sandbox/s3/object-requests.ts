import { randomBytes } from 'node:crypto';
import { constants, copyFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { Blob, Bucket, ObjectRecord } from './object-folder.ts';
import { receiveBody } from './receive-body.ts';
import { sendEmpty, sendXml } from './request-context.ts';
import type { RequestContext } from './request-context.ts';
import { S3Error } from './s3-error.ts';
import { sendBlobs } from './send-blobs.ts';
import { decode } from './signature.ts';

export async function putObject(context: RequestContext): Promise<void> {
  const { folder, request, clock, key, authentication } = context;
  const bucket = folder.bucket(context.bucketName);
  const check = writeCondition(request.headers);
  check(bucket.objects.get(key));
  const blob = folder.newBlob(bucket);
  const { size, md5 = '' } = await receiveBody(request, authentication, blob.path, { md5: true });
  const record = {
    key,
    size,
    etag: md5,
    modified: clock.now().toISOString(),
    headers: storedHeaders(request.headers),
    blobs: [{ id: blob.id, size }],
  };
  await commit(context, bucket, record, check);
  sendEmpty(context, 200, { etag: `"${record.etag}"` });
}

/** CopyObject: the bytes are cloned where the file system can. */
export async function copyObject(context: RequestContext): Promise<void> {
  const { folder, request, clock, key } = context;
  const bucket = folder.bucket(context.bucketName);
  const source = copySource(context, String(request.headers['x-amz-copy-source']));
  const release = folder.hold(source.record.blobs);
  const blobs: Blob[] = [];
  try {
    for (const { id, size } of source.record.blobs) {
      const copy = folder.newBlob(bucket);
      blobs.push({ id: copy.id, size });
      await copyFile(folder.blobPath(source.bucket, id), copy.path, constants.COPYFILE_FICLONE);
    }
  } catch (error) {
    await folder.removeBlobs(bucket, blobs);
    throw error;
  } finally {
    release();
  }
  const headers =
    request.headers['x-amz-metadata-directive'] === 'REPLACE'
      ? storedHeaders(request.headers)
      : source.record.headers;
  const record = { ...source.record, key, headers, blobs, modified: clock.now().toISOString() };
  await commit(context, bucket, record, () => undefined);
  sendXml(context, 'CopyObjectResult', { LastModified: record.modified, ETag: `"${record.etag}"` });
}

/** GetObject and HeadObject. */
export async function getObject(context: RequestContext): Promise<void> {
  const { folder, request, response, key, query } = context;
  const bucket = folder.bucket(context.bucketName);
  const record = existing(bucket, key);
  const headers: Record<string, string> = {
    ...record.headers,
    etag: `"${record.etag}"`,
    'last-modified': new Date(record.modified).toUTCString(),
    'accept-ranges': 'bytes',
  };
  for (const [name, value] of query) {
    const header = /^response-(.*)$/.exec(name)?.[1] ?? '';
    if (!KEPT_HEADERS.includes(header)) continue;
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw new S3Error('InvalidArgument', `${name} has characters that no header may have.`);
    }
    headers[header] = value;
  }
  if (isNotModified(request.headers, record)) {
    response.writeHead(304, headers).end();
    return;
  }
  const range = readRange(request.headers.range, record.size);
  const first = range?.first ?? 0;
  const length = range ? range.last - range.first + 1 : record.size;
  headers['content-length'] = String(length);
  if (range) headers['content-range'] = `bytes ${range.first}-${range.last}/${record.size}`;
  response.writeHead(range ? 206 : 200, headers);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const release = folder.hold(record.blobs);
  try {
    const files = record.blobs.map(({ id, size }) => ({ path: folder.blobPath(bucket, id), size }));
    await sendBlobs(response, files, first, length);
  } finally {
    release();
  }
}

export async function deleteObject(context: RequestContext): Promise<void> {
  await context.folder.deleteObject(context.folder.bucket(context.bucketName), context.key);
  sendEmpty(context, 204);
}

/** Makes the record visible, or removes the bytes that were received for it. */
export async function commit(
  { folder }: RequestContext,
  bucket: Bucket,
  record: ObjectRecord,
  check: (current: ObjectRecord | undefined) => void,
): Promise<void> {
  try {
    await folder.putObject(bucket, record, check);
  } catch (error) {
    await folder.removeBlobs(bucket, record.blobs);
    throw error;
  }
}

/** The headers that belong to the object. */
export function storedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const stored: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('x-amz-meta-') && !KEPT_HEADERS.includes(name)) continue;
    const text = String(value);
    const encoding = text.replace(/^aws-chunked\s*,?\s*/, ''); // says how the body travelled, not what it is
    if (name !== 'content-encoding') stored[name] = text;
    else if (encoding !== '') stored[name] = encoding;
  }
  return stored;
}

const KEPT_HEADERS = [
  'content-type',
  'content-encoding',
  'content-language',
  'content-disposition',
  'cache-control',
  'expires',
];

/** An opaque ETag for bytes whose MD5 nobody needs. */
export function newETag(): string {
  return randomBytes(16).toString('hex');
}

/** `If-None-Match: *` and `If-Match` of a write, as a check on what is there. */
export function writeCondition(headers: IncomingHttpHeaders): (current: ObjectRecord | undefined) => void {
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  return (current) => {
    if (match !== undefined && current === undefined) throw noSuchKey();
    if (match !== undefined && current && !matches(match, current.etag)) throw preconditionFailed('If-Match');
    if (noneMatch !== undefined && current && matches(noneMatch, current.etag)) {
      throw preconditionFailed('If-None-Match');
    }
  };
}

/** Evaluates the conditions of a read. @throws {S3Error} PreconditionFailed */
function isNotModified(headers: IncomingHttpHeaders, record: ObjectRecord): boolean {
  const seconds = Math.floor(Date.parse(record.modified) / 1000) * 1000;
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  const unmodifiedSince = Date.parse(headers['if-unmodified-since'] ?? '');
  const modifiedSince = Date.parse(headers['if-modified-since'] ?? '');
  if (match !== undefined) {
    if (!matches(match, record.etag)) throw preconditionFailed('If-Match');
  } else if (seconds > unmodifiedSince) throw preconditionFailed('If-Unmodified-Since');
  return noneMatch === undefined ? seconds <= modifiedSince : matches(noneMatch, record.etag);
}

function matches(header: string, etag: string): boolean {
  return header.split(',').some((part) => {
    const candidate = part.trim().replace(/^W\//, '');
    return candidate === '*' || candidate.replaceAll('"', '') === etag;
  });
}

/** Undefined when the whole object is to be sent: no range, or one that HTTP says to ignore. */
function readRange(header: string | undefined, size: number): { first: number; last: number } | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first >= size || first > last)
    throw new S3Error('InvalidRange', 'The requested range is not satisfiable');
  return { first, last };
}

function copySource(context: RequestContext, header: string): { bucket: Bucket; record: ObjectRecord } {
  const path = header.replace(/^\//, '').replace(/\?versionId=null$/, '');
  const slash = path.indexOf('/');
  if (slash < 1) throw new S3Error('InvalidArgument', 'x-amz-copy-source must be BUCKET/KEY');
  const bucket = context.folder.bucket(decode(path.slice(0, slash)));
  return { bucket, record: existing(bucket, decode(path.slice(slash + 1))) };
}

function existing(bucket: Bucket, key: string): ObjectRecord {
  const record = bucket.objects.get(key);
  if (record === undefined) throw noSuchKey();
  return record;
}

function noSuchKey(): S3Error {
  return new S3Error('NoSuchKey', 'The specified key does not exist.');
}

function preconditionFailed(condition: string): S3Error {
  return new S3Error(
    'PreconditionFailed',
    `At least one of the pre-conditions you specified did not hold: ${condition}`,
  );
}
