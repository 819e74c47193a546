import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHELL, deployment } from './deployment.ts';
import { openKubectl } from './kubectl.ts';
import type { Kubectl } from './kubectl.ts';
import { serverPod } from './server-pod.ts';
import { startProgram } from './start-program.ts';

let kubectl: Kubectl;
beforeAll(async () => {
  kubectl = await openKubectl();
}, 600_000);
afterAll(() => kubectl?.close(), 120_000);

describe('kubectl works on pods', { timeout: 240_000 }, () => {
  it('rollout, scale, logs, exec, cp and describe', async () => {
    await kubectl.pipe(deployment('web', 2), 'apply', '-f', '-');
    expect(await kubectl.run('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain(
      'successfully rolled out',
    );
    expect(await kubectl.run('get', 'pods', '-l', 'app=web')).toMatch(/web-\S+\s+1\/1\s+Running\s+0/);
    expect(await kubectl.run('logs', 'deployment/web')).toBe('greeting one\n');
    expect(await kubectl.run('logs', '-l', 'app=web', '--prefix')).toContain('greeting one');
    expect(await kubectl.run('exec', 'deploy/web', '--', 'sh', '-c', 'echo $GREETING')).toBe('one\n');
    expect(await kubectl.pipe('through stdin', 'exec', '-i', 'deploy/web', '--', 'cat')).toBe(
      'through stdin',
    );
    const failed = await kubectl.attempt(['exec', 'deploy/web', '--', 'sh', '-c', 'exit 6']);
    expect(failed.exitCode).toBe(6);
    expect(failed.stderr).toContain('command terminated with exit code 6');

    const [pod = ''] = (
      await kubectl.run('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].metadata.name}')
    ).split(' ');
    const file = join(kubectl.folder, 'copied');
    await writeFile(file, 'content\n');
    await kubectl.run('cp', file, `${pod}:/tmp/copied`);
    await kubectl.run('cp', `${pod}:/tmp/copied`, `${file}-back`);
    expect(await readFile(`${file}-back`, 'utf8')).toBe('content\n');
    const described = await kubectl.run('describe', 'pod', pod);
    expect(described).toMatch(/Started\s.*kubelet/);
    expect(described).toContain('Ready             True');

    await kubectl.run('scale', 'deployment/web', '--replicas=1');
    expect(await kubectl.run('get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}')).toBe('1');
    await kubectl.run('set', 'env', 'deployment/web', 'GREETING=two');
    await kubectl.run('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect(await kubectl.run('rollout', 'history', 'deployment/web')).toMatch(/REVISION[\s\S]*1\s[\s\S]*2\s/);
    await kubectl.run('rollout', 'undo', 'deployment/web');
    await kubectl.run('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect(
      await kubectl.run(
        'get',
        'deploy',
        'web',
        '-o',
        'jsonpath={.spec.template.spec.containers[0].env[0].value}',
      ),
    ).toBe('one');
    await kubectl.run('rollout', 'restart', 'deployment/web');
    await kubectl.run('rollout', 'status', 'deployment/web', '--timeout=60s');
    await kubectl.run('delete', 'deployment', 'web');
  });

  it('run, wait, logs -f and attach to what ends', async () => {
    const count = 'until test -e /tmp/go; do sleep 0.1; done; for i in 1 2 3; do echo $i; sleep 0.2; done';
    const counter = ['run', 'counter', `--image=${SHELL}`, '--restart=Never', '--command', '--'];
    await kubectl.run(...counter, 'sh', '-c', count);
    await kubectl.run('wait', '--for=condition=Ready', 'pod/counter', '--timeout=60s');
    const [log] = await Promise.all([
      kubectl.run('logs', '-f', 'counter'),
      kubectl.run('exec', 'counter', '--', 'touch', '/tmp/go'),
    ]);
    expect(log).toBe('1\n2\n3\n');
    await kubectl.run('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/counter', '--timeout=60s');
    expect(await kubectl.run('logs', 'counter', '--tail=1')).toBe('3\n');
    expect(await kubectl.run('logs', 'counter', '--timestamps', '--tail=1')).toMatch(
      /^\d{4}-\d\d-\d\dT\S+Z 3\n$/,
    );
    const attached = await kubectl.run(
      'run',
      'once',
      `--image=${SHELL}`,
      '--restart=Never',
      '--rm',
      '-i',
      '--quiet',
      '--command',
      '--',
      'sh',
      '-c',
      'sleep 1; echo attached',
    );
    expect(attached).toContain('attached');
    await kubectl.run('delete', 'pod', 'counter');
    expect(await kubectl.fail('logs', 'counter')).toContain('pods "counter" not found');
  });

  it('port-forward', async () => {
    await kubectl.pipe(serverPod('server'), 'create', '-f', '-');
    await kubectl.run('wait', '--for=condition=Ready', 'pod/server', '--timeout=60s');
    await kubectl.run('expose', 'pod', 'server', '--port=80', '--target-port=8080');
    for (const target of ['pod/server', 'service/server']) {
      const port = target.startsWith('pod') ? '8080' : '80';
      const forward = await startProgram(
        kubectl.argv(['port-forward', target, `:${port}`]),
        /from 127\.0\.0\.1:(\d+)/,
        { env: { HOME: kubectl.folder } },
      );
      try {
        for (let request = 0; request < 3; request++) {
          const response = await fetch(`http://127.0.0.1:${forward.match[1]}/`, {
            signal: AbortSignal.timeout(10_000),
          });
          expect(await response.text()).toBe('hello');
        }
      } finally {
        await forward.stop();
      }
    }
    await kubectl.run('delete', 'pod/server', 'service/server');
  });

  it('jobs from a CronJob, and nodes', async () => {
    await kubectl.run(
      'create',
      'cronjob',
      'nightly',
      `--image=${SHELL}`,
      '--schedule=0 3 * * *',
      '--',
      'true',
    );
    await kubectl.run('create', 'job', 'by-hand', '--from=cronjob/nightly');
    await kubectl.run('wait', '--for=condition=Complete', 'job/by-hand', '--timeout=60s');
    expect(await kubectl.run('get', 'cronjob', 'nightly')).toContain('0 3 * * *');
    await kubectl.run('delete', 'cronjob/nightly');
    await kubectl.run('wait', '--for=delete', 'job/by-hand', '--timeout=60s');
    const node = (await kubectl.run('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}')).trim();
    expect(await kubectl.run('describe', 'node', node)).toContain('Allocatable');
    await kubectl.run('cordon', node);
    expect(await kubectl.run('get', 'node', node)).toContain('SchedulingDisabled');
    await kubectl.run('uncordon', node);
  });

  it('what cannot be had says so', async () => {
    expect(await kubectl.fail('top', 'pods')).toContain('Metrics API not available');
    await kubectl.run('run', 'idle', `--image=${SHELL}`, '--command', '--', 'sleep', '600');
    await kubectl.run('wait', '--for=condition=Ready', 'pod/idle', '--timeout=60s');
    if (kubectl.cluster.kind === 'sandbox') {
      expect(await kubectl.fail('debug', 'idle', `--image=${SHELL}`, '--', 'true')).toContain('ephemeral');
    }
    await kubectl.run('delete', 'pod', 'idle', '--now');
  });
});
