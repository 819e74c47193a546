import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Row } from './suite.ts';

export interface Results {
  suite: string;
  origin?: string;
  rows: Row[];
}

/** Writes bench/results/SUITE.json, with the machine on which the figures were measured; returns what it wrote. */
export async function writeResults({ suite, origin, rows }: Results) {
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  const machine = await machineFacts();
  const written = { suite, machine, ...(origin !== undefined && { origin }), rows };
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}${suite}.json`, `${JSON.stringify(written, undefined, 2)}\n`);
  return written;
}

async function machineFacts() {
  const [cpu] = cpus();
  const distribution = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(distribution)?.[1] ?? process.platform,
    kernel: release(),
    node: process.version,
  };
}
