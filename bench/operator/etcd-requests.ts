/** Each line of standard input is `[path, body]` for the etcd of this network; each line of standard output its answer. */
import { createInterface } from 'node:readline';

const ETCD = 'http://127.0.0.1:2379';

for await (const line of createInterface({ input: process.stdin })) {
  const [path, body] = JSON.parse(line) as [string, object];
  const response = await fetch(ETCD + path, { method: 'POST', body: JSON.stringify(body) });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${answer.slice(0, 200)}`);
  process.stdout.write(`${answer.trim()}\n`);
}
