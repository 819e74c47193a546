/**
 * Reads what a command prints: `node --expose-gc exec-reader.ts KUBECONFIG NAMESPACE POD BYTES` prints `{ bytes, seconds, growth }`; the growth is
 * of the resident memory, in bytes, after a first exec has loaded and allocated what every exec needs.
 */
import { Writable } from 'node:stream';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import { loadKubeConfig } from '../../src/kubernetes/load-kube-config.ts';

const WARM_UP = 16 * 1024 * 1024;
const BLOCK = 256 * 1024;

const [kubeconfig = '', namespace = '', name = '', size = '0'] = process.argv.slice(2);
const { transport } = await loadKubeConfig({ env: {}, clock: systemClock, kubeconfig });
const client = createClient(transport, { clock: systemClock });
await read(WARM_UP);
globalThis.gc?.();
const before = process.memoryUsage.rss();
const measured = await read(Number(size));
await client.close();
process.stdout.write(JSON.stringify({ ...measured, growth: measured.peak - before }));

async function read(count: number): Promise<{ bytes: number; seconds: number; peak: number }> {
  let bytes = 0;
  let peak = 0;
  let unlooked = 0;
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, written) {
      bytes += chunk.length;
      unlooked += chunk.length;
      if (unlooked > WARM_UP / 4) {
        unlooked = 0;
        peak = Math.max(peak, process.memoryUsage.rss());
      }
      written();
    },
  });
  const start = performance.now();
  // Its blocks cost it next to nothing: `head` of busybox copies byte by byte, and takes longer than an exec.
  const command = ['dd', 'if=/dev/zero', `bs=${BLOCK}`, `count=${count / BLOCK}`];
  const { exitCode } = await client.exec({ namespace, name }, { command, stdout });
  if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}`);
  return { bytes, seconds: (performance.now() - start) / 1000, peak };
}
