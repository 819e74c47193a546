import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathOf } from './program.ts';

/** The database below a test cluster's API server. */
export interface Etcd {
  /** @throws when there is no such key */
  get(key: string): Promise<string>;
  put(entries: [key: string, value: string][]): Promise<void>;
  deletePrefix(prefix: string): Promise<void>;
  close(): void;
}

/** Operations that etcd takes in one transaction. */
const LARGEST_TRANSACTION = 128;

/** Undefined where the cluster is none that `npm run cluster:up` brought up on this machine, as root. */
export async function openEtcd(clusterFile: string): Promise<Etcd | undefined> {
  const pid = await etcdOf(join(dirname(clusterFile), 'etcd'));
  if (pid === undefined || process.getuid?.() !== 0) return undefined;
  const inItsNetwork = ['-t', pid, '-n', process.execPath, pathOf('bench/operator/etcd-requests.ts')];
  const child = spawn('nsenter', inItsNetwork, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (path: string, body: object): Promise<{ kvs?: { value: string }[] }> => {
    child.stdin.write(`${JSON.stringify([path, body])}\n`);
    const { done, value } = await answers.next();
    if (done) throw new Error('etcd does not answer');
    return JSON.parse(value);
  };
  return {
    async get(key) {
      const { kvs } = await ask('/v3/kv/range', { key: encode(key) });
      const [found] = kvs ?? [];
      if (found === undefined) throw new Error(`etcd has no ${key}`);
      return Buffer.from(found.value, 'base64').toString();
    },
    async put(entries) {
      for (let start = 0; start < entries.length; start += LARGEST_TRANSACTION) {
        const success = entries.slice(start, start + LARGEST_TRANSACTION).map(([key, value]) => ({
          requestPut: { key: encode(key), value: encode(value) },
        }));
        await ask('/v3/kv/txn', { success });
      }
    },
    async deletePrefix(prefix) {
      // The end of a range is outside it: the first key that does not begin so any more.
      const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
      await ask('/v3/kv/deleterange', { key: encode(prefix), range_end: encode(end) });
    },
    close: () => child.stdin.end(),
  };
}

async function etcdOf(folder: string): Promise<string | undefined> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (argv.split('\0').includes(`--data-dir=${folder}`)) return pid;
  }
  return undefined;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
