import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { systemClock } from '../kubernetes/clock.ts';
import { createClient } from '../kubernetes/create-client.ts';
import { loadKubeConfig } from '../kubernetes/load-kube-config.ts';
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { CONFIG_MAPS } from '../kubernetes/resources.ts';
import { identifyProcess } from '../sandbox/process-identity.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, '../../dist/kanctl.js');

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
    expect((await kanctl('sandbox', 'status')).stdout).toContain(
      status.limitsMemory ? 'limits are enforced\n' : 'limits are not enforced: ',
    );
    expect(typeof status.limitsMemory).toBe('boolean');
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
        if (code !== 0)
          expect(stderr).toMatch(/another sandbox uses the folder|a sandbox runs in \S+ already/);
      }
      const status = await kanctl('sandbox', 'status', '--folder', folder, '-o', 'json');
      expect(JSON.parse(status.stdout)).toMatchObject({ running: true, folder });
    } finally {
      expect(await kanctl('sandbox', 'down', '--folder', folder)).toMatchObject({ code: 0 });
    }
  });

  it('goes on with its objects, keys and addresses, whether it was ended or killed', async () => {
    const flag = `--folder=${join(home, 'kept')}`;
    try {
      const first = await kanctl('sandbox', 'up', flag);
      expect(first).toMatchObject({ code: 0, stderr: '' });
      const kubeconfig = readFileSync(join(home, 'kept/kubeconfig'), 'utf8');
      const api = await connect(join(home, 'kept/kubeconfig'));
      const made = await api.create<KubernetesObject>(CONFIG_MAPS, named('made'));
      const doomed = await api.create<KubernetesObject>(CONFIG_MAPS, named('doomed'));
      await api.delete(CONFIG_MAPS, { name: 'doomed', namespace: 'default' });

      const { process: sandbox } = JSON.parse((await kanctl('sandbox', 'status', '-o', 'json', flag)).stdout);
      process.kill(sandbox.pid, 'SIGKILL');
      await gone(sandbox.pid);
      expect((await kanctl('sandbox', 'status', flag)).stdout).toContain('goes on with what is kept there');
      expect((await kanctl('sandbox', 'up', flag)).stdout).toBe(first.stdout);
      expect(readFileSync(join(home, 'kept/kubeconfig'), 'utf8')).toBe(kubeconfig);
      expect(await api.get(CONFIG_MAPS, { name: 'made', namespace: 'default' })).toEqual(made);
      await expect(api.get(CONFIG_MAPS, { name: 'doomed', namespace: 'default' })).rejects.toThrow(
        'not found',
      );

      expect((await kanctl('sandbox', 'down', flag)).stdout).toContain('are kept in');
      await kanctl('sandbox', 'up', flag);
      const later = await api.create<KubernetesObject>(CONFIG_MAPS, named('later'));
      expect(versionOf(later)).toBeGreaterThan(versionOf(doomed));
      await api.close();

      const reset = await kanctl('sandbox', 'up', '--reset', flag);
      expect(reset).toMatchObject({ code: 1, stderr: expect.stringContaining('end it with') });
      await kanctl('sandbox', 'down', flag);
      expect((await kanctl('sandbox', 'up', '--reset', flag)).code).toBe(0);
      const empty = await connect(join(home, 'kept/kubeconfig'));
      await expect(empty.get(CONFIG_MAPS, { name: 'made', namespace: 'default' })).rejects.toThrow(
        'not found',
      );
      await empty.close();
    } finally {
      const down = await kanctl('sandbox', 'down', '--purge', flag);
      expect(down).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing of it is left') });
    }
    expect(existsSync(join(home, 'kept'))).toBe(false);
  });

  it('lets nobody read its keys, and nobody in without one', async () => {
    const flag = `--folder=${join(home, 'private')}`;
    try {
      await kanctl('sandbox', 'up', flag);
      for (const file of ['kubeconfig', 'state/identity.json', 'state/journal-1'])
        expect(statSync(join(home, 'private', file)).mode & 0o777).toBe(0o600);
      expect(statSync(join(home, 'private/state')).mode & 0o777).toBe(0o700);
      const { clusters } = JSON.parse(readFileSync(join(home, 'private/kubeconfig'), 'utf8'));
      const { server, 'certificate-authority-data': authority } = clusters[0].cluster;
      expect(server).toMatch(/^https:\/\/127\./);
      const asked = request(`${server}/api/v1/secrets`, { ca: Buffer.from(authority, 'base64') }).end();
      const [response] = await once(asked, 'response');
      response.resume();
      expect(response.statusCode).toBe(401);
      expect((await kanctl('sandbox', 'env', flag)).stdout).toBe(
        `export KUBECONFIG=${join(home, 'private/kubeconfig')}\n`,
      );
    } finally {
      await kanctl('sandbox', 'down', '--purge', flag);
    }
    expect((await kanctl('sandbox', 'env', flag)).stderr).toContain('start it with `kanctl sandbox up`');
  });

  describe('says in one sentence why it does not start:', () => {
    const refusal = async (...flags: string[]) => {
      const { code, stdout, stderr } = await kanctl('sandbox', 'up', ...flags);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).not.toMatch(/^\s+at /m);
      return stderr;
    };

    it('an image file that is wrong', async () => {
      const images = join(home, 'images.yaml');
      writeFileSync(images, '- entrypoint: [sh]\n');
      expect(await refusal(`--folder=${join(home, 'broken')}`, '--images', images)).toContain(
        `Error: the sandbox did not start: ${images}: image 1: expected a name`,
      );
    });

    it('a port that is none, or taken', async () => {
      expect(await refusal('--port', 'http')).toContain('--port is "http": expected a port number');
      expect(await refusal('--port', '65536')).toContain('expected a port number');
      const server = createServer().listen(0, '0.0.0.0');
      await once(server, 'listening');
      const address = server.address();
      const port = typeof address === 'object' ? String(address?.port) : '';
      expect(await refusal(`--folder=${join(home, 'port')}`, '--port', port)).toMatch(
        /^Error: the sandbox did not start: the API server can't listen on port \d+ of 127\.[\d.]+: something else listens there; choose another with --port\n$/,
      );
      server.close();
    });

    it('a flag that it does not know', async () => {
      expect(await refusal('--prot', '1')).toContain('unknown flag: --prot');
    });

    it('a folder that can not be made or written', async () => {
      writeFileSync(join(home, 'file'), '');
      expect(await refusal(`--folder=${join(home, 'file/inside')}`)).toMatch(
        /^Error: the sandbox can't keep its state in .*: ENOTDIR.*; choose another with --folder\n$/,
      );
    });

    it('a state that is damaged, which is left as it is', async () => {
      const folder = join(home, 'damaged');
      mkdirSync(join(folder, 'state'), { recursive: true });
      writeFileSync(join(folder, 'state/journal-1'), 'not what it was\n');
      expect(await refusal(`--folder=${folder}`)).toBe(
        `Error: the sandbox did not start: the sandbox's state is damaged in ${folder}/state/journal-1 at byte 0: restore that file, or begin with an empty cluster (--reset)\n`,
      );
      expect(readFileSync(join(folder, 'state/journal-1'), 'utf8')).toBe('not what it was\n');
      writeFileSync(
        join(folder, 'state/identity.json'),
        '{"format": 1, "identity": {"administratorToken": "secr',
      );
      const refused = await refusal(`--folder=${folder}`);
      expect(refused).toContain(`damaged in ${folder}/state/identity.json which holds its keys`);
      expect(refused).not.toContain('secr"');
      writeFileSync(join(folder, 'sandbox.json'), '{"process": {"pid"');
      expect(await refusal(`--folder=${folder}`)).toContain('sandbox.json does not say where the sandbox is');
    });
  });
});

const named = (name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
});

const versionOf = ({ metadata }: KubernetesObject): number => Number(metadata?.resourceVersion);

async function connect(kubeconfig: string): Promise<KubernetesClient> {
  const { transport } = await loadKubeConfig({ env: {}, clock: systemClock, kubeconfig });
  return createClient(transport, { clock: systemClock });
}

async function gone(pid: number): Promise<void> {
  while (identifyProcess(pid)) await systemClock.sleep(10);
}
