import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { identifyProcess } from '../sandbox/process-identity.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');

describe.runIf(process.platform === 'linux')('kanctl sandbox', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'kanctl-sandbox-'));
  });
  afterAll(async () => {
    await kanctl('sandbox', 'down');
    rmSync(home, { recursive: true, force: true });
  });

  async function kanctl(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const env = { PATH: process.env['PATH'], HOME: home };
    const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, stdout, stderr };
  }

  it('starts one in the background, finds it again, and ends it', async () => {
    const folder = join(home, '.local/state/kanister-sandbox');
    expect(await kanctl('sandbox', 'status')).toMatchObject({
      code: 1,
      stdout: `No sandbox is running in ${folder}.\n`,
    });

    const up = await kanctl('sandbox', 'up');
    expect(up).toMatchObject({ code: 0, stderr: '' });
    expect(up.stdout).toContain(`export KUBECONFIG=${folder}/kubeconfig`);
    expect(JSON.parse(readFileSync(join(folder, 'kubeconfig'), 'utf8'))).toMatchObject({
      'current-context': 'sandbox',
    });
    expect((await kanctl('sandbox', 'up')).stdout).toBe(up.stdout);

    const status = JSON.parse((await kanctl('sandbox', 'status', '-o', 'json')).stdout);
    expect(status).toMatchObject({ running: true, folder });
    expect(await kanctl('sandbox', 'down')).toMatchObject({ code: 0 });
    expect(await kanctl('sandbox', 'status')).toMatchObject({ code: 1 });
    expect(identifyProcess(status.process.pid)).toBeUndefined();
  });

  it('runs once, however many start it at the same time', async () => {
    const folder = join(home, 'shared');
    try {
      const ups = await Promise.all([1, 2, 3].map(() => kanctl('sandbox', 'up', '--folder', folder)));
      expect(ups.map(({ code }) => code)).toContain(0);
      for (const { code, stderr } of ups) {
        if (code !== 0) expect(stderr).toContain('another sandbox uses the folder');
      }
      const status = await kanctl('sandbox', 'status', '--folder', folder, '-o', 'json');
      expect(JSON.parse(status.stdout)).toMatchObject({ running: true, folder });
    } finally {
      expect(await kanctl('sandbox', 'down', '--folder', folder)).toMatchObject({ code: 0 });
    }
  });

  it('says why one does not start', async () => {
    const images = join(home, 'images.yaml');
    writeFileSync(images, '- entrypoint: [sh]\n');
    const { code, stderr } = await kanctl(
      'sandbox',
      'up',
      '--folder',
      join(home, 'broken'),
      '--images',
      images,
    );
    expect(code).toBe(1);
    expect(stderr).toContain('the sandbox did not start: it ended with exit code 1');
    expect(stderr).toContain(`${images}: image 1: expected a name`);
  });
});
