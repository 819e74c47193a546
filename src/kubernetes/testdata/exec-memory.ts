import { Readable, Writable } from 'node:stream';
import { createClient } from '../create-client.ts';
import { systemClock } from '../clock.ts';
import { fixedCredentials } from '../credentials.ts';
import { httpTransport } from '../http-transport.ts';

/**
 * Runs one exec against the server at argv[2], as a process of its own whose memory is nobody else's: `stdout` reads slowly what the
 * server sends, `stdin` sends the number of MiB in argv[4]. Prints `{ bytes, growth }`, the growth of the resident set in bytes.
 */
const [, , server = '', direction = '', mebibytes = '0'] = process.argv;
const client = createClient(
  httpTransport({ server, credentials: fixedCredentials({}), clock: systemClock }),
  {
    clock: systemClock,
  },
);
const pod = { namespace: 'ns', name: 'p' };
// What the runtime allocates once is no part of the measurement.
await client.exec(pod, {
  command: ['warm-up'],
  stdin: Readable.from([Buffer.alloc(1024)]),
  stdout: slowWriter(() => undefined),
});
globalThis.gc?.();

let bytes = 0;
let peak = 0;
const before = process.memoryUsage().rss;
const sample = () => (peak = Math.max(peak, process.memoryUsage().rss));
if (direction === 'stdout') {
  await client.exec(pod, {
    command: ['produce'],
    stdout: slowWriter((size) => {
      bytes += size;
      sample();
    }),
  });
} else {
  await client.exec(pod, { command: ['consume'], stdin: Readable.from(input()) });
}
await client.close();
process.stdout.write(JSON.stringify({ bytes, growth: peak - before }));

/** The same chunk again and again: what the source allocates is not the client's. */
function* input(): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024);
  while (bytes < Number(mebibytes) * 1024 * 1024) {
    sample();
    bytes += chunk.length;
    yield chunk;
  }
}

function slowWriter(onChunk: (size: number) => void): Writable {
  let unrested = 0;
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      onChunk(chunk.length);
      unrested += chunk.length;
      if (unrested < 4 * 1024 * 1024) return done();
      unrested = 0;
      setTimeout(done, 5);
    },
  });
}
