import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { createClient } from './create-client.ts';
import { loadKubeConfig } from './load-kube-config.ts';
import { answerJson, loopbackServer } from './loopback-server.ts';
import { formatYaml } from './yaml.ts';

const certificates = path.join(import.meta.dirname, 'testdata');
const read = (name: string) => readFile(path.join(certificates, name));

let folder: string;
beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'kubeconfig-'))));
afterEach(() => rm(folder, { recursive: true }));

async function config(name: string, server: string, user: object, cluster: object = {}): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(
    file,
    formatYaml({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', namespace: 'apps' } }],
      clusters: [{ name: 'k', cluster: { server, ...cluster } }],
      users: [{ name: 'u', user }],
    }),
  );
  return file;
}

async function ask(env: Record<string, string | undefined>): Promise<{ answer: object; namespace: string }> {
  const { transport, namespace } = await loadKubeConfig({
    env: { PATH: process.env['PATH'], ...env },
    clock: systemClock,
  });
  const client = createClient(transport, { clock: systemClock });
  try {
    return { answer: await client.raw<object>('/who'), namespace };
  } finally {
    await client.close();
  }
}

const tellAuthorization = {
  handle: (request, response) => answerJson(response, 200, { authorization: request.headers.authorization }),
} satisfies Parameters<typeof loopbackServer>[0];

describe('the cluster to talk to', () => {
  it('is missing, in the words that people know', async () => {
    await expect(loadKubeConfig({ env: { HOME: folder }, clock: systemClock })).rejects.toThrow(
      'invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable',
    );
  });

  it('comes from the first of several files that defines it', async () => {
    await using server = await loopbackServer(tellAuthorization);
    const first = await config('first', server.url, { token: 'one' });
    const second = await config('second', 'http://127.0.0.1:1', { token: 'two' });
    const KUBECONFIG = [path.join(folder, 'absent'), first, second].join(path.delimiter);
    expect(await ask({ KUBECONFIG })).toEqual({ answer: { authorization: 'Bearer one' }, namespace: 'apps' });
  });

  it('is reached with a client certificate, and only if its own certificate is right', async () => {
    const tls = {
      key: await read('server.key'),
      cert: await read('server.crt'),
      ca: await read('ca.crt'),
      requestCert: true,
      rejectUnauthorized: true,
    };
    await using server = await loopbackServer({
      tls,
      handle: (_request, response) => answerJson(response, 200, { ok: true }),
    });
    const user = {
      'client-certificate-data': (await read('client.crt')).toString('base64'),
      'client-key': path.join(certificates, 'client.key'),
    };
    const authority = { 'certificate-authority': path.join(certificates, 'ca.crt') };
    const good = await config('good', server.url, user, authority);
    expect((await ask({ KUBECONFIG: good })).answer).toEqual({ ok: true });
    const address = server.url.replace('localhost', '127.0.0.1');
    const named = await config('named', address, user, {
      ...authority,
      'tls-server-name': 'kubernetes.test',
    });
    expect((await ask({ KUBECONFIG: named })).answer).toEqual({ ok: true });
    await expect(ask({ KUBECONFIG: await config('wrong', address, user, authority) })).rejects.toThrow(
      /altnames/,
    );
    await expect(ask({ KUBECONFIG: await config('unknown', server.url, user) })).rejects.toThrow(
      /certificate/,
    );
    const anonymous = await config('anonymous', server.url, {}, authority);
    await expect(ask({ KUBECONFIG: anonymous })).rejects.toThrow('no answer from the API server');
  });

  it("is asked with a plug-in's token, which is renewed when it is refused", async () => {
    await using server = await loopbackServer({
      handle: (request, response) => {
        const authorization = request.headers.authorization;
        if (authorization === 'Bearer token-1')
          answerJson(response, 401, { kind: 'Status', code: 401, reason: 'Unauthorized' });
        else answerJson(response, 200, { authorization });
      },
    });
    const script =
      'n=$(cat "$COUNT" 2>/dev/null || echo 0); n=$((n+1)); echo $n > "$COUNT"; echo "$KUBERNETES_EXEC_INFO" > "$COUNT.info"; ' +
      'echo "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"token-$n\\"}}"';
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', script],
      env: [{ name: 'COUNT', value: path.join(folder, 'count') }],
      interactiveMode: 'Never',
      provideClusterInfo: true,
    };
    const KUBECONFIG = await config('exec', server.url, { exec });
    expect((await ask({ KUBECONFIG })).answer).toEqual({ authorization: 'Bearer token-2' });
    expect(JSON.parse(await readFile(path.join(folder, 'count.info'), 'utf8'))).toMatchObject({
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: server.url } },
    });
    const missing = { ...exec, command: 'no-such-plugin', installHint: 'get it there' };
    await expect(ask({ KUBECONFIG: await config('missing', server.url, { exec: missing }) })).rejects.toThrow(
      'the plug-in no-such-plugin was not found\nget it there',
    );
  });

  it('gives somebody at a terminal more time to log in than a request has', async () => {
    await using server = await loopbackServer(tellAuthorization);
    const script =
      'sleep 0.5; echo "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"t\\"}}"';
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', script],
      interactiveMode: 'IfAvailable',
    };
    const kubeconfig = await config('login', server.url, { exec });
    // A request's 30 s pass in 100 ms.
    const clock = {
      ...systemClock,
      sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms === 30_000 ? 100 : ms, signal),
    };
    const env = { PATH: process.env['PATH'] };
    const { transport } = await loadKubeConfig({ env, clock, kubeconfig, interactive: true });
    const client = createClient(transport, { clock });
    expect(await client.raw('/who')).toEqual({ authorization: 'Bearer t' });
    await client.close();
  });

  it('gets the token that a file has now', async () => {
    await using server = await loopbackServer({
      handle: (request, response) => {
        const isOld = request.headers.authorization === 'Bearer old';
        answerJson(response, isOld ? 401 : 200, { authorization: request.headers.authorization });
        if (isOld) return;
      },
    });
    const tokenFile = path.join(folder, 'token');
    await writeFile(tokenFile, 'old\n');
    const { transport } = await loadKubeConfig({
      env: { KUBECONFIG: await config('file', server.url, { tokenFile }) },
      clock: systemClock,
    });
    const client = createClient(transport, { clock: systemClock });
    await expect(client.raw('/who')).rejects.toMatchObject({ code: 401 });
    await writeFile(tokenFile, 'new\n');
    expect(await client.raw('/who')).toEqual({ authorization: 'Bearer new' });
    await client.close();
  });

  it('says which context or cluster is missing', async () => {
    const KUBECONFIG = await config('f', 'http://127.0.0.1:1', {});
    const load = (context: string) => loadKubeConfig({ env: { KUBECONFIG }, clock: systemClock, context });
    await expect(load('other')).rejects.toThrow(
      'context was not found for specified context: other (contexts there are: c)',
    );
  });
});
