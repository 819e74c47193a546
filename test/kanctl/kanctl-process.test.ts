import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kanisterCrds } from '../../src/api/kanister/crds.ts';
import type { ActionSet } from '../../src/api/kanister/types.ts';
import { ACTION_SETS } from '../../src/api/kanister/types.ts';
import type { KubernetesClient } from '../../src/kubernetes/client.ts';
import { systemClock } from '../../src/kubernetes/clock.ts';
import { createClient } from '../../src/kubernetes/create-client.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../src/kubernetes/resources.ts';
import { createApiServer, type ApiServer } from '../../src/sandbox/apiserver/api-server.ts';
import { serveHttp, type HttpApiServer } from '../../src/sandbox/apiserver/http-server.ts';
import { inProcessTransport } from '../../src/sandbox/apiserver/in-process-transport.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/kanctl.js', import.meta.url));

let server: ApiServer;
let http: HttpApiServer;
let client: KubernetesClient;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kanctl-process-'));
  server = createApiServer({ clock: systemClock, random: Math.random });
  client = createClient(inProcessTransport(server), { clock: systemClock });
  for (const definition of kanisterCrds) await client.create(CUSTOM_RESOURCE_DEFINITIONS, definition);
  http = await serveHttp(server, { clock: systemClock });
  await writeFile(
    join(folder, 'config'),
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'here',
      clusters: [{ name: 'here', cluster: { server: http.url } }],
      contexts: [{ name: 'here', context: { cluster: 'here', user: '', namespace: 'default' } }],
      users: [],
    }),
  );
});
afterAll(async () => {
  await http.close();
  server.stop();
  await client.close();
  await rm(folder, { recursive: true, force: true });
});

/** kanctl as a process of its own. */
function start(...argv: string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...argv], {
    env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: join(folder, 'config') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  const changed = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const check of changed) check();
    });
  }
  const result = once(child, 'close').then(([code]: unknown[]) => ({ code, ...output }));
  return {
    child,
    result,
    printed: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const check = () => output.stderr.includes(text) && resolve();
        changed.add(check);
        check();
        result.then((end) => reject(new Error(`it ended: ${JSON.stringify(end)}`)), reject);
      }),
  };
}

const createActionSet = (name: string) =>
  client.create<ActionSet>(ACTION_SETS, {
    metadata: { name, namespace: 'default' },
    spec: {
      actions: [{ name: 'a', blueprint: 'b', object: { kind: 'deployment', name: 'd', namespace: 'n' } }],
    },
  });

describe('the kanctl program', () => {
  it('finds the cluster through KUBECONFIG and ends when it is done', async () => {
    await createActionSet('listed');
    const { code, stdout, stderr } = await start('get', 'actionset', 'listed', '-o', 'json').result;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ metadata: { name: 'listed' } });
  });

  it('goes on watching when the API server is restarted', async () => {
    await createActionSet('kept');
    const watching = start('watch', 'actionset', 'kept');
    await watching.printed('kept: waiting for an operator');
    const port = Number(new URL(http.url).port);
    await http.close();
    http = await serveHttp(server, { clock: systemClock, port });
    await client.patch(
      ACTION_SETS,
      { name: 'kept', namespace: 'default' },
      { type: 'merge', body: { status: { state: 'complete' } } },
    );
    const { code, stdout } = await watching.result;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ActionSet default/kept: complete\n' });
  });

  it('goes on without a word when nobody reads what it prints any more', async () => {
    await createActionSet('unread');
    const watching = start('watch', 'actionset', 'unread');
    await watching.printed('unread: waiting for an operator');
    watching.child.stdout.destroy();
    watching.child.stderr.destroy();
    for (const state of ['pending', 'running', 'complete']) {
      await client.patch(
        ACTION_SETS,
        { name: 'unread', namespace: 'default' },
        { type: 'merge', body: { status: { state } } },
      );
    }
    expect((await watching.result).code).toBe(0);
  });

  it('exits 130 when it is interrupted', async () => {
    await createActionSet('endless');
    const watching = start('watch', 'actionset', 'endless');
    await watching.printed('endless: waiting for an operator');
    watching.child.kill('SIGINT');
    expect((await watching.result).code).toBe(130);
  });
});
