import { AbortMultipartUploadCommand, S3Client } from '@aws-sdk/client-s3';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { Agent, createServer, request as sendRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startS3Server } from '../sandbox/s3/server.ts';
import type { S3Server } from '../sandbox/s3/server.ts';
import type { ObjectStore } from './object-store.ts';
import { openS3 } from './s3.ts';

const credentials = { accessKeyId: 'id', secretAccessKey: 'key' };
const MIB = 1024 * 1024;
let folder: string;
let server: S3Server;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-upload-'));
  server = await startS3Server({ folder, credentials: [credentials] });
  await server.ensureBucket('bucket');
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe('an upload', () => {
  it.each([
    ['its one request', MIB, /^PUT /],
    ['the completion', 20 * MIB, /^POST .*uploadId=/],
  ])('that is aborted while the store carries out %s is stored, and says so', async (_, size, held) => {
    const abort = new AbortController();
    await using gateway = await openGateway((line) => {
      if (held.test(line)) abort.abort(new Error('too late'));
      return 'pass';
    });
    expect(await gateway.store.put('key', zeros(size), { signal: abort.signal })).toBe(size);
    expect(await gateway.store.head('key')).toMatchObject({ size });
    expect(await unfinished()).toEqual([]);
  });

  it('that is aborted while it begins leaves nothing', async () => {
    const abort = new AbortController();
    await using gateway = await openGateway((line) => {
      if (/^POST .*uploads/.test(line)) abort.abort(new Error('cancelled'));
      return 'pass';
    });
    const put = gateway.store.put('key', zeros(20 * MIB), { signal: abort.signal });
    await expect(put).rejects.toThrow('cancelled');
    await expect(gateway.store.head('key')).rejects.toThrow('not found');
    expect(await unfinished()).toEqual([]);
  });

  it('is not called failed when the answer to its completion is lost', async () => {
    let lost = 0;
    await using gateway = await openGateway((line) => {
      if (!/^POST .*uploadId=/.test(line) || lost > 0) return 'pass';
      lost += 1;
      return 'lose the answer';
    });
    expect(await gateway.store.put('key', zeros(20 * MIB))).toBe(20 * MIB);
    expect(lost).toBe(1);
    expect(await gateway.store.head('key')).toMatchObject({ size: 20 * MIB });
    expect(await unfinished()).toEqual([]);
  });

  it('fails when the store no longer knows it at its completion, although an older object has the key', async () => {
    let parts = 0;
    await using gateway = await openGateway(async (line): Promise<Fate> => {
      const UploadId = /^PUT .*uploadId=([\w-]+)/i.exec(line)?.[1];
      if (UploadId !== undefined) parts += 1;
      if (UploadId !== undefined && parts === 3) await abortUpload(UploadId);
      return 'pass';
    });
    await gateway.store.put('key', zeros(MIB));
    await expect(gateway.store.put('key', zeros(20 * MIB))).rejects.toThrow(
      "failed to write contents to bucket 'bucket': CompleteMultipartUpload: ",
    );
    expect(await gateway.store.head('key')).toMatchObject({ size: MIB });
    expect(await unfinished()).toEqual([]);
  });

  it('is the last of its key that ends, whole, when several are sent at once', async () => {
    await using gateway = await openGateway(() => 'pass');
    const sizes = [1, 2, 3, 4].map((factor) => factor * 6 * MIB);
    await Promise.all(sizes.map((size) => gateway.store.put('key', zeros(size))));
    const found = await gateway.store.get('key');
    let received = 0;
    for await (const chunk of found.body) received += chunk.length;
    expect(sizes).toContain(received);
    expect(received).toBe(found.size);
    expect(await unfinished()).toEqual([]);
  });
});

type Fate = 'pass' | 'lose the answer';

/** An HTTP gateway in front of the store; `decide` is told each request when the store has carried it out, and what to do with its answer. */
async function openGateway(
  decide: (line: string) => Fate | Promise<Fate>,
): Promise<{ store: ObjectStore } & AsyncDisposable> {
  const agent = new Agent();
  const gateway = createServer((request, response) => {
    const line = `${request.method} ${request.url}`;
    forward(request, response, agent, () => decide(line));
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const { port } = gateway.address() as AddressInfo;
  const store = await openS3({
    bucket: 'bucket',
    endpoint: `http://127.0.0.1:${port}`,
    region: '',
    credentials,
    skipSslVerify: false,
  });
  return {
    store,
    async [Symbol.asyncDispose]() {
      store.close();
      agent.destroy();
      gateway.closeAllConnections();
      await new Promise<void>((resolve) => gateway.close(() => resolve()));
    },
  };
}

function forward(
  request: IncomingMessage,
  response: ServerResponse,
  agent: Agent,
  decide: () => Fate | Promise<Fate>,
): void {
  const { method, url, headers } = request;
  const upstream = sendRequest({ port: server.port, host: '127.0.0.1', method, path: url, headers, agent });
  const handOn = async (answer: IncomingMessage) => {
    if ((await decide()) === 'lose the answer') return void response.destroy();
    // Held for a moment, so that an abort in `decide` finds the request unanswered.
    await new Promise((resolve) => setTimeout(resolve, 20));
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  };
  upstream.on('response', (answer) => void handOn(answer));
  upstream.on('error', () => response.destroy());
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
}

async function* zeros(size: number): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(MIB);
  for (let sent = 0; sent < size; sent += MIB) yield piece;
}

/** What an administrator's clean-up of old uploads does. */
async function abortUpload(UploadId: string): Promise<void> {
  const client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
  });
  await client.send(new AbortMultipartUploadCommand({ Bucket: 'bucket', Key: 'key', UploadId }));
  client.destroy();
}

const unfinished = () => readdir(join(folder, 'bucket', 'uploads'));
