import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kubernetes/clock.ts';
import { createHeaderReader, createHeaderWriter, type SpdyHeaders } from './header-block.ts';
import { serveSpdy } from './spdy-connection.ts';
import type { SpdyStream } from './spdy-stream.ts';

/** A frame as bytes: control frames have a type, data frames a stream. */
function frame(first: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(first, 0);
  head.writeUInt8(flags, 4);
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}

const control = (type: number, flags: number, payload: Buffer) => frame(0x80030000 + type, flags, payload);
const numbers = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
};

describe('a SPDY connection', () => {
  let server: Server;
  let client: Socket;
  let opened: SpdyStream[];
  let writer: ReturnType<typeof createHeaderWriter>;
  let refuse: boolean;

  beforeEach(async () => {
    opened = [];
    refuse = false;
    writer = createHeaderWriter();
    server = createServer({ allowHalfOpen: true }, (socket) => {
      serveSpdy(socket, {
        clock: systemClock,
        onStream(stream) {
          if (refuse) throw new Error('not wanted');
          opened.push(stream);
        },
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    client = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
    await once(client, 'connect');
  });

  afterEach(async () => {
    client.destroy();
    for (const stream of opened) stream.destroy();
    writer.close();
    server.close();
    await once(server, 'close');
  });

  async function open(id: number, headers: SpdyHeaders, flags = 0): Promise<void> {
    const block = await writer.write(headers);
    client.write(control(1, flags, Buffer.concat([numbers(id, 0), Buffer.alloc(2), block])));
  }

  async function receive(): Promise<{ first: number; flags: number; payload: Buffer }> {
    const take = async (length: number): Promise<Buffer> => {
      for (;;) {
        const chunk: Buffer | null = client.read(length);
        if (chunk) return chunk;
        await once(client, 'readable');
      }
    };
    const head = await take(8);
    const length = head.readUIntBE(5, 3);
    const payload = length === 0 ? Buffer.alloc(0) : await take(length);
    return { first: head.readUInt32BE(0), flags: head.readUInt8(4), payload };
  }

  it('gives streams with their headers, whose compression goes on from one to the next', async () => {
    for (const [id, type] of [
      [1, 'error'],
      [3, 'data'],
      [5, 'stdin'],
    ] as const) {
      await open(id, new Map([['streamtype', type]]));
      expect((await receive()).first).toBe(0x80030002);
    }
    expect(opened.map(({ headers }) => headers.get('streamtype'))).toEqual(['error', 'data', 'stdin']);
  });

  it('carries data both ways, each way with its own end', async () => {
    await open(1, new Map());
    await receive();
    client.write(frame(1, 0, Buffer.from('hel')));
    client.write(frame(1, 1, Buffer.from('lo')));
    const [stream] = opened;
    expect(stream && (await text(stream))).toBe('hello');
    stream?.end('answer');
    expect(await receive()).toEqual({ first: 1, flags: 0, payload: Buffer.from('answer') });
    expect(await receive()).toEqual({ first: 1, flags: 1, payload: Buffer.alloc(0) });
  });

  it('reads no further while a stream is not read', async () => {
    await open(1, new Map());
    await receive();
    const block = frame(1, 0, Buffer.alloc(1024 * 1024));
    let written = 0;
    for (; written < 64 && client.write(block); written++)
      await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(opened[0]?.readableLength).toBeLessThan(256 * 1024);
  });

  it('answers pings', async () => {
    client.write(control(6, 0, numbers(7)));
    expect(await receive()).toEqual({ first: 0x80030006, flags: 0, payload: numbers(7) });
  });

  it('refuses a stream that is not wanted, and goes on', async () => {
    refuse = true;
    await open(1, new Map());
    expect(await receive()).toEqual({ first: 0x80030003, flags: 0, payload: numbers(1, 3) });
    refuse = false;
    await open(3, new Map([['a', 'b']]));
    expect((await receive()).first).toBe(0x80030002);
  });

  it('ends a stream that the client resets', async () => {
    await open(1, new Map());
    await receive();
    const [stream] = opened;
    const closed = stream && once(stream, 'close');
    client.write(control(3, 0, numbers(1, 5)));
    await closed;
    expect(stream?.destroyed).toBe(true);
  });

  it.each([
    ['a control frame that is too large', control(1, 0, Buffer.alloc(70_000))],
    ['a frame that is too short', control(1, 0, Buffer.alloc(3))],
    ['headers that are no zlib', control(1, 0, Buffer.alloc(40, 1))],
  ])('ends the connection at %s', async (_what, bytes) => {
    client.resume();
    client.on('error', () => undefined); // reset, with what was not read
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.write(bytes);
    await closed;
    expect(client.destroyed).toBe(true);
  });

  it('takes headers of any content back as they were', async () => {
    const headers: SpdyHeaders = new Map([
      ['streamtype', 'data'],
      ['port', '8080'],
      ['x', 'a\0b'],
      ['long', 'y'.repeat(20_000)],
    ]);
    const reader = createHeaderReader();
    for (let time = 0; time < 20; time++)
      expect(await reader.read(await writer.write(headers))).toEqual(headers);
    reader.close();
  });
});
