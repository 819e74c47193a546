import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { currentAccount } from './kubelet/namespaces.ts';

const NOBODY = 65534;

/** Of the programs that are run: the user's own, because each keeps what is compiled apart. */
let compileCache: string;

/** Runs a program of the tests as an ordinary user: as ourselves, or as nobody when we are root. */
async function run(name: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const become = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
  const [program = '', ...rest] = [
    ...(currentAccount().uid === 0 ? become : []),
    process.execPath,
    join(import.meta.dirname, 'testing', name),
    ...args,
  ];
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const output = await text(child.stdout);
  return { code: await ended, output };
}

const sleepers = () =>
  globSync('/proc/[0-9]*/cmdline').filter((file) => {
    try {
      return readFileSync(file, 'utf8') === 'sleep\x0087654\x00';
    } catch {
      return false; // it has just ended
    }
  });

/** Not where root is alone, as in a user namespace of one number (`unshare -Ur`). */
const isThereAnother = () =>
  currentAccount().uid !== 0 ||
  spawnSync('setpriv', [`--reuid=${NOBODY}`, '--clear-groups', 'true']).status === 0;

describe.runIf(process.platform === 'linux' && isThereAnother())(
  'a sandbox of an ordinary user',
  { timeout: 90_000 },
  () => {
    let folder: string;
    beforeAll(() => {
      compileCache = mkdtempSync(join(tmpdir(), 'compiled-'));
      chmodSync(compileCache, 0o777);
    });
    afterAll(() => rmSync(compileCache, { recursive: true, force: true }));
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'sandbox-user-'));
      chmodSync(folder, 0o777);
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it('runs pods in user namespaces, under its own number', async () => {
      const { code, output } = await run('run-one-pod.ts', join(folder, 'state'));
      expect(code).toBe(0);
      const uid = currentAccount().uid === 0 ? NOBODY : currentAccount().uid;
      expect(JSON.parse(output)).toEqual({ log: `${uid}\nkept\nlayered\n`, stdout: 'sleep\x0087654\x00' });
      expect(sleepers()).toEqual([]);
    });

    it('has volumes in memory, fills others, and gives them their space back', async () => {
      const { code, output } = await run('run-with-volumes.ts', join(folder, 'state'));
      expect(code).toBe(0);
      const full = 'No space left on device';
      expect(JSON.parse(output)).toEqual({
        memory: full,
        before: 'done',
        filled: full,
        after: 'done',
        content: 'x\nz\n',
      });
    });

    it('takes its pods along when it is killed, and can be started again in the same folder', async () => {
      const { code, output } = await run('run-one-pod.ts', join(folder, 'state'), 'killed');
      expect(code).toBeNull();
      expect(output).toContain('layered');
      await expect.poll(sleepers).toEqual([]);
      expect((await run('run-one-pod.ts', join(folder, 'state'))).code).toBe(0);
    });
  },
);
