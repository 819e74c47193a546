import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Readable, PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { ApiError } from './api-error.ts';
import { ExecLost } from './client.ts';
import type { KubernetesClient } from './client.ts';
import { systemClock } from './clock.ts';
import { createClient } from './create-client.ts';
import { fixedCredentials } from './credentials.ts';
import { CallTimeout } from './deadline.ts';
import { httpTransport } from './http-transport.ts';
import { answerJson, loopbackServer } from './loopback-server.ts';
import type { LoopbackOptions, LoopbackServer } from './loopback-server.ts';
import type { WatchEvent } from './objects.ts';
import { DEPLOYMENTS, NODES, PODS } from './resources.ts';
import { ConnectionFailed } from './transport.ts';

const POD = { namespace: 'ns', name: 'p' };
/** Time in which pauses pass at once, but deadlines stand still. */
const hasty = {
  ...systemClock,
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms > 20_000 ? ms : 1, signal),
};

async function withServer(
  options: LoopbackOptions,
  test: (client: KubernetesClient, server: LoopbackServer) => Promise<void>,
): Promise<void> {
  await using server = await loopbackServer(options);
  const transport = httpTransport({
    server: server.url,
    credentials: fixedCredentials({}),
    clock: systemClock,
  });
  const client = createClient(transport, { clock: hasty, userAgent: 'test' });
  try {
    await test(client, server);
  } finally {
    await client.close();
  }
}

const failed = (code: number, reason: string, message: string) => ({
  kind: 'Status',
  status: 'Failure',
  code,
  reason,
  message,
});

describe('the client', () => {
  it('asks for each thing at its place', async () => {
    const bodies: string[] = [];
    const handle = async (request: IncomingMessage) => {
      bodies.push(`${request.headers['content-type'] ?? '-'} ${await text(request)}`);
    };
    await withServer(
      {
        handle: (request, response) =>
          void handle(request).then(() => answerJson(response, 200, { items: [] })),
      },
      async (client, { requests }) => {
        await client.get(PODS, POD, { resourceVersion: '0' });
        await client.get(NODES, { name: 'n' });
        await client.list(DEPLOYMENTS, { labelSelector: 'a=b,c', limit: 5 });
        await client.create(
          PODS,
          { metadata: { namespace: 'ns', name: 'p' } },
          { dryRun: true, fieldManager: 'm' },
        );
        await client.replace(DEPLOYMENTS, { metadata: POD }, { subresource: 'status' });
        await client.patch(PODS, POD, { type: 'merge', body: { a: null } });
        await client.delete(PODS, POD, { preconditions: { uid: 'u' }, gracePeriodSeconds: 0 });
        await client.delete(PODS, POD);
        await client.raw('/version');
        expect(requests).toEqual([
          'GET /api/v1/namespaces/ns/pods/p?resourceVersion=0',
          'GET /api/v1/nodes/n',
          'GET /apis/apps/v1/deployments?labelSelector=a%3Db%2Cc&limit=5',
          'POST /api/v1/namespaces/ns/pods?fieldManager=m&dryRun=All',
          'PUT /apis/apps/v1/namespaces/ns/deployments/p/status',
          'PATCH /api/v1/namespaces/ns/pods/p',
          'DELETE /api/v1/namespaces/ns/pods/p',
          'DELETE /api/v1/namespaces/ns/pods/p',
          'GET /version',
        ]);
        expect(bodies[3]).toBe(
          'application/json {"metadata":{"namespace":"ns","name":"p"},"apiVersion":"v1","kind":"Pod"}',
        );
        expect(bodies[5]).toBe('application/merge-patch+json {"a":null}');
        expect(bodies[6]).toBe(
          'application/json {"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"u"},"gracePeriodSeconds":0}',
        );
        expect(bodies[7]).toBe('- ');
      },
    );
  });

  it('refuses names that would reach something else', async () => {
    await withServer({}, async (client, { requests }) => {
      for (const name of ['', '..', 'a/b', '%2e']) {
        await expect(async () => client.delete(PODS, { namespace: 'ns', name })).rejects.toThrow(
          "can't be a part of the address",
        );
      }
      await expect(async () => client.delete(PODS, { name: 'p' })).rejects.toThrow('without a namespace');
      expect(requests).toEqual([]);
    });
  });

  it('passes on the text of a refusal as the server wrote it, and makes one where there is none', async () => {
    await withServer(
      {
        handle: (request, response) => {
          if (request.url?.endsWith('/forbidden'))
            answerJson(response, 403, failed(403, 'Forbidden', 'pods "x" is forbidden: no'));
          else response.writeHead(502).end('<html>bad gateway</html>');
        },
      },
      async (client) => {
        await expect(client.raw('/forbidden')).rejects.toMatchObject({
          code: 403,
          reason: 'Forbidden',
          message: 'pods "x" is forbidden: no',
        });
        await expect(client.raw('/x')).rejects.toThrow(/502 \(GET \/x\): <html>bad gateway/);
      },
    );
  });

  it('tries a read again after 503 with Retry-After and a cut connection, a write only after 429', async () => {
    let count = 0;
    await withServer(
      {
        handle: (request, response) => {
          count += 1;
          const isWrite = request.method === 'POST';
          if (count === 1)
            answerJson(response, 429, failed(429, 'TooManyRequests', 'slow down'), { 'retry-after': '1' });
          else if (count === 2)
            answerJson(response, 503, failed(503, 'ServiceUnavailable', 'later'), { 'retry-after': '1' });
          else if (count === 3 && !isWrite) request.socket.destroy();
          else if (count === 4 && !isWrite) {
            response.writeHead(200, { 'content-length': '100' });
            response.write('{"half":', () => request.socket.destroy());
          } else answerJson(response, 200, { count });
        },
      },
      async (client) => {
        expect(await client.raw('/x')).toEqual({ count: 5 });
        count = 0;
        await expect(client.create(PODS, { metadata: POD })).rejects.toMatchObject({ code: 503 });
        expect(count).toBe(2);
      },
    );
  });

  it('does not repeat a write whose answer was lost', async () => {
    await withServer({ handle: (request) => request.socket.destroy() }, async (client, { requests }) => {
      const failure = await client.create(PODS, { metadata: POD }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ConnectionFailed);
      expect(failure).toMatchObject({ sent: true });
      expect(requests).toHaveLength(1);
    });
  });

  it('is not sent into an idle connection that the server has closed meanwhile', async () => {
    const connections = new Set<Socket>();
    const handle: LoopbackOptions['handle'] = (request, response) => {
      connections.add(request.socket);
      // As API servers and load balancers: without a word on how long a connection is kept.
      response.removeHeader('keep-alive');
      request.resume();
      answerJson(response, 200, {});
    };
    await withServer({ handle }, async (client, server) => {
      await client.raw('/first');
      await systemClock.sleep(20); // until the connection is back in the pool
      for (const connection of connections) connection.destroy();
      await client.create(NODES, { metadata: { name: 'n' } });
      expect(server.requests).toEqual(['GET /first', 'POST /api/v1/nodes']);
      expect(connections.size).toBe(2);
    });
  });

  it('has at most 32 connections for a thousand calls, and those go on while a hundred watches are open', async () => {
    const connections = new Set<Socket>();
    const handle: LoopbackOptions['handle'] = (request, response) => {
      if (request.url?.includes('watch=true')) {
        response.writeHead(200).flushHeaders();
        return;
      }
      connections.add(request.socket);
      setImmediate(() => answerJson(response, 200, { url: request.url }));
    };
    await withServer({ handle }, async (client, server) => {
      const over = new AbortController();
      const watches = Promise.allSettled(
        Array.from({ length: 100 }, () =>
          client.watch(PODS, { signal: over.signal })[Symbol.asyncIterator]().next(),
        ),
      );
      await expect.poll(() => server.requests.length).toBe(100);
      const calls = Array.from({ length: 1000 }, (_, index) => client.raw<{ url: string }>(`/call/${index}`));
      expect((await Promise.all(calls)).map(({ url }) => url)).toEqual(
        Array.from({ length: 1000 }, (_, index) => `/call/${index}`),
      );
      expect(connections.size).toBeLessThanOrEqual(32);
      over.abort(new Error('seen enough'));
      expect((await watches).every(({ status }) => status === 'rejected')).toBe(true);
    });
  });

  it('sends an urgent call at once, though many others wait for their answers', async () => {
    const handle: LoopbackOptions['handle'] = (request, response) => {
      if (request.url?.includes('/urgent')) answerJson(response, 200, { metadata: { name: 'urgent' } });
    };
    await withServer({ handle }, async (client, server) => {
      const over = new AbortController();
      const calls = Promise.allSettled(
        Array.from({ length: 100 }, () => client.get(NODES, { name: 'slow' }, { signal: over.signal })),
      );
      await expect.poll(() => server.requests.length).toBe(32);
      const answer = await client.get(NODES, { name: 'urgent' }, { urgent: true });
      expect(answer.metadata?.name).toBe('urgent');
      over.abort(new Error('seen enough'));
      expect((await calls).every(({ status }) => status === 'rejected')).toBe(true);
    });
  });

  it('says that a server is not there', async () => {
    const transport = httpTransport({
      server: 'http://127.0.0.1:1',
      credentials: fixedCredentials({}),
      clock: hasty,
    });
    const client = createClient(transport, { clock: hasty });
    const failure = await client.create(PODS, { metadata: POD }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'ConnectionFailed', sent: false });
    expect(String(failure)).toContain('http://127.0.0.1:1: connect ECONNREFUSED');
    await client.close();
  });

  it('gives up a call at its deadline, and when it is aborted', async () => {
    await withServer({ handle: () => undefined }, async (client) => {
      await expect(client.raw('/hang', { timeout: 10 })).rejects.toThrow(CallTimeout);
      const abort = new AbortController();
      const call = client.raw('/hang', { signal: abort.signal });
      abort.abort(new Error('cancelled'));
      await expect(call).rejects.toThrow('cancelled');
      await expect(client.raw('/hang', { signal: abort.signal })).rejects.toThrow('cancelled');
    });
  });
});

describe('a watch', () => {
  it('gives large objects whole, however they are cut, and ends with the server', async () => {
    const name = 'ü€😀'.repeat(100_000);
    const line = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: { metadata: { name } } })}\n`);
    const send = async (response: Writable) => {
      for (let start = 0; start < line.length; start += 9_999) {
        if (!response.write(line.subarray(start, start + 9_999))) await once(response, 'drain');
      }
      response.end('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}');
    };
    await withServer(
      { handle: (_request, response) => void send(response) },
      async (client, { requests }) => {
        const events: WatchEvent[] = [];
        for await (const event of client.watch(PODS, {
          namespace: 'ns',
          resourceVersion: '5',
          allowWatchBookmarks: true,
        }))
          events.push(event);
        expect(events[0]?.object.metadata?.name === name).toBe(true);
        expect(events[1]).toMatchObject({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '7' } } });
        expect(requests).toEqual([
          'GET /api/v1/namespaces/ns/pods?watch=true&resourceVersion=5&allowWatchBookmarks=true',
        ]);
      },
    );
  });

  it("throws the server's error, the break of a connection, and the reason of an abort", async () => {
    const gone = JSON.stringify({
      type: 'ERROR',
      object: failed(410, 'Expired', 'too old resource version'),
    });
    await withServer(
      {
        handle: (request, response) => {
          response.writeHead(200);
          if (request.url?.includes('resourceVersion=1')) response.end(`${gone}\n`);
          else if (request.url?.includes('resourceVersion=2'))
            response.write('{"type":"AD', () => request.socket.destroy());
          else response.flushHeaders();
        },
      },
      async (client) => {
        const drain = async (resourceVersion: string, signal?: AbortSignal) => {
          for await (const _ of client.watch(PODS, { resourceVersion, ...(signal && { signal }) }));
        };
        const expired = await drain('1').catch((error: unknown) => error);
        expect(expired).toBeInstanceOf(ApiError);
        expect(expired).toMatchObject({ code: 410, reason: 'Expired' });
        await expect(drain('2')).rejects.toThrow(ConnectionFailed);
        const abort = new AbortController();
        setTimeout(() => abort.abort(new Error('enough')), 20);
        await expect(drain('3', abort.signal)).rejects.toThrow('enough');
      },
    );
  });
});

describe('a log', () => {
  it('is a stream, and its refusal an error', async () => {
    await withServer(
      {
        handle: (request, response) =>
          request.url?.includes('/q/')
            ? answerJson(response, 404, failed(404, 'NotFound', 'pods "q" not found'))
            : response.end('line 1\nline 2\n'),
      },
      async (client, { requests }) => {
        expect(await text(await client.log(POD, { container: 'c', tailLines: 2, timestamps: true }))).toBe(
          'line 1\nline 2\n',
        );
        expect(requests[0]).toBe(
          'GET /api/v1/namespaces/ns/pods/p/log?container=c&tailLines=2&timestamps=true',
        );
        await expect(client.log({ namespace: 'ns', name: 'q' })).rejects.toThrow('pods "q" not found');
      },
    );
  });
});

const frame = (stream: number, data: string | Buffer) =>
  Buffer.concat([Buffer.of(stream), Buffer.from(data)]);
const exit = (code: number) =>
  frame(
    3,
    JSON.stringify(
      code === 0
        ? { status: 'Success' }
        : {
            status: 'Failure',
            reason: 'NonZeroExitCode',
            details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
          },
    ),
  );

/** A command that answers with its stdin, and ends with it. */
function echo(socket: WebSocket): void {
  socket.on('message', (data: Buffer) => {
    if (data[0] === 0) socket.send(frame(1, data.subarray(1)));
    if (data[0] === 255) {
      socket.send(exit(0));
      socket.close();
    }
  });
}

describe('an exec', () => {
  it('gives stdout, stderr and the exit code', async () => {
    await withServer(
      {
        socket: (socket) => {
          socket.send(frame(1, 'out'));
          socket.send(frame(2, 'err'));
          socket.send(exit(3));
          socket.close();
        },
      },
      async (client, { requests }) => {
        const [stdout, stderr] = [new PassThrough(), new PassThrough()];
        expect(
          await client.exec(POD, { container: 'c', command: ['sh', '-c', 'x y'], stdout, stderr }),
        ).toEqual({ exitCode: 3 });
        expect([stdout.read(), stderr.read()].map(String)).toEqual(['out', 'err']);
        expect(requests).toEqual([
          'CONNECT /api/v1/namespaces/ns/pods/p/exec?container=c&command=sh&command=-c&command=x+y&stdout=true&stderr=true',
        ]);
      },
    );
  });

  it('carries stdin to its end', async () => {
    await withServer({ socket: echo }, async (client) => {
      const stdout = new PassThrough();
      const received = text(stdout);
      const result = await client.exec(POD, {
        command: ['cat'],
        stdin: Readable.from(['a'.repeat(100_000), 'b']),
        stdout,
      });
      stdout.end();
      expect(result).toEqual({ exitCode: 0 });
      expect(await received).toBe(`${'a'.repeat(100_000)}b`);
    });
  });

  it('never tells the end of a stdin that failed', async () => {
    const seen: number[] = [];
    await withServer(
      { socket: (socket) => socket.on('message', (data: Buffer) => seen.push(data[0] ?? -1)) },
      async (client) => {
        const stdin = Readable.from(
          (async function* () {
            yield 'half';
            throw new Error('disk error');
          })(),
        );
        await expect(client.exec(POD, { command: ['cat'], stdin })).rejects.toThrow('disk error');
        expect(seen).not.toContain(255);
      },
    );
  });

  it('is lost, and not tried again, when its connection breaks', async () => {
    await withServer({ socket: (socket) => socket.terminate() }, async (client, { requests }) => {
      await expect(client.exec(POD, { command: ['x'] })).rejects.toThrow(ExecLost);
      expect(requests).toHaveLength(1);
    });
    await withServer({ socket: (socket) => socket.close() }, async (client) => {
      await expect(client.exec(POD, { command: ['x'], stdin: Readable.from(['in']) })).rejects.toThrow(
        ExecLost,
      );
    });
  });

  it('is lost, too, when the connection breaks or a gateway answers before the API server does', async () => {
    const answers: LoopbackOptions['handle'][] = [
      (request) => request.socket.destroy(),
      (_request, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway'),
      (_request, response) => response.writeHead(503).end('upstream reset'),
    ];
    const words = ['socket hang up', 'Bad gateway', 'upstream reset'];
    for (const [index, handle] of answers.entries()) {
      await withServer({ ...(handle && { handle }) }, async (client, { requests }) => {
        const lost = client.exec(POD, { command: ['x'] });
        await expect(lost).rejects.toThrow(ExecLost);
        await expect(lost).rejects.toThrow(words[index]);
        expect(requests).toHaveLength(1);
      });
    }
  });

  it('has not begun when no connection was made, and when the API server itself is in trouble', async () => {
    const transport = httpTransport({
      server: 'http://127.0.0.1:1',
      credentials: fixedCredentials({}),
      clock: systemClock,
    });
    const client = createClient(transport, { clock: hasty });
    await expect(client.exec(POD, { command: ['x'] })).rejects.toMatchObject({
      name: 'ConnectionFailed',
      sent: false,
      transient: true,
    });
    await client.close();
    const handle: LoopbackOptions['handle'] = (_request, response) =>
      answerJson(response, 503, failed(503, 'ServiceUnavailable', 'shutting down'), { 'retry-after': '3' });
    await withServer({ handle }, async (busy) => {
      await expect(busy.exec(POD, { command: ['x'] })).rejects.toMatchObject({
        name: 'ApiError',
        code: 503,
        retryAfter: 3,
      });
    });
  });

  it('needs the right to get pods/exec, and passes on what the server says about it', async () => {
    const message =
      'pods "p" is forbidden: User "operator" cannot get resource "pods/exec" in API group "" in the namespace "ns"';
    const handle: LoopbackOptions['handle'] = (request, response) =>
      answerJson(response, request.method === 'GET' ? 403 : 500, failed(403, 'Forbidden', message));
    await withServer({ handle }, async (client, server) => {
      await expect(client.exec(POD, { command: ['x'] })).rejects.toMatchObject({
        name: 'ApiError',
        code: 403,
        reason: 'Forbidden',
        message,
      });
      expect(server.requests).toEqual(['GET /api/v1/namespaces/ns/pods/p/exec?command=x&stdout=true']);
    });
  });

  it('passes on why it was refused, or could not be started', async () => {
    await withServer(
      {
        handle: (_request, response) =>
          answerJson(response, 400, failed(400, 'BadRequest', 'a container name must be specified')),
      },
      async (client) => {
        await expect(client.exec(POD, { command: ['x'] })).rejects.toMatchObject({
          name: 'ApiError',
          message: 'a container name must be specified',
        });
      },
    );
    await withServer(
      {
        socket: (socket) => {
          socket.send(frame(3, JSON.stringify(failed(500, 'InternalError', 'executable file not found'))));
          socket.close();
        },
      },
      async (client) => {
        await expect(client.exec(POD, { command: ['x'] })).rejects.toMatchObject({
          code: 500,
          message: 'executable file not found',
        });
      },
    );
  });

  it("speaks v4 where there is no stdin, and says that it can't where there is", async () => {
    const socket = (opened: WebSocket) => {
      opened.send(exit(0));
      opened.close();
    };
    await withServer({ socket, protocols: ['v4.channel.k8s.io'] }, async (client) => {
      expect(await client.exec(POD, { command: ['x'] })).toEqual({ exitCode: 0 });
    });
    await withServer(
      {
        handle: (_request, response) =>
          answerJson(response, 400, failed(400, 'BadRequest', 'unknown protocol')),
      },
      async (client) => {
        await expect(client.exec(POD, { command: ['x'], stdin: Readable.from(['a']) })).rejects.toThrow(
          /does not speak v5/,
        );
      },
    );
  });

  it("ends when it is aborted, and when its output can't be written", async () => {
    await withServer({ socket: (socket) => socket.send(frame(1, 'out')) }, async (client) => {
      const abort = new AbortController();
      const hanging = client.exec(POD, { command: ['x'], stdin: new PassThrough(), signal: abort.signal });
      setTimeout(() => abort.abort(new Error('cancelled')), 20);
      await expect(hanging).rejects.toThrow('cancelled');
      const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
      stdout.on('error', () => undefined);
      await expect(client.exec(POD, { command: ['x'], stdout })).rejects.toThrow('disk full');
    });
  });
});
