import { GetObjectCommand } from './s3-sdk.ts';
import type { S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '../kubernetes/clock.ts';
import type { ByteRange, ObjectBody, RequestOptions } from './object-store.ts';
import { ObjectStoreError } from './object-store.ts';
import { s3Error } from './s3-error.ts';

/** Connections that may break one after the other without a byte in between. */
const MAX_FRUITLESS_ATTEMPTS = 5;
const FIRST_PAUSE = 200; // milliseconds, doubled each time

/** GetObject whose body goes on after broken connections, on the same ETag, and whose length is verified. */
export async function downloadObject(
  client: S3Client,
  bucket: string,
  key: string,
  { range, signal }: RequestOptions & { range?: ByteRange },
): Promise<ObjectBody> {
  const operation = { name: 'GetObject', bucket, key, ...(signal && { signal }) };

  const request = async (asked: ByteRange | undefined, etag?: string) => {
    const Range = asked && `bytes=${asked.first}-${asked.last ?? ''}`;
    try {
      return await client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          ...(Range && { Range }),
          ...(etag && { IfMatch: etag }),
        }),
        { ...(signal && { abortSignal: signal }) },
      );
    } catch (error) {
      throw s3Error(error, operation);
    }
  };

  const first = await request(range);
  const length = first.ContentLength;
  if (length === undefined)
    throw new ObjectStoreError('MissingLength', 'GetObject: the store did not send Content-Length');
  const { ETag: etag, LastModified: modified } = first;
  const start = range?.first ?? 0;

  async function* read(): AsyncGenerator<Uint8Array> {
    let response = first;
    let received = 0;
    let fruitless = 0;
    for (;;) {
      let broken: unknown;
      try {
        for await (const chunk of response.Body as unknown as AsyncIterable<Uint8Array>) {
          received += chunk.length;
          fruitless = 0;
          if (received > Number(length)) break;
          yield chunk;
        }
      } catch (error) {
        broken = error;
      }
      signal?.throwIfAborted();
      if (received === length) return;
      if (received > Number(length)) throw tooLong(key, Number(length));
      fruitless += 1;
      if (fruitless > MAX_FRUITLESS_ATTEMPTS || etag === undefined) {
        const text = `GetObject: the connection broke after ${received} of ${length} bytes of ${JSON.stringify(key)}`;
        throw new ObjectStoreError('IncompleteBody', text, { cause: broken });
      }
      await systemClock.sleep(FIRST_PAUSE * 2 ** (fruitless - 1), signal);
      response = await request({ first: start + received, last: start + Number(length) - 1 }, etag);
    }
  }

  return {
    key,
    size: Number(/\/(\d+)$/.exec(first.ContentRange ?? '')?.[1] ?? length),
    ...(etag !== undefined && { etag }),
    ...(modified && { modified: modified.toISOString() }),
    body: read(),
  };
}

function tooLong(key: string, length: number): ObjectStoreError {
  return new ObjectStoreError(
    'MalformedBody',
    `GetObject: more than the announced ${length} bytes came of ${JSON.stringify(key)}`,
  );
}
