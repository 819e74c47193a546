import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../kubernetes/clock.ts';
import { createApiServer } from './api-server.ts';
import type { ApiServer, ApiServerOptions } from './api-server.ts';
import { serveHttp } from './http-server.ts';
import type { NodeAgent } from './node-agent.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function open(options: Partial<ApiServerOptions> = {}): Promise<{ url: string; server: ApiServer }> {
  const server = createApiServer({ clock: systemClock, random: Math.random, ...options });
  const http = await serveHttp(server, { clock: systemClock });
  cleanUps.push(async () => {
    server.stop();
    await http.close();
  });
  return { url: http.url, server };
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

/** A command that repeats its input until that ends, then ends with 3. */
const echo: NodeAgent = {
  log: () => Promise.reject(new Error('not asked for here')),
  async exec(_pod, _container, { stdin, stdout }) {
    for await (const chunk of stdin ?? []) stdout?.write(chunk);
    return { exitCode: 3 };
  },
  attach: () => Promise.reject(new Error('not asked for here')),
  connect: () => Promise.reject(new Error('not asked for here')),
};

async function runningPod(url: string): Promise<void> {
  await post(`${url}/api/v1/namespaces/default/pods`, {
    metadata: { name: 'p' },
    spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] },
  });
  const status = { phase: 'Running', containerStatuses: [{ name: 'c', state: { running: {} } }] };
  await fetch(`${url}/api/v1/namespaces/default/pods/p/status`, {
    method: 'PATCH',
    body: JSON.stringify({ status }),
    headers: { 'content-type': 'application/merge-patch+json' },
  });
}

describe('the API over HTTP', () => {
  it('answers what it does not serve as a real server does', async () => {
    const { url } = await open();
    const response = await fetch(`${url}/apis/nobody.io/v1/things`);
    expect([response.status, await response.text()]).toEqual([404, '404 page not found\n']);
    const method = await fetch(`${url}/api/v1/namespaces/default`, { method: 'POST', body: '{}' });
    expect(await method.json()).toMatchObject({ kind: 'Status', reason: 'MethodNotAllowed', code: 405 });
    const type = await post(
      `${url}/api/v1/namespaces/default/configmaps`,
      {},
      { 'content-type': 'text/plain' },
    );
    expect(await type.json()).toMatchObject({ reason: 'UnsupportedMediaType', code: 415 });
    const broken = await fetch(`${url}/api/v1/namespaces/default/configmaps`, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect(broken.status).toBe(400);
  });

  it('takes YAML as kubectl may send it', async () => {
    const { url } = await open();
    const response = await fetch(`${url}/api/v1/namespaces/default/configmaps`, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: 'metadata:\n  name: mine\ndata:\n  a: "1"\n',
    });
    expect(await response.json()).toMatchObject({ metadata: { name: 'mine' }, data: { a: '1' } });
  });

  it('warns of unknown fields in a header', async () => {
    const { url } = await open();
    await post(`${url}/apis/apiextensions.k8s.io/v1/customresourcedefinitions`, {
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
        ],
      },
    });
    const response = await post(`${url}/apis/example.com/v1/namespaces/default/widgets`, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w' },
      bogus: 1,
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('warning')).toBe(String.raw`299 - "unknown field \"bogus\""`);
    const openapi = await fetch(`${url}/openapi/v3/apis/example.com/v1`);
    const { paths } = (await openapi.json()) as {
      paths: Record<string, { patch: { parameters: { name: string }[] } }>;
    };
    const operations = paths['/apis/example.com/v1/namespaces/{namespace}/widgets/{name}'];
    expect(operations?.patch.parameters.map(({ name }) => name)).toContain('fieldValidation');
  });

  it('lets in who has a token, of its own or of a service account', async () => {
    const { url } = await open({ bearerTokens: ['secret'] });
    const refused = await fetch(`${url}/api/v1/namespaces`);
    expect(await refused.json()).toMatchObject({ reason: 'Unauthorized', code: 401 });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const authorization = 'Bearer secret';
    await post(
      `${url}/api/v1/namespaces/default/serviceaccounts`,
      { metadata: { name: 'a' } },
      { authorization },
    );
    const issued = await post(
      `${url}/api/v1/namespaces/default/serviceaccounts/a/token`,
      {},
      { authorization },
    );
    const { status } = (await issued.json()) as { status: { token: string } };
    const headers = { authorization: `Bearer ${status.token}` };
    expect((await fetch(`${url}/api/v1/namespaces`, { headers })).status).toBe(200);
    const who = await post(`${url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {}, headers);
    expect(await who.json()).toMatchObject({
      status: { userInfo: { username: 'system:serviceaccount:default:a' } },
    });
  });

  it('sends a watch its first event at once, and ends it when the server stops', async () => {
    const { url, server } = await open();
    const response = await fetch(`${url}/api/v1/namespaces?watch=true`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const first = await reader?.read();
    expect(first?.value).toContain('"type":"ADDED"');
    server.stop();
    let ended = false;
    while (!ended) ended = (await reader?.read())?.done ?? true;
    expect(ended).toBe(true);
  });
});

describe('commands over WebSockets', () => {
  const command = (url: string): string =>
    `${url.replace('http', 'ws')}/api/v1/namespaces/default/pods/p/exec?command=cat&stdin=true&stdout=true`;

  async function messages(socket: WebSocket): Promise<Buffer[]> {
    const found: Buffer[] = [];
    socket.on('message', (data: Buffer) => found.push(data));
    await once(socket, 'close');
    return found;
  }

  it('end their input when the client closes that channel, in version 5', async () => {
    const { url } = await open({ nodeAgent: echo });
    await runningPod(url);
    const socket = new WebSocket(command(url), ['v5.channel.k8s.io', 'v4.channel.k8s.io']);
    await once(socket, 'open');
    expect(socket.protocol).toBe('v5.channel.k8s.io');
    const received = messages(socket);
    socket.send(Buffer.from('\u0000hello'));
    socket.send(Buffer.from([255, 0]));
    const found = await received;
    const stdout = found
      .filter(([channel]) => channel === 1)
      .map((message) => message.subarray(1).toString());
    expect(stdout.join('')).toBe('hello');
    const status =
      found
        .find(([channel]) => channel === 3)
        ?.subarray(1)
        .toString() ?? '';
    expect(JSON.parse(status)).toEqual({
      metadata: {},
      status: 'Failure',
      message: 'command terminated with non-zero exit code: command terminated with exit code 3',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
  });

  it('are spoken in version 4 with a client that knows no other', async () => {
    const { url } = await open({ nodeAgent: echo });
    await runningPod(url);
    const socket = new WebSocket(command(url), ['v4.channel.k8s.io']);
    await once(socket, 'open');
    expect(socket.protocol).toBe('v4.channel.k8s.io');
    socket.close();
    await once(socket, 'close');
  });

  it('are refused with a Status that says why', async () => {
    const { url } = await open({ nodeAgent: echo });
    const socket = new WebSocket(command(url), ['v5.channel.k8s.io']);
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      AsyncIterable<Buffer> & { statusCode: number },
    ];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    expect(response.statusCode).toBe(404);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ message: 'pods "p" not found' });
  });
});
