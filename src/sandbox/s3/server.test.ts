import { createHash, createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  CompleteMultipartUploadCommand,
  GetObjectAclCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startS3Server } from './server.ts';
import type { S3Server } from './server.ts';

const credentials = { accessKeyId: 'AKID/WITH/SLASHES', secretAccessKey: 'secret' };
const Bucket = 'bucket';
let folder: string;
let server: S3Server;
let client: S3Client;
const errors: unknown[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-server-'));
  await start();
  await server.ensureBucket(Bucket);
});

afterEach(async () => {
  client.destroy();
  await server.close();
  await rm(folder, { recursive: true });
  if (errors.length > 0) throw new AggregateError(errors.splice(0), 'the server failed');
});

async function start() {
  server = await startS3Server({
    folder,
    credentials: [credentials],
    onError: (error) => void errors.push(error),
  });
  client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

const put = (Key: string, Body = Key, more = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Key: string, more = {}) =>
  await (await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();

describe('objects', () => {
  it('keep content, metadata and MD5, also over a restart', async () => {
    const { ETag } = await put('k', 'content', { Metadata: { a: 'b' }, ContentType: 'text/x' });
    expect(ETag).toBe(`"${createHash('md5').update('content').digest('hex')}"`);
    await put('k/sub', 'below');
    client.destroy();
    await server.close();
    await start();
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
    expect(head).toMatchObject({ ETag, ContentLength: 7, ContentType: 'text/x', Metadata: { a: 'b' } });
    expect([await read('k'), await read('k/sub')]).toEqual(['content', 'below']);
  });

  it.each(['../../escape', '/leading', 'a//b', '..', 'x'.repeat(1024), '%2e%2e/%00', 'line\nbreak'])(
    'may be called %j',
    async (key) => {
      await put(key, 'content');
      expect(await read(key)).toBe('content');
    },
  );

  it('refuse a key of more than 1024 bytes, ranges beyond the end, and what is not built in', async () => {
    await expect(put('x'.repeat(1025))).rejects.toMatchObject({ name: 'KeyTooLongError' });
    await put('k', '0123456789');
    expect(await read('k', { Range: 'bytes=-3' })).toBe('789');
    await expect(read('k', { Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
    await expect(client.send(new GetObjectAclCommand({ Bucket, Key: 'k' }))).rejects.toMatchObject({
      name: 'NotImplemented',
    });
  });

  it('obey conditions on reads and writes', async () => {
    const { ETag } = await put('k', 'one');
    await expect(put('k', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('k', 'two', { IfMatch: '"other"' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await expect(read('k', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(read('k', { IfNoneMatch: ETag })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await put('k', 'two', { IfMatch: ETag });
    expect(await read('k')).toBe('two');
    const racers = await Promise.allSettled(
      ['a', 'b', 'c'].map((body) => put('new', body, { IfNoneMatch: '*' })),
    );
    expect(racers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('can be copied', async () => {
    await put('from ü', 'content', { Metadata: { a: 'b' } });
    await client.send(
      new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/${encodeURIComponent('from ü')}` }),
    );
    expect(await read('to')).toBe('content');
    expect((await client.send(new HeadObjectCommand({ Bucket, Key: 'to' }))).Metadata).toEqual({ a: 'b' });
  });
});

describe('listings', () => {
  it('are in the order of UTF-8, with common prefixes, page by page, in both versions', async () => {
    const keys = ['a', 'a/1', 'a/2/x', 'b/1', 'c', '\uff5e', '😀', 'space here', 'z+z'];
    for (const key of keys) await put(key);
    const sorted = keys.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    const v2 = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(v2.Contents?.map(({ Key }) => Key)).toEqual(sorted);
    const paged: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 2, ContinuationToken: token }),
      );
      paged.push(
        ...(page.Contents ?? []).map(({ Key }) => Key),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
      );
      token = page.NextContinuationToken;
    } while (token !== undefined);
    expect(new Set(paged)).toEqual(new Set(['a', 'a/', 'b/', 'c', 'space here', 'z+z', '\uff5e', '😀']));
    expect(paged).toHaveLength(8);
    const v1 = await client.send(new ListObjectsCommand({ Bucket, Prefix: 'a/', MaxKeys: 1 }));
    expect(v1).toMatchObject({ IsTruncated: true, NextMarker: 'a/1' });
    const next = await client.send(new ListObjectsCommand({ Bucket, Prefix: 'a/', Marker: v1.NextMarker }));
    expect(next.Contents?.map(({ Key }) => Key)).toEqual(['a/2/x']);
  });
});

describe('buckets', () => {
  it('are created, listed, and deleted when empty', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'another' }));
    expect((await client.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toEqual([
      'another',
      Bucket,
    ]);
    await client.send(new DeleteBucketCommand({ Bucket: 'another' }));
    await put('k');
    await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'BucketNotEmpty',
    });
    await expect(client.send(new CreateBucketCommand({ Bucket: 'Bad..Name' }))).rejects.toMatchObject({
      name: 'InvalidBucketName',
    });
  });
});

describe('multipart uploads', () => {
  it('are refused when parts are too small, missing or out of order', async () => {
    const Key = 'big';
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const parts: { PartNumber: number; ETag: string | undefined }[] = [];
    for (const PartNumber of [1, 2]) {
      const { ETag } = await client.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: 'small' }),
      );
      parts.push({ PartNumber, ETag });
    }
    const complete = (Parts: typeof parts) =>
      client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
    await expect(complete(parts)).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await expect(complete(parts.toReversed())).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete([{ PartNumber: 3, ETag: '"x"' }])).rejects.toMatchObject({ name: 'InvalidPart' });
    expect((await client.send(new ListPartsCommand({ Bucket, Key, UploadId }))).Parts).toHaveLength(2);
    await complete(parts.slice(1));
    expect(await read(Key)).toBe('small');
    await expect(complete(parts)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });
});

describe('signatures', () => {
  it('are required, and by a known key', async () => {
    const response = await fetch(`${server.endpoint}/${Bucket}/k`);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>AccessDenied</Code>');
    for (const [other, code] of [
      [{ ...credentials, secretAccessKey: 'x' }, 'SignatureDoesNotMatch'],
      [{ ...credentials, accessKeyId: 'x' }, 'InvalidAccessKeyId'],
    ] as const) {
      const wrong = new S3Client({
        endpoint: server.endpoint,
        region: 'us-east-1',
        credentials: other,
        forcePathStyle: true,
      });
      await expect(wrong.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: code });
      wrong.destroy();
    }
  });

  it('of a URL give access until it expires, and to nothing else', async () => {
    await put('a key', 'content');
    const get = (url: string) =>
      fetch(url).then(async (response) => [response.status, await response.text()]);
    const url = presign('GET', '/bucket/a%20key', new Date(), 60);
    expect(await get(url)).toEqual([200, 'content']);
    expect((await get(url.replace('a%20key', 'other')))[0]).toBe(403);
    expect((await get(presign('GET', '/bucket/a%20key', new Date(Date.now() - 120_000), 60)))[1]).toContain(
      'Request has expired',
    );
  });

  it('cover the payload: what was changed on the way is not stored', async () => {
    const changed = new S3Client({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials,
      forcePathStyle: true,
      maxAttempts: 1,
    });
    changed.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body?: unknown };
        if (request.body === 'honest') request.body = 'forged';
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const sent = changed.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'honest' }));
    await expect(sent).rejects.toMatchObject({ name: 'XAmzContentSHA256Mismatch' });
    await expect(read('k')).rejects.toMatchObject({ name: 'NoSuchKey' });
    changed.destroy();
  });

  it('of streamed chunks are checked one by one', async () => {
    const good = await putSignedChunks('chunked', ['first ', 'second']);
    expect(good.status).toBe(200);
    expect(await read('chunked')).toBe('first second');
    const forged = await putSignedChunks('forged', ['first ', 'second'], (body) =>
      body.replace('second', 'SECOND'),
    );
    expect(forged.status).toBe(403);
    await expect(read('forged')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)(
    'are joined by %s checksums of the payload',
    async (ChecksumAlgorithm) => {
      await put('sum', 'content', { ChecksumAlgorithm });
      expect(await read('sum')).toBe('content');
      const bad = {
        [`Checksum${ChecksumAlgorithm}`]: Buffer.alloc(ChecksumAlgorithm === 'SHA1' ? 20 : 4).toString(
          'base64',
        ),
      };
      await expect(put('bad', 'content', bad)).rejects.toMatchObject({ name: 'BadDigest' });
      await expect(read('bad')).rejects.toMatchObject({ name: 'NoSuchKey' });
    },
  );
});

/** Signature Version 4 by the book, apart from the server's own code. */
function presign(method: string, path: string, date: Date, expires: number): string {
  const { stamp, scope, key } = signingKey(date);
  const query = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${encodeURIComponent(`${credentials.accessKeyId}/${scope}`)}`,
    `X-Amz-Date=${stamp}`,
    `X-Amz-Expires=${expires}`,
    'X-Amz-SignedHeaders=host',
  ].join('&');
  const host = new URL(server.endpoint).host;
  const canonical = [method, path, query, `host:${host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const signature = hmac(key, ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n')).toString(
    'hex',
  );
  return `${server.endpoint}${path}?${query}&X-Amz-Signature=${signature}`;
}

async function putSignedChunks(
  name: string,
  chunks: string[],
  tamper = (body: string) => body,
): Promise<Response> {
  const { stamp, scope, key } = signingKey(new Date());
  const payload = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
  const headers: Record<string, string> = {
    'content-encoding': 'aws-chunked',
    host: new URL(server.endpoint).host,
    'x-amz-content-sha256': payload,
    'x-amz-date': stamp,
    'x-amz-decoded-content-length': String(chunks.join('').length),
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([header, value]) => `${header}:${value}`);
  const canonical = ['PUT', `/bucket/${name}`, '', ...lines, '', names, payload].join('\n');
  const seed = hmac(key, ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n')).toString('hex');
  let previous = seed;
  let body = '';
  for (const chunk of [...chunks, '']) {
    const text = ['AWS4-HMAC-SHA256-PAYLOAD', stamp, scope, previous, sha256(''), sha256(chunk)].join('\n');
    previous = hmac(key, text).toString('hex');
    body += `${chunk.length.toString(16)};chunk-signature=${previous}\r\n${chunk}\r\n`;
  }
  const credential = `Credential=${credentials.accessKeyId}/${scope}`;
  const { host: _, ...sent } = headers;
  return await fetch(`${server.endpoint}/bucket/${name}`, {
    method: 'PUT',
    headers: {
      ...sent,
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${seed}`,
    },
    body: tamper(body),
  });
}

function signingKey(date: Date) {
  const stamp = date.toISOString().replace(/[-:]|\.\d+/g, '');
  const parts = [stamp.slice(0, 8), 'us-east-1', 's3', 'aws4_request'];
  const key = parts.reduce<Buffer>(
    (parent, part) => hmac(parent, part),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  );
  return { stamp, scope: parts.join('/'), key };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
