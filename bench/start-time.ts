/** How long a person waits for the help of a command, beside a Node process that does nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { median } from './suite.ts';
import type { Row, Suite } from './suite.ts';

const ROUNDS = 21;
/** Milliseconds beyond an empty process: kando starts in every pod, kanctl once in a while. */
const GOALS: Record<string, number> = { kando: 30, kanctl: 60 };

export const suite: Suite = {
  name: 'start-time',
  async run() {
    const programs = ['kando', 'kanctl'].filter((name) => existsSync(distOf(name)));
    const commands: Record<string, string[]> = { 'empty Node process': ['-e', ''] };
    for (const name of programs) commands[`${name} --help`] = [distOf(name), '--help'];
    const times = measureInTurns(commands);
    const empty = median(times['empty Node process'] ?? []);
    const rows: Row[] = [{ name: 'empty Node process', value: empty, unit: 'ms' }];
    for (const name of programs) {
      const value = median(times[`${name} --help`] ?? []);
      rows.push({ name: `${name} --help`, value, unit: 'ms' });
      rows.push({
        name: `${name} --help, beyond that`,
        value: value - empty,
        unit: 'ms',
        goal: { atMost: GOALS[name] ?? Number.POSITIVE_INFINITY },
      });
    }
    return rows;
  },
};

/** In turns, so that what else the machine does hits all alike; the first round warms the caches. */
function measureInTurns(commands: Record<string, string[]>): Record<string, number[]> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, args] of Object.entries(commands)) {
      const start = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      const elapsed = performance.now() - start;
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${String(stderr)}`);
      if (round > 0) (times[name] ??= []).push(elapsed);
    }
  }
  return times;
}

function distOf(program: string): string {
  return fileURLToPath(new URL(`../dist/${program}.js`, import.meta.url));
}
