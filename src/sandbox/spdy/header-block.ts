import { constants, createDeflate, createInflate } from 'node:zlib';
import type { Deflate, Inflate } from 'node:zlib';
import { headerDictionary } from './header-dictionary.ts';

/** Names in lower case; several values of one name are joined by NUL, as on the wire. */
export type SpdyHeaders = Map<string, string>;

/** One direction's compressed headers: each block depends on those before it, so all must pass through, in order. */
export interface HeaderReader {
  /** @throws {Error} when the block is no header block, or larger than {@link LARGEST_BLOCK}. */
  read(block: Uint8Array): Promise<SpdyHeaders>;
  close(): void;
}

export interface HeaderWriter {
  write(headers: SpdyHeaders): Promise<Buffer>;
  close(): void;
}

/** Bytes of the headers of one frame, inflated. */
export const LARGEST_BLOCK = 64 * 1024;

export function createHeaderReader(): HeaderReader {
  const inflate = createInflate({ dictionary: headerDictionary(), finishFlush: constants.Z_SYNC_FLUSH });
  const pass = passThrough(inflate);
  return { read: async (block) => parseBlock(await pass(block)), close: () => inflate.destroy() };
}

export function createHeaderWriter(): HeaderWriter {
  const deflate = createDeflate({ dictionary: headerDictionary(), flush: constants.Z_SYNC_FLUSH });
  const pass = passThrough(deflate);
  return { write: (headers) => pass(formatBlock(headers)), close: () => deflate.destroy() };
}

/** What one block becomes: all of the stream's output up to the block's end. */
function passThrough(stream: Inflate | Deflate): (input: Uint8Array) => Promise<Buffer> {
  let output: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= LARGEST_BLOCK) output.push(chunk);
    else stream.destroy(new Error(`headers of more than ${LARGEST_BLOCK} bytes`));
  });
  return (input) =>
    new Promise((resolve, reject) => {
      output = [];
      size = 0;
      const onError = (error: Error) => reject(error);
      stream.once('error', onError);
      stream.write(input, (error) => {
        if (error) return reject(error);
        stream.off('error', onError);
        resolve(Buffer.concat(output));
      });
    });
}

function parseBlock(block: Buffer): SpdyHeaders {
  const headers: SpdyHeaders = new Map();
  let at = 0;
  const number = () => {
    if (at + 4 > block.length) throw new Error('a header block ends in the middle');
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  const text = () => {
    const length = number();
    if (at + length > block.length) throw new Error('a header block ends in the middle');
    at += length;
    return block.toString('latin1', at - length, at);
  };
  for (let left = number(); left > 0; left--) {
    const name = text();
    headers.set(name, text());
  }
  return headers;
}

function formatBlock(headers: SpdyHeaders): Buffer {
  const words = [...headers].flatMap(([name, value]) => [name, value]);
  return Buffer.concat([
    uint32(headers.size),
    ...words.flatMap((word) => [uint32(Buffer.byteLength(word, 'latin1')), Buffer.from(word, 'latin1')]),
  ]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
