import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { clientPrograms } from '../clients/client-programs.ts';
import { installCustomFunction } from './custom-function-package.ts';

const ROOT = join(import.meta.dirname, '../..');
const README = join(ROOT, 'examples/custom-function/README.md');
const KANCTL = join(ROOT, 'dist/kanctl.js');

it(
  'the commands of examples/custom-function lead from nothing to an undone backup',
  { timeout: 180_000 },
  async () => {
    const { kubectl } = await clientPrograms();
    const folder = mkdtempSync(join(tmpdir(), 'custom-function-'));
    const home = join(folder, 'home');
    const work = join(folder, 'work');
    mkdirSync(home);
    installCustomFunction(work);
    const commands = [...readFileSync(README, 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(
      ([, block = '']) => block,
    );
    expect(commands.length).toBeGreaterThan(4);
    // This package can't be had from a registry here, so it is installed already.
    const script = commands.join('\n').replace('npm install\n', '');
    const env = {
      PATH: [dirname(process.execPath), dirname(kubectl), process.env['PATH']].join(delimiter),
      HOME: home,
    };
    // A group of its own: what it leaves behind ends with it.
    const shell = spawn('bash', ['-euxo', 'pipefail', '-c', script], { cwd: work, env, detached: true });
    try {
      const said = Promise.all([text(shell.stdout), text(shell.stderr)]);
      const [status] = await once(shell, 'exit');
      const [stdout, stderr] = await said;
      expect({ status, stderr: status === 0 ? '' : stderr + stdout }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('failed, as it should');
      const log = readFileSync(join(work, 'application.log'), 'utf8').trimEnd().split('\n').slice(1);
      const [stopped, allowed] = ['writes are not allowed', 'writes are allowed'];
      expect(log).toEqual([stopped, allowed, stopped, allowed]);
    } finally {
      endGroup(shell.pid);
      // Its process has a group of its own.
      spawnSync(process.execPath, [KANCTL, 'sandbox', 'down', '--purge'], { env });
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}
