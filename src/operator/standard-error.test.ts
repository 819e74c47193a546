import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { expect, it } from 'vitest';

const PROGRAM = path.join(import.meta.dirname, 'testdata', 'log-memory.ts');
const MEBIBYTE = 1024 * 1024;

it(
  'a log that is not read for a while takes no memory meanwhile, and is whole',
  { timeout: 60_000 },
  async () => {
    const child = spawn(process.execPath, [PROGRAM, '64'], { stdio: ['ignore', 'pipe', 'pipe'] });
    await sleep(2_000);
    const [growth, log] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(log.length).toBe(64 * MEBIBYTE + 'begins\n'.length);
    expect(Number(growth)).toBeLessThan(32 * MEBIBYTE);
  },
);

it('one that nobody reads any more does not end the process', async () => {
  const child = spawn(process.execPath, [PROGRAM, '1'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.destroy();
  expect(Number(await text(child.stdout))).toBeGreaterThanOrEqual(0);
  expect(child.exitCode ?? 0).toBe(0);
});
