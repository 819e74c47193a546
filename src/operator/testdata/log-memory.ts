/** Logs so many MiB in lines of a KiB, and prints by how many bytes its resident memory has grown at most. */
import { writeStandardError } from '../standard-error.ts';

const size = Number(process.argv[2]) * 1024;
writeStandardError('begins\n');
const before = process.memoryUsage.rss();
let growth = 0;
for (let written = 0; written < size; written += 1) {
  writeStandardError(`${String(written).padEnd(1023)}\n`);
  if (written % 1024 > 0) continue;
  // The loop turns now and then, as the operator's does.
  await new Promise((resolve) => setImmediate(resolve));
  growth = Math.max(growth, process.memoryUsage.rss() - before);
}
process.stdout.write(String(growth));
