import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { systemClock } from '../kubernetes/clock.ts';
import { createClient } from '../kubernetes/create-client.ts';
import { loadKubeConfig } from '../kubernetes/load-kube-config.ts';
import { testPods, type TestPods } from './testing/pods.ts';

const MEBIBYTE = 1024 * 1024;
/** What a run may add to the sandbox: buffers of its connections, and what the garbage collector leaves lying. */
const LIMIT = 160 * MEBIBYTE;

describe.runIf(process.platform === 'linux')('the memory of a sandbox', { timeout: 120_000 }, () => {
  let folder: string;
  let server: ReturnType<typeof serve>;
  let client: KubernetesClient;
  let pods: TestPods;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sandbox-memory-'));
    server = serve(folder);
    const kubeconfig = await server.kubeconfig;
    const { transport } = await loadKubeConfig({ env: {}, clock: systemClock, kubeconfig });
    client = createClient(transport, { clock: systemClock });
    pods = testPods(client);
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('stays small while a pod prints 200 MB that a slow reader follows', async () => {
    const grown = server.growth();
    const print = `head -c ${200 * MEBIBYTE} /dev/zero | tr '\\0' x | fold -w 999; echo; echo done; exec sleep 1000`;
    await pods.create('prints', [{ command: ['sh', '-c', print] }]);
    await pods.untilReady('prints');
    const log = await client.log(
      { name: 'prints', namespace: 'default' },
      { follow: true, timestamps: true },
    );
    let size = 0;
    let end = '';
    for await (const chunk of log as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size % 10 === 0) await systemClock.sleep(1);
      end = (end + chunk.toString('latin1')).slice(-100);
      if (end.endsWith(' done\n')) break;
    }
    expect(size).toBeGreaterThan(200 * MEBIBYTE);
    expect(await pods.log('prints', { tailLines: 1 })).toBe('done\n');
    expect(grown()).toBeLessThan(LIMIT);
  });

  it('stays small while a command takes 200 MB in and gives 200 MB out', async () => {
    await pods.create('runs', [{ command: ['sleep', '1000'] }]);
    await pods.untilReady('runs');
    const grown = server.growth();
    const sent = Array.from({ length: 200 }, () => MEBIBYTE);
    const stdin = Readable.from(sent.values().map((size) => Buffer.alloc(size)));
    const counting = counter();
    const { exitCode } = await client.exec(
      { name: 'runs', namespace: 'default' },
      { command: ['sh', '-c', 'sleep 1; cat'], stdin, stdout: counting.stream },
    );
    expect({ exitCode, size: counting.size() }).toEqual({ exitCode: 0, size: 200 * MEBIBYTE });
    expect(grown()).toBeLessThan(LIMIT);
  });
});

/** A sandbox in a process of its own, whose memory can be read apart from the test's. */
function serve(folder: string) {
  const program = join(import.meta.dirname, 'testing/serve.ts');
  const child = spawn(process.execPath, [program, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const status = (field: string) => {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(
      readFileSync(`/proc/${child.pid}/status`, 'utf8'),
    );
    return Number(found?.[1]) * 1024;
  };
  return {
    kubeconfig: once(child.stdout, 'data').then(([line]: unknown[]) => String(line).trim()),
    /** Says, when asked, by how many bytes the largest size since now exceeds the present one. */
    growth() {
      writeFileSync(`/proc/${child.pid}/clear_refs`, '5'); // resets the high-water mark
      const before = status('VmRSS');
      return () => status('VmHWM') - before;
    },
    async stop() {
      child.stdin.end();
      await Promise.all([exited, text(child.stdout)]);
    },
  };
}

/** Takes everything, pausing now and then. */
function counter(): { stream: Writable; size: () => number } {
  let size = 0;
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size % 20 === 0) setTimeout(done, 1);
      else done();
    },
  });
  return { stream, size: () => size };
}
