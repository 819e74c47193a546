/** kando pushes and pulls 1 GiB: throughput and peak memory, with a producer and a consumer that cost next to nothing. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './suite.ts';
import type { Row, Suite } from './suite.ts';

const MIB = 1024 * 1024;
const SIZE = 1024 * MIB;
const ROUNDS = 3;
const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench-secret' };
const kando = fileURLToPath(new URL('../dist/kando.js', import.meta.url));

export const suite: Suite = {
  name: 'object-transfer',
  async run() {
    const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-'));
    const store = await startStore(join(folder, 'store'));
    try {
      await writeSample(join(folder, 'sample'));
      return await measureAll(folder, store.endpoint);
    } finally {
      store.process.kill();
      await rm(folder, { recursive: true });
    }
  },
};

/** The shell lines of Blueprints; `$kando` and `$sample` are set, `$result` is a file to write. */
const LINES = {
  'push of a pipe': 'cat "$sample" | kando push -',
  'push of a command': 'kando push -- cat "$sample"',
  'push of a file': 'kando push "$sample"',
  'pull to a pipe': 'kando pull - | cat >/dev/null',
  'pull to a command': "kando pull -- sh -c 'cat >/dev/null'",
  'pull to a file': 'kando pull "$result"',
};

async function measureAll(folder: string, endpoint: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, line] of Object.entries(LINES)) {
    const measured: Measured[] = [];
    for (let round = 0; round < ROUNDS; round += 1) measured.push(await measure(line, folder, endpoint));
    const atLeast = name.startsWith('push') ? 200 : 400;
    const speed = SIZE / 1e6 / median(measured.map(({ seconds }) => seconds));
    rows.push({ name: `${name}, 1 GiB`, value: speed, unit: 'MB/s', goal: { atLeast } });
    const memory = Math.max(...measured.map(({ memory: peak }) => peak)) / MIB;
    rows.push({ name: `${name}, peak memory of kando`, value: memory, unit: 'MiB', goal: { atMost: 128 } });
  }
  if ((await stat(join(folder, 'result'))).size !== SIZE) {
    throw new Error('the pulled file has another size than what was pushed');
  }
  return rows;
}

interface Measured {
  seconds: number;
  /** Peak resident memory of the kando process, in bytes. */
  memory: number;
}

/** Runs before kando in its process: tells its peak memory (KiB) when it ends. */
const REPORT_PEAK =
  'data:text/javascript,import{writeFileSync}from"node:fs";' +
  'process.on("exit",()=>writeFileSync(process.env.BENCH_PEAK,String(process.resourceUsage().maxRSS)))';

async function measure(line: string, folder: string, endpoint: string): Promise<Measured> {
  const peak = join(folder, 'peak');
  const define =
    'kando() { verb=$1; shift; "$node" --import "$hook" "$program" location "$verb" --path sample "$@"; }';
  const start = performance.now();
  const shell = spawn('sh', ['-c', `${define}; ${line}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      node: process.execPath,
      hook: REPORT_PEAK,
      program: kando,
      sample: join(folder, 'sample'),
      result: join(folder, 'result'),
      BENCH_PEAK: peak,
      KANDO_PROFILE: profile(endpoint),
    },
  });
  const [status] = await once(shell, 'exit');
  if (status !== 0) throw new Error(`${line} ended with ${status}`);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, memory: Number(await readFile(peak, 'utf8')) * 1024 };
}

/** The sandbox's store in a process of its own, so that it has a core of its own. */
async function startStore(folder: string): Promise<{ endpoint: string; process: ChildProcess }> {
  const server = fileURLToPath(new URL('../src/sandbox/s3/server.ts', import.meta.url));
  const program = `
    import { startS3Server } from ${JSON.stringify(server)};
    const server = await startS3Server({ folder: ${JSON.stringify(folder)}, credentials: [${JSON.stringify(credentials)}] });
    await server.ensureBucket('bench');
    console.log(server.endpoint);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([status]) => Promise.reject(new Error(`the store ended with ${status}`))),
  ]);
  return { endpoint: String(line).trim(), process: child };
}

/** Random bytes, so that nothing on the way can compress or share them. */
async function writeSample(path: string): Promise<void> {
  const file = await open(path, 'w');
  for (let written = 0; written < SIZE; written += 16 * MIB) await file.write(randomBytes(16 * MIB));
  await file.close();
}

function profile(endpoint: string): string {
  return JSON.stringify({
    Location: { type: 's3Compliant', bucket: 'bench', endpoint, prefix: '', region: 'us-east-1' },
    Credential: {
      Type: 'keyPair',
      KeyPair: { ID: credentials.accessKeyId, Secret: credentials.secretAccessKey },
    },
  });
}
