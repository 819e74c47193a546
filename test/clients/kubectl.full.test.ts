import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestCluster } from '../integration/test-cluster.ts';
import type { TestCluster } from '../integration/test-cluster.ts';
import { clientPrograms } from './client-programs.ts';
import { runProgram } from './run-program.ts';
import type { ProgramRun } from './run-program.ts';

let cluster: TestCluster;
let program: string;
let namespace: string;
let folder: string;
beforeAll(async () => {
  program = (await clientPrograms()).kubectl;
  folder = await mkdtemp(join(tmpdir(), 'kubectl-'));
  cluster = await openTestCluster();
  namespace = await cluster.createNamespace();
}, 600_000);
afterAll(async () => {
  await cluster?.close();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

const SHELL = 'busybox:1.36';

const argv = (args: string[]) => [
  program,
  '--kubeconfig',
  cluster.kubeconfig,
  '--namespace',
  namespace,
  '--cache-dir',
  join(folder, 'cache'),
  ...args,
];

function kubectl(args: string[], input?: string, env: Record<string, string> = {}): Promise<ProgramRun> {
  return runProgram(argv(args), {
    env: { HOME: folder, ...env },
    timeout: 90_000,
    ...(input !== undefined && { input }),
  });
}

/** What a command that must succeed printed. */
async function run(...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await kubectl(args);
  expect(exitCode, `kubectl ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

async function pipe(input: object | string, ...args: string[]): Promise<string> {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  const { stdout, stderr, exitCode } = await kubectl(args, text);
  expect(exitCode, `kubectl ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** What a command that must fail said. */
async function fail(...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await kubectl(args);
  expect(exitCode, `kubectl ${args.join(' ')}\n${stdout}`).not.toBe(0);
  return stderr;
}

const deployment = (name: string, replicas = 1, greeting = 'one') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'main',
            image: SHELL,
            command: ['sh', '-c', 'echo "greeting $GREETING"; exec sleep 3600'],
            env: [{ name: 'GREETING', value: greeting }],
          },
        ],
      },
    },
  },
});

describe('kubectl reads', { timeout: 120_000 }, () => {
  it('get in every form', async () => {
    await run('create', 'configmap', 'shown', '--from-literal=k=v');
    expect(await run('get', 'configmap', 'shown')).toMatch(/NAME\s+DATA\s+AGE\nshown\s+1/);
    expect(await run('get', 'cm', 'shown', '-o', 'wide', '--show-labels')).toContain('LABELS');
    expect(await run('get', 'cm', 'shown', '-o', 'yaml')).toContain('kind: ConfigMap');
    expect(JSON.parse(await run('get', 'cm', 'shown', '-o', 'json'))).toMatchObject({ data: { k: 'v' } });
    expect(await run('get', 'cm', 'shown', '-o', 'jsonpath={.data.k}')).toBe('v');
    expect(await run('get', 'cm', 'shown', '-o', 'go-template={{.data.k}}')).toBe('v');
    expect(await run('get', 'cm', '-o', 'name')).toContain('configmap/shown');
    expect(await run('get', 'cm', '-o', 'custom-columns=N:.metadata.name')).toContain('shown');
    expect(await run('get', 'cm', '-l', 'none=such')).toBe('');
    expect(await run('get', 'all', '-A')).toContain('service/kubernetes');
    expect(await fail('get', 'configmap', 'absent')).toContain(
      'Error from server (NotFound): configmaps "absent" not found',
    );
    expect(await fail('get', 'unknownthings')).toContain(
      'the server doesn\'t have a resource type "unknownthings"',
    );
  });

  it('what the server is, and what it serves', async () => {
    expect(await run('version')).toContain('Server Version: v1.34');
    expect(await run('cluster-info')).toContain('is running at');
    expect(await run('api-versions')).toContain('apps/v1\n');
    const resources = await run('api-resources');
    expect(resources).toMatch(/deployments\s+deploy\s+apps\/v1\s+true\s+Deployment/);
    expect(resources).toMatch(/statefulsets\s+sts\s/);
    expect(await run('api-resources', '--api-group=batch', '-o', 'name')).toContain('cronjobs.batch');
    expect(await run('get', '--raw', '/readyz')).toBe('ok');
  });

  it('explain', async () => {
    const pod = await run('explain', 'pod.spec.containers');
    expect(pod).toContain('KIND:       Pod');
    expect(pod).toMatch(/imagePullPolicy\s+<string>/);
    expect(await run('explain', 'deployments', '--recursive')).toContain('strategy');
    expect(await fail('explain', 'pod.spec.nonsense')).toContain('field "nonsense" does not exist');
  });

  it('who one is, and what one may do', async () => {
    expect(await run('auth', 'can-i', 'create', 'pods')).toBe('yes\n');
    expect(await run('auth', 'can-i', '--list')).toContain('Resources');
    expect(await run('auth', 'whoami')).toContain('system:masters');
  });
});

describe('kubectl writes', { timeout: 180_000 }, () => {
  it('create, label, annotate, edit and the three patches', async () => {
    await pipe(deployment('written', 0), 'create', '-f', '-');
    expect((await kubectl(['create', '-f', '-'], JSON.stringify(deployment('written', 0)))).stderr).toContain(
      'AlreadyExists',
    );
    await run('label', 'deployment', 'written', 'tier=web');
    await run('annotate', 'deployment', 'written', 'note=kept');
    await run(
      'patch',
      'deployment',
      'written',
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"B","value":"2"}]}]}}}}',
    );
    await run(
      'patch',
      'deployment',
      'written',
      '--type=merge',
      '-p',
      '{"metadata":{"annotations":{"note":null}}}',
    );
    await run(
      'patch',
      'deployment',
      'written',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/spec/paused","value":true}]'.replace('replace', 'add'),
    );
    const object = JSON.parse(await run('get', 'deployment', 'written', '-o', 'json')) as {
      metadata: { annotations?: Record<string, string>; labels: Record<string, string> };
      spec: {
        paused: boolean;
        template: { spec: { containers: { env: { name: string }[]; image: string }[] } };
      };
    };
    expect(object.metadata.labels).toMatchObject({ tier: 'web' });
    expect(object.metadata.annotations?.['note']).toBeUndefined();
    expect(object.spec.paused).toBe(true);
    expect(object.spec.template.spec.containers[0]?.image).toBe(SHELL);
    expect(object.spec.template.spec.containers[0]?.env.map(({ name }) => name).toSorted()).toEqual([
      'B',
      'GREETING',
    ]);
    const editor = join(folder, 'editor.sh');
    await writeFile(editor, `#!/bin/sh\nsed -i 's/tier: web/tier: shop/' "$1"\n`);
    await chmod(editor, 0o755);
    const edited = await kubectl(['edit', 'deployment', 'written'], '', { EDITOR: editor });
    expect(edited.exitCode, edited.stderr).toBe(0);
    expect(await run('get', 'deployment', 'written', '-o', 'jsonpath={.metadata.labels.tier}')).toBe('shop');
    await run('delete', 'deployment', 'written');
  });

  it('apply, diff, and apply on the server with conflicts', async () => {
    const file = join(folder, 'applied.json');
    const map = (data: object) =>
      writeFile(
        file,
        JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data }),
      );
    await map({ a: '1', b: '1' });
    expect(await run('apply', '-f', file)).toContain('configmap/applied created');
    expect(await run('apply', '-f', file)).toContain('configmap/applied unchanged');
    await map({ a: '2' });
    const diff = await kubectl(['diff', '-f', file]);
    expect(diff.exitCode, diff.stderr).toBe(1);
    expect(diff.stdout).toContain('-  b: "1"');
    expect(await run('apply', '-f', file)).toContain('configmap/applied configured');
    expect(await run('get', 'cm', 'applied', '-o', 'jsonpath={.data}')).toBe('{"a":"2"}');

    await map({ a: '3' });
    const refused = await kubectl(['apply', '--server-side', '--field-manager=other', '-f', file]);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('conflict with "kubectl-client-side-apply" using v1: .data.a');
    expect(
      await run('apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', file),
    ).toContain('configmap/applied serverside-applied');
    expect(await run('get', 'cm', 'applied', '--show-managed-fields', '-o', 'yaml')).toContain(
      'manager: other',
    );
  });

  it('what a schema refuses, before and on the server', async () => {
    const wrong = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'wrong' }, dta: {} };
    const strict = await kubectl(['create', '-f', '-'], JSON.stringify(wrong));
    expect(strict.stderr).toContain('strict decoding error: unknown field "dta"');
    const warned = await kubectl(['create', '--validate=warn', '-f', '-'], JSON.stringify(wrong));
    expect(warned.exitCode).toBe(0);
    expect(warned.stderr).toContain('Warning: unknown field "dta"');
    expect(await fail('create', 'configmap', 'Wrong_Name')).toContain('is invalid: metadata.name');
    expect(await run('create', 'configmap', 'dry', '--dry-run=server', '-o', 'name')).toBe('configmap/dry\n');
    expect(await fail('get', 'cm', 'dry')).toContain('not found');
  });

  it('delete with each propagation', async () => {
    for (const policy of ['background', 'foreground', 'orphan'] as const) {
      const name = `gone-${policy}`;
      await pipe(deployment(name, 0), 'apply', '-f', '-');
      await run('wait', '--for=condition=Available', `deployment/${name}`, '--timeout=30s');
      await run('delete', 'deployment', name, `--cascade=${policy}`, '--timeout=60s');
      if (policy === 'orphan') {
        expect(await run('get', 'rs', '-l', `app=${name}`, '-o', 'name')).toContain('replicaset.apps/');
        await run('delete', 'rs', '-l', `app=${name}`);
      } else {
        await run('wait', '--for=delete', 'rs', '-l', `app=${name}`, '--timeout=30s');
      }
    }
  });
});

describe('kubectl works on pods', { timeout: 240_000 }, () => {
  it('rollout, scale, logs, exec, cp and describe', async () => {
    await pipe(deployment('web', 2), 'apply', '-f', '-');
    expect(await run('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain(
      'successfully rolled out',
    );
    expect(await run('get', 'pods', '-l', 'app=web')).toMatch(/web-\S+\s+1\/1\s+Running\s+0/);
    expect(await run('logs', 'deployment/web')).toBe('greeting one\n');
    expect(await run('logs', '-l', 'app=web', '--prefix')).toContain('greeting one');
    expect(await run('exec', 'deploy/web', '--', 'sh', '-c', 'echo $GREETING')).toBe('one\n');
    expect(await pipe('through stdin', 'exec', '-i', 'deploy/web', '--', 'cat')).toBe('through stdin');
    const failed = await kubectl(['exec', 'deploy/web', '--', 'sh', '-c', 'exit 6']);
    expect(failed.exitCode).toBe(6);
    expect(failed.stderr).toContain('command terminated with exit code 6');

    const [pod = ''] = (
      await run('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].metadata.name}')
    ).split(' ');
    const file = join(folder, 'copied');
    await writeFile(file, 'content\n');
    await run('cp', file, `${pod}:/tmp/copied`);
    await run('cp', `${pod}:/tmp/copied`, `${file}-back`);
    expect(await readFile(`${file}-back`, 'utf8')).toBe('content\n');
    const described = await run('describe', 'pod', pod);
    expect(described).toMatch(/Started\s.*kubelet/);
    expect(described).toContain('Ready             True');

    await run('scale', 'deployment/web', '--replicas=1');
    expect(await run('get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}')).toBe('1');
    await run('set', 'env', 'deployment/web', 'GREETING=two');
    await run('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect(await run('rollout', 'history', 'deployment/web')).toMatch(/REVISION[\s\S]*1\s[\s\S]*2\s/);
    await run('rollout', 'undo', 'deployment/web');
    await run('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect(
      await run('get', 'deploy', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].env[0].value}'),
    ).toBe('one');
    await run('rollout', 'restart', 'deployment/web');
    await run('rollout', 'status', 'deployment/web', '--timeout=60s');
    await run('delete', 'deployment', 'web');
  });

  it('run, wait, logs -f and attach to what ends', async () => {
    await run(
      'run',
      'counter',
      `--image=${SHELL}`,
      '--restart=Never',
      '--command',
      '--',
      'sh',
      '-c',
      'for i in 1 2 3; do echo $i; sleep 0.3; done',
    );
    await run('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/counter', '--timeout=60s');
    expect(await run('logs', '-f', 'counter')).toBe('1\n2\n3\n');
    expect(await run('logs', 'counter', '--tail=1')).toBe('3\n');
    expect(await run('logs', 'counter', '--timestamps', '--tail=1')).toMatch(/^\d{4}-\d\d-\d\dT\S+Z 3\n$/);
    const attached = await run(
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
    await run('delete', 'pod', 'counter');
    expect(await fail('logs', 'counter')).toContain('pods "counter" not found');
  });

  it('port-forward', async () => {
    const script = `require('http').createServer((_, response) => response.end('hello')).listen(8080, process.env.POD_IP)`;
    await pipe(
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'server', labels: { app: 'server' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'main',
              image: 'node:24',
              command: ['node', '-e', script],
              env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
              readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
            },
          ],
        },
      },
      'create',
      '-f',
      '-',
    );
    await run('wait', '--for=condition=Ready', 'pod/server', '--timeout=60s');
    await run('expose', 'pod', 'server', '--port=80', '--target-port=8080');
    for (const target of ['pod/server', 'service/server']) {
      const port = target.startsWith('pod') ? '8080' : '80';
      const [file = '', ...args] = argv(['port-forward', target, `:${port}`]);
      const child = spawn(file, args, {
        env: { PATH: process.env['PATH'], HOME: folder },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        let output = '';
        for await (const chunk of child.stdout) {
          output += String(chunk);
          if (output.includes('\n')) break;
        }
        const local = /127\.0\.0\.1:(\d+)/.exec(output)?.[1];
        for (let request = 0; request < 3; request++) {
          const response = await fetch(`http://127.0.0.1:${local}/`);
          expect(await response.text()).toBe('hello');
        }
      } finally {
        const ended = once(child, 'close');
        child.kill();
        await ended;
      }
    }
    await run('delete', 'pod/server', 'service/server');
  });

  it('jobs from a CronJob, and nodes', async () => {
    await run('create', 'cronjob', 'nightly', `--image=${SHELL}`, '--schedule=0 3 * * *', '--', 'true');
    await run('create', 'job', 'by-hand', '--from=cronjob/nightly');
    await run('wait', '--for=condition=Complete', 'job/by-hand', '--timeout=60s');
    expect(await run('get', 'cronjob', 'nightly')).toContain('0 3 * * *');
    await run('delete', 'cronjob/nightly', 'job/by-hand');
    const node = (await run('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}')).trim();
    expect(await run('describe', 'node', node)).toContain('Allocatable');
    await run('cordon', node);
    expect(await run('get', 'node', node)).toContain('SchedulingDisabled');
    await run('uncordon', node);
  });

  it('what cannot be had says so', async () => {
    expect(await fail('top', 'pods')).toContain('Metrics API not available');
    await run('run', 'idle', `--image=${SHELL}`, '--command', '--', 'sleep', '600');
    await run('wait', '--for=condition=Ready', 'pod/idle', '--timeout=60s');
    if (cluster.kind === 'sandbox') {
      expect(await fail('debug', 'idle', `--image=${SHELL}`, '--', 'true')).toContain('ephemeral');
    }
    await run('delete', 'pod', 'idle', '--now');
  });
});
