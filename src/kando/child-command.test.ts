import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startConsumer, startProducer } from './child-command.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'child-command-'));
});

afterEach(() => rm(folder, { recursive: true }));

const shell = (script: string) => ['sh', '-c', `cd ${folder}; ${script}`];

describe.each([
  ['a pipe', () => ({})],
  ['a socket, where no pipe can be made', () => ({ makePipe: async () => undefined })],
])('a command with %s', (_, options) => {
  it('gives its output whole, and then fails if it failed', async () => {
    const good = await startProducer(shell('seq 1 100000'), options());
    expect((await text(good.output)).split('\n')).toHaveLength(100_001);
    const bad = await startProducer(shell('seq 1 100000; exit 3'), options());
    await expect(text(bad.output)).rejects.toThrow('"sh" failed: exit status 3');
  });

  it('fails at once when it fails, whatever it left in the background', async () => {
    const child = await startProducer(shell('sleep 1000 & echo $$ >pid; echo x; exit 4'), options());
    await expect(text(child.output)).rejects.toThrow('"sh" failed: exit status 4');
    await child.end();
    expect(await running(await group())).toBe(0);
  });

  it('gives what the background still writes, and fails when it falls silent without an end', async () => {
    const late = await startProducer(shell('(sleep 0.1; echo late) & echo early'), options());
    expect(await text(late.output)).toBe('early\nlate\n');
    const held = await startProducer(shell('sleep 1000 & echo $$ >pid; echo x'), {
      ...options(),
      linger: 100,
    });
    await expect(text(held.output)).rejects.toThrow('still holds its standard output');
    await held.end();
    expect(await running(await group())).toBe(0);
  });

  it('may be read slower than the time that it may be silent', async () => {
    const child = await startProducer(shell('echo x; sleep 0.05; echo y'), { ...options(), linger: 300 });
    const read: string[] = [];
    for await (const chunk of child.output) {
      read.push(String(chunk));
      await sleep(500);
    }
    expect(read.join('')).toBe('x\ny\n');
  });

  it('is ended with all that it started, also what does not heed SIGTERM once the first has ended', async () => {
    const script = `echo $$ >pid; (trap '' TERM; : >ready; while :; do sleep 0.05; done) & wait`;
    const child = await startConsumer(shell(script), options());
    while (!(await readdir(folder)).includes('ready')) await sleep(10);
    await child.end();
    expect(await running(await group())).toBe(0);
    await expect(child.success()).rejects.toThrow('"sh" failed: signal SIGTERM');
  }, 20_000);

  it('is not waited for after an abort', async () => {
    const child = await startConsumer(shell('exec sleep 1000'), options());
    const reason = new Error('cancelled');
    await expect(child.success(AbortSignal.abort(reason))).rejects.toThrow(reason);
    const abort = new AbortController();
    setTimeout(() => abort.abort(reason), 20);
    await expect(child.success(abort.signal)).rejects.toThrow(reason);
    await child.end();
  });
});

it('a command opens its output and its input by name', async () => {
  const producer = await startProducer(shell('echo named >/dev/stdout'));
  expect(await text(producer.output)).toBe('named\n');
  const consumer = await startConsumer(shell('sleep 0.2; cat /dev/stdin >copy'));
  consumer.input.end('content');
  await consumer.success();
  expect(await readFile(join(folder, 'copy'), 'utf8')).toBe('content');
});

async function group(): Promise<number> {
  return Number(await readFile(join(folder, 'pid'), 'utf8'));
}

/** How many processes of a group run; the dead that nobody has reaped do not count. */
async function running(processGroup: number): Promise<number> {
  let count = 0;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''); // it may end meanwhile
    const [state, , found] = line.slice(line.lastIndexOf(')') + 2).split(' ');
    if (Number(found) === processGroup && state !== 'Z') count += 1;
  }
  return count;
}
