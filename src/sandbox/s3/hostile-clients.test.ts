import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startS3Server } from './server.ts';
import type { S3Server } from './server.ts';
import { parseXml } from './xml.ts';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
let folder: string;
let server: S3Server;
let errors: unknown[];

beforeEach(async () => {
  errors = [];
  folder = await mkdtemp(join(tmpdir(), 's3-hostile-'));
  const onError = (error: unknown) => void errors.push(error);
  server = await startS3Server({ folder: join(folder, 'store'), credentials: [credentials], onError });
  await server.ensureBucket('bucket');
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe('the store', () => {
  it.each(['/bucket/k?a=%zz', '/%zz', '/bucket/k?%', '/bucket/%ff'])(
    'answers 400 to a request line that is no percent-encoding (%s), and lives on',
    async (url) => {
      expect(await statusOf(signed('GET', url))).toBe(400);
      expect(await statusOf(`GET ${url} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`)).toBe(
        url.includes('?') ? 400 : 403,
      );
      expect(await statusOf(signed('GET', '/'))).toBe(200);
      expect(errors).toEqual([]);
    },
  );

  it.each(['/../../etc/passwd', '/%2e%2e/x', '/..%2f..%2fx/k', '/%2e%2e%2fbucket/x', '/bucket/../../x'])(
    'reads nothing outside its folder by %s',
    async (url) => {
      expect(await statusOf(signed('GET', url))).toBe(404);
      expect(await statusOf(signed('PUT', url, {}, 'x'))).toBe(url.startsWith('/bucket/') ? 200 : 404);
      expect(await readdir(folder)).toEqual(['store']);
      expect(await readdir(join(folder, 'store'))).toEqual(['bucket']);
    },
  );

  it.each(['%2e%2e', '..%2f..', 'A', 'a%2fb'])('makes no bucket of the name %s', async (name) => {
    expect(await statusOf(signed('PUT', `/${name}`))).toBe(400);
    expect(await readdir(folder)).toEqual(['store']);
  });

  it('refuses a header that is too large, and a request of two lengths', async () => {
    const head = 'PUT /bucket/k HTTP/1.1\r\nHost: h\r\n';
    expect(await statusOf(`${head}X-Large: ${'x'.repeat(17 * 1024)}\r\n\r\n`)).toBe(431);
    const smuggled = 'GET /bucket/other HTTP/1.1\r\nHost: h\r\n\r\n';
    expect(
      await statusOf(`${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`),
    ).toBe(400);
    expect(await statusOf(`${head}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd${smuggled}`)).toBe(400);
  });

  it('lets a query set only the response headers that S3 lets it set', async () => {
    expect(await statusOf(signed('PUT', '/bucket/k', {}, 'content'))).toBe(200);
    const answer = await exchange(
      signed(
        'GET',
        '/bucket/k?response-content-type=text%2Fx&response-set-cookie=a&response-transfer-encoding=chunked',
      ),
    );
    expect(answer).toMatch(/content-type: text\/x/i);
    expect(answer).not.toMatch(/set-cookie|transfer-encoding/i);
    const broken = await exchange(signed('GET', '/bucket/k?response-content-type=a%0D%0Ab'));
    expect(broken).toMatch(/^HTTP\/1\.1 400 /);
    expect(errors).toEqual([]);
  });

  it.each(['PUT /bucket/k', 'a part'])(
    'keeps no bytes of a body that its client did not finish (%s)',
    async (what) => {
      const url = what === 'a part' ? `/bucket/k?partNumber=1&uploadId=${await beginUpload()}` : '/bucket/k';
      const request = signed('PUT', url, { 'content-length': '1000000' });
      const socket = await dial();
      socket.write(request);
      socket.write('x'.repeat(300_000));
      await until(async () => (await blobs()).length === 1);
      socket.destroy();
      await until(async () => (await blobs()).length === 0);
      expect(errors).toEqual([]);
    },
  );

  it('refuses a part whose upload was aborted while it came, and keeps none of it', async () => {
    const id = await beginUpload();
    const socket = await dial();
    const answer = read(socket);
    socket.write(signed('PUT', `/bucket/k?partNumber=1&uploadId=${id}`, { 'content-length': '4' }) + 'ab');
    await until(async () => (await blobs()).length === 1);
    expect(await statusOf(signed('DELETE', `/bucket/k?uploadId=${id}`))).toBe(204);
    socket.write('cd');
    expect(await answer).toMatch(/^HTTP\/1\.1 404 [^]*<Code>NoSuchUpload<\/Code>/);
    expect(await blobs()).toEqual([]);
    expect(errors).toEqual([]);
  });
});

it('a document that is one endless name is refused at once', () => {
  expect(() => parseXml(`<${'a'.repeat(2 * 1024 * 1024)}`)).toThrow('not well-formed');
});

const blobs = () => readdir(join(folder, 'store', 'bucket', 'blobs'));

async function beginUpload(): Promise<string> {
  const answer = await exchange(signed('POST', '/bucket/k?uploads='));
  return /<UploadId>([^<]+)</.exec(answer)?.[1] ?? '';
}

async function statusOf(request: string): Promise<number> {
  return Number(/^HTTP\/1\.1 (\d+) /.exec(await exchange(request))?.[1]);
}

async function exchange(request: string): Promise<string> {
  const socket = await dial();
  socket.write(request);
  return await read(socket);
}

async function dial(): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function read(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A request of raw text, signed over its path and query as they stand. */
function signed(method: string, url: string, headers: Record<string, string> = {}, body = ''): string {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [stamp.slice(0, 8), 'us-east-1', 's3', 'aws4_request'];
  const key = scope.reduce<Buffer>(hmac, Buffer.from(`AWS4${credentials.secretAccessKey}`));
  const [path = '', query = ''] = url.split('?');
  const canonical = [
    method,
    path,
    query.split('&').filter(Boolean).toSorted().join('&'),
    'host:h',
    `x-amz-date:${stamp}`,
    '',
    'host;x-amz-date',
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const signature = hmac(key, ['AWS4-HMAC-SHA256', stamp, scope.join('/'), hash].join('\n')).toString('hex');
  const lines = Object.entries({
    host: 'h',
    connection: 'close',
    'x-amz-date': stamp,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope.join('/')}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    'content-length': String(body.length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
