import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startS3Server } from '../sandbox/s3/server.ts';
import type { S3Server } from '../sandbox/s3/server.ts';
import { openS3 } from './s3.ts';

const credentials = { accessKeyId: 'id', secretAccessKey: 'key' };
const SIZE = 6 * 1024 * 1024;
let folder: string;
let store: S3Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-download-'));
  store = await startS3Server({ folder, credentials: [credentials] });
  await store.ensureBucket('bucket');
});

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

it('goes on where a connection broke, as often as it makes progress', async () => {
  const line = await cuttingLine({ connections: 3, after: 1024 * 1024 });
  const s3 = await openS3({
    bucket: 'bucket',
    endpoint: line.endpoint,
    region: '',
    credentials,
    skipSslVerify: false,
  });
  try {
    const content = randomBytes(SIZE);
    await s3.put('object', once(content));
    line.cut = true;
    const { body } = await s3.get('object');
    expect(await digest(body)).toBe(createHash('sha256').update(content).digest('hex'));
    expect(line.broken).toBe(3);
    const range = await s3.get('object', { range: { first: 100, last: SIZE - 50 } });
    expect(await digest(range.body)).toBe(
      createHash('sha256').update(content.subarray(100, -49)).digest('hex'),
    );
  } finally {
    s3.close();
    await line.close();
  }
});

it('fails rather than mixing two versions of an object', async () => {
  const line = await cuttingLine({ connections: 1, after: 1024 * 1024 });
  const s3 = await openS3({
    bucket: 'bucket',
    endpoint: line.endpoint,
    region: '',
    credentials,
    skipSslVerify: false,
  });
  try {
    await s3.put('object', once(randomBytes(SIZE)));
    line.cut = true;
    const { body } = await s3.get('object');
    line.cut = false;
    await s3.put('object', once(randomBytes(SIZE)));
    line.cut = true;
    await expect(digest(body)).rejects.toThrow('PreconditionFailed');
  } finally {
    s3.close();
    await line.close();
  }
});

/** A TCP line to the store that breaks `connections` times, each time after so many bytes of an answer. */
async function cuttingLine({ connections, after }: { connections: number; after: number }) {
  const sockets = new Set<Socket>();
  const state = { cut: false, broken: 0 };
  const server = createServer((client) => {
    const upstream = connect(store.port, '127.0.0.1');
    sockets.add(client).add(upstream);
    let answered = 0;
    upstream.on('data', (chunk) => {
      answered += chunk.length;
      if (state.cut && state.broken < connections && answered > after) {
        state.broken += 1;
        client.destroy();
        upstream.destroy();
      } else if (!client.write(chunk)) {
        upstream.pause();
        client.once('drain', () => upstream.resume());
      }
    });
    client.pipe(upstream);
    for (const socket of [client, upstream]) socket.on('error', () => undefined); // breaking is the point
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  });
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

async function digest(body: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of body) hash.update(chunk);
  return hash.digest('hex');
}
