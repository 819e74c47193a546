/** Starts sandboxes one after the other in this process and prints the milliseconds of each: `starts.ts FOLDER`. */
import { join } from 'node:path';
import { startSandbox } from '../../src/sandbox/sandbox.ts';

const ROUNDS = 11;
const times: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const start = performance.now();
  const sandbox = await startSandbox({ folder: join(process.argv[2] ?? '', `start-${round}`) });
  times.push(performance.now() - start);
  await sandbox.stop();
}
const [first, ...further] = times;
console.log(JSON.stringify({ first, further }));
