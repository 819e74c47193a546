import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';

let temporary: string;
beforeEach(async () => {
  temporary = await realpath(await mkdtemp(join(tmpdir(), 'demo-test-')));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

it('the demo loses and recovers a table, and leaves nothing behind', { timeout: 180_000 }, async () => {
  const { code, output } = await runDemo(['--postgres=npm']);
  expect(output).toMatch(/✓ Every order is back, byte for byte: 10,000 orders, checksum [0-9a-f]{32}/);
  expect(output).toContain('✓ The store is empty');
  expect(code).toBe(0);
  expect(await leftovers()).toEqual({ files: [], processes: [] });
});

it.each([
  ['SIGINT', 'orders loaded'],
  // PostgreSQL's pod is being started then.
  ['SIGTERM', 'Sandbox started'],
  ['SIGHUP', 'Sandbox started'],
] as const)(
  '%s after “%s” ends it at once, and leaves nothing behind',
  { timeout: 120_000 },
  async (signal, moment) => {
    const { code, output } = await runDemo([], ({ pid = 0 }) => process.kill(-pid, signal), moment);
    expect(output).toContain(`stopped by ${signal}`);
    expect(code).toBe(130);
    expect(await leftovers()).toEqual({ files: [], processes: [] });
  },
);

it('a reader that goes away ends it, and leaves nothing behind', { timeout: 120_000 }, async () => {
  const { code } = await runDemo([], ({ stdout }) => stdout.destroy());
  expect(code).toBe(130);
  expect(await leftovers()).toEqual({ files: [], processes: [] });
});

it('an unknown source of PostgreSQL is refused', async () => {
  const { code, output } = await runDemo(['--postgres=docker']);
  expect(code).toBe(2);
  expect(output).toContain('expected "system" or "npm", found "docker"');
});

/**
 * Runs the demo with a temporary folder of its own, in a process group of its own as a shell would. Once it says `moment`,
 * `interrupt` may act on it.
 */
async function runDemo(
  args: string[],
  interrupt: (demo: ChildProcessByStdio<null, Readable, Readable>) => unknown = () => undefined,
  moment = 'orders loaded',
): Promise<{ code: number | null; output: string }> {
  const program = join(import.meta.dirname, 'demo.ts');
  const demo = spawn(process.execPath, [program, ...args], {
    detached: true,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let reached = false;
  for (const stream of [demo.stdout, demo.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (reached || !output.includes(moment)) return;
      reached = true;
      interrupt(demo);
    });
  }
  await once(demo, 'close');
  return { code: demo.exitCode, output };
}

/** Files in the temporary folder, and processes that know of it by argument, variable or working folder. */
async function leftovers(): Promise<{ files: string[]; processes: string[] }> {
  const own = String(process.pid);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== own);
  const traces = await Promise.all(
    pids.map(async (pid) => {
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => ''); // ended, or another user's
      const commandLine = (await read('cmdline')).replaceAll('\0', ' ');
      return [commandLine, await read('environ')].some((text) => text.includes(temporary))
        ? [commandLine]
        : [];
    }),
  );
  return { files: await readdir(temporary), processes: traces.flat() };
}
