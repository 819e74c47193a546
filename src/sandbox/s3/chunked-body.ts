/**
 * Decodes `aws-chunked` bodies: `SIZE[;chunk-signature=HEX]\r\n DATA \r\n … 0…\r\n [trailer:value\r\n…] \r\n`. Signatures of
 * chunks and trailers are checked when the body has them; checksums in trailers are checked by the caller.
 */
import { createHash } from 'node:crypto';
import { S3Error } from './s3-error.ts';
import { chunkSignature, equalHex, trailerSignature } from './signature.ts';
import type { Authentication } from './signature.ts';

export interface ChunkedBody {
  data: AsyncIterable<Buffer>;
  /** Trailing headers; complete when `data` has ended. */
  trailers: Map<string, string>;
}

export function decodeChunkedBody(
  source: AsyncIterable<Buffer>,
  authentication: Authentication,
): ChunkedBody {
  const trailers = new Map<string, string>();
  return { data: decodeChunks(source, authentication, trailers), trailers };
}

async function* decodeChunks(
  source: AsyncIterable<Buffer>,
  authentication: Authentication,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = createByteReader(source);
  const signed = authentication.payload.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
  let previous = authentication.signature;
  for (;;) {
    const [size, signature] = parseChunkHeader(await reader.line());
    const hash = signed ? createHash('sha256') : undefined;
    for (let left = size; left > 0;) {
      const piece = await reader.piece(left);
      hash?.update(piece);
      left -= piece.length;
      yield piece;
    }
    if (hash) {
      const expected = chunkSignature(authentication, previous, hash.digest('hex'));
      checkSignature(expected, signature);
      previous = expected;
    }
    if (size === 0) break;
    if ((await reader.line()) !== '') throw incomplete('a chunk is longer than its header says');
  }
  let canonical = '';
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const colon = line.indexOf(':');
    if (colon < 1) throw incomplete('a trailing header has no colon');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name !== 'x-amz-trailer-signature') canonical += `${name}:${value}\n`;
    trailers.set(name, value);
  }
  if (authentication.payload === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER') {
    checkSignature(
      trailerSignature(authentication, previous, canonical),
      trailers.get('x-amz-trailer-signature'),
    );
  }
}

function parseChunkHeader(line: string): [number, string | undefined] {
  const match = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  if (match?.[1] === undefined) throw incomplete('a chunk header is malformed');
  return [Number.parseInt(match[1], 16), match[2]];
}

function checkSignature(expected: string, given: string | undefined): void {
  if (given !== undefined && equalHex(expected, given)) return;
  throw new S3Error(
    'SignatureDoesNotMatch',
    'The signature of a chunk does not match the one we calculated.',
  );
}

function incomplete(why: string): S3Error {
  return new S3Error('IncompleteBody', `The aws-chunked body is malformed: ${why}.`);
}

const MAX_LINE = 16 * 1024;

/** Lines and pieces out of a stream of buffers, without copying the pieces. */
function createByteReader(source: AsyncIterable<Buffer>) {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  const fill = async () => {
    const next = await iterator.next();
    if (next.done === true) throw incomplete('it ends before its last chunk');
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
  };

  return {
    /** Up to the next CR LF, which is dropped. */
    async line(): Promise<string> {
      for (;;) {
        const end = rest.indexOf('\r\n');
        if (end >= 0) {
          const line = rest.toString('latin1', 0, end);
          rest = rest.subarray(end + 2);
          return line;
        }
        if (rest.length > MAX_LINE) throw incomplete('a line is too long');
        await fill();
      }
    },
    /** At least one byte, at most `size`. */
    async piece(size: number): Promise<Buffer> {
      if (rest.length === 0) await fill();
      const piece = rest.subarray(0, size);
      rest = rest.subarray(piece.length);
      return piece;
    },
  };
}
