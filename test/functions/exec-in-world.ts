import { Writable } from 'node:stream';
import type { FunctionWorld } from './function-world.ts';

/** What a command in a pod of the world prints to stdout, trimmed; whatever its exit code. */
export async function execInWorld(
  { cluster, namespace }: Pick<FunctionWorld, 'cluster' | 'namespace'>,
  { pod, container }: { pod: string; container?: string },
  script: string,
): Promise<string> {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, written) {
      chunks.push(chunk);
      written();
    },
  });
  await cluster.client.exec(
    { name: pod, namespace },
    { ...(container !== undefined && { container }), command: ['sh', '-c', script], stdout },
  );
  return Buffer.concat(chunks).toString('utf8').trim();
}
