import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startS3Server } from '../sandbox/s3/server.ts';
import type { S3Server } from '../sandbox/s3/server.ts';

const MIB = 1024 * 1024;
const SIZE = 160 * MIB;
const credentials = { accessKeyId: 'id', secretAccessKey: 'key' };
/** Of the built program, as it is shipped: `npm test` builds it first. */
const kando = fileURLToPath(new URL('../../dist/kando.js', import.meta.url));
let folder: string;
let server: S3Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kando-memory-'));
  server = await startS3Server({ folder: join(folder, 'store'), credentials: [credentials] });
  await server.ensureBucket('bucket');
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

it.each([
  ['a pipe', `head -c ${SIZE} /dev/zero | kando push -`, 'kando pull - | wc -c'],
  ['a command', `kando push -- head -c ${SIZE} /dev/zero`, 'kando pull -- wc -c'],
  ['a file', `truncate -s ${SIZE} source; kando push source`, 'kando pull target; wc -c <target'],
])('160 MiB go through %s and back with less than 128 MiB of memory', async (_, push, pull) => {
  expect(await run(push)).toBe('');
  expect(await peak()).toBeLessThan(128 * MIB);
  expect(Number(await run(pull))).toBe(SIZE);
  expect(await peak()).toBeLessThan(128 * MIB);
});

/** Runs before kando in its process: tells its peak resident memory (KiB) when it ends. */
const REPORT_PEAK =
  'data:text/javascript,import{writeFileSync}from"node:fs";' +
  'process.on("exit",()=>writeFileSync("peak",String(process.resourceUsage().maxRSS)))';

async function run(line: string): Promise<string> {
  const define =
    'kando() { verb=$1; shift; "$NODE" --import "$HOOK" "$KANDO" location "$verb" -s key "$@"; }';
  const shell = spawn('bash', ['-c', `set -e -o pipefail; ${define}; ${line}`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE: process.execPath,
      HOOK: REPORT_PEAK,
      KANDO: kando,
      KANDO_PROFILE: JSON.stringify({
        Location: { type: 's3Compliant', bucket: 'bucket', endpoint: server.endpoint },
        Credential: {
          Type: 'keyPair',
          KeyPair: { ID: credentials.accessKeyId, Secret: credentials.secretAccessKey },
        },
      }),
    },
  });
  let stdout = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const [status] = await once(shell, 'close');
  expect(status).toBe(0);
  return stdout;
}

/** Of the kando that ran last, in bytes. */
async function peak(): Promise<number> {
  const file = join(folder, 'peak');
  expect((await stat(file)).size).toBeGreaterThan(0);
  const bytes = Number(await readFile(file, 'utf8')) * 1024;
  await rm(file); // the next one must write its own
  return bytes;
}
