import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { loopbackServer } from './loopback-server.ts';

const MEBIBYTE = 1024 * 1024;
const SIZE = 300;
const LIMIT = 64 * MEBIBYTE;

describe('an exec of 300 MB', { timeout: 120_000 }, () => {
  it('from a fast command to a slow reader takes less than 64 MB of memory', async () => {
    const { bytes, growth } = await measure('stdout', (socket) => void produce(socket));
    expect(bytes).toBe(SIZE * MEBIBYTE);
    expect(growth).toBeLessThan(LIMIT);
  });

  it('to a slow command takes less than 64 MB of memory', async () => {
    const { bytes, growth } = await measure('stdin', consumeSlowly);
    expect(bytes).toBe(SIZE * MEBIBYTE);
    expect(growth).toBeLessThan(LIMIT);
  });
});

async function measure(
  direction: string,
  command: (socket: WebSocket) => void,
): Promise<{ bytes: number; growth: number }> {
  await using server = await loopbackServer({
    socket: (socket, request) => (request.url?.includes('warm-up') ? end(socket) : command(socket)),
  });
  const program = path.join(import.meta.dirname, 'testdata', 'exec-memory.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    program,
    server.url,
    direction,
    String(SIZE),
  ]);
  const measured: { bytes: number; growth: number } = JSON.parse(stdout);
  return measured;
}

function end(socket: WebSocket): void {
  socket.send(Buffer.concat([Buffer.of(3), Buffer.from('{"status":"Success"}')]));
  socket.close();
}

async function produce(socket: WebSocket): Promise<void> {
  const message = Buffer.alloc(32 * 1024 + 1);
  message[0] = 1;
  for (let sent = 0; sent < SIZE * MEBIBYTE; sent += message.length - 1) {
    await new Promise<void>((resolve, reject) =>
      socket.send(message, (error) => (error ? reject(error) : resolve())),
    );
  }
  end(socket);
}

function consumeSlowly(socket: WebSocket): void {
  let unrested = 0;
  socket.on('message', (data: Buffer) => {
    if (data[0] === 255) return end(socket);
    unrested += data.length;
    if (unrested < 4 * MEBIBYTE) return;
    unrested = 0;
    socket.pause();
    void sleep(5).then(() => socket.resume());
  });
}
