import { describe, expect, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { systemClock } from './clock.ts';
import { createClient } from './create-client.ts';
import { fixedCredentials } from './credentials.ts';
import { httpTransport } from './http-transport.ts';
import { listWatch } from './list-watch.ts';
import type { ListWatchOptions } from './list-watch.ts';
import { answerJson, loopbackServer } from './loopback-server.ts';
import type { KubernetesObject } from './objects.ts';
import { PODS } from './resources.ts';

type Answer =
  | { items: KubernetesObject[]; at: string; continue?: string }
  | { code: number; reason?: string }
  | { events: object[]; break?: boolean }
  | 'hang';

/** Pauses pass at once, deadlines of calls don't; the bound of an idle watch is as a test says. */
const clockOf = (idleBound: number) => ({
  ...systemClock,
  sleep: (ms: number, signal?: AbortSignal) =>
    systemClock.sleep(ms > 200_000 ? idleBound : ms === CALL_TIMEOUT ? ms : Math.min(ms, 1), signal),
});

const CALL_TIMEOUT = 30_000;

const pod = (name: string, resourceVersion: string, uid = `uid-${name}`): KubernetesObject => ({
  metadata: { name, namespace: 'ns', uid, resourceVersion },
});

/** Answers lists, watches and gets from scripts; runs until `count` events have come. */
async function follow(
  script: { list: Answer[]; watch: Answer[]; get?: Answer[] },
  count: number,
  extra: Partial<ListWatchOptions<KubernetesObject>> = {},
): Promise<{ events: string[]; requests: string[]; log: string[] }> {
  const log: string[] = [];
  const write = (_fields: object, message: string) => void log.push(message);
  await using server = await loopbackServer({
    handle: (request, response) => {
      const url = new URL(request.url ?? '', 'http://x');
      const queue = url.searchParams.has('watch')
        ? script.watch
        : url.pathname.endsWith('/pods')
          ? script.list
          : (script.get ?? []);
      const answer = queue.shift() ?? 'hang';
      if (answer === 'hang') {
        response.writeHead(200).flushHeaders();
        return;
      }
      if ('code' in answer)
        return answerJson(response, answer.code, {
          kind: 'Status',
          code: answer.code,
          reason: answer.reason,
          message: 'refused',
        });
      if ('items' in answer) {
        const metadata = { resourceVersion: answer.at, continue: answer.continue };
        return answerJson(
          response,
          200,
          url.pathname.endsWith('/pods') ? { metadata, items: answer.items } : (answer.items[0] ?? {}),
        );
      }
      response.writeHead(200);
      for (const event of answer.events) response.write(`${JSON.stringify(event)}\n`);
      if (answer.break) setTimeout(() => request.socket.destroy(), 5);
      else response.end();
    },
  });
  const transport = httpTransport({
    server: server.url,
    credentials: fixedCredentials({}),
    clock: systemClock,
  });
  const client = createClient(transport, { clock: clockOf(300_000) });
  const abort = new AbortController();
  const events: string[] = [];
  try {
    const options = {
      clock: clockOf(300_000),
      random: () => 0,
      signal: abort.signal,
      log: { warn: write, debug: write },
      namespace: 'ns',
      ...extra,
    };
    for await (const event of listWatch(client, PODS, options)) {
      const objects = event.type === 'sync' ? event.items : [event.object];
      events.push(
        `${event.type} ${objects.map(({ metadata }) => `${metadata?.name}@${metadata?.resourceVersion}`).join(' ')}`.trim(),
      );
      if (events.length === count) abort.abort();
    }
  } finally {
    await client.close();
  }
  return { events, requests: server.requests, log };
}

const event = (type: string, object: KubernetesObject) => ({ type, object });

describe('list-watch', () => {
  it('lists in pages, then tells what happens, from the version of the list on', async () => {
    const { events, requests } = await follow(
      {
        list: [
          { items: [pod('a', '1')], at: '10', continue: 'next' },
          { items: [pod('b', '2')], at: '10' },
        ],
        watch: [
          {
            events: [
              event('ADDED', pod('c', '11')),
              event('MODIFIED', pod('a', '12')),
              event('DELETED', pod('b', '13')),
            ],
          },
        ],
      },
      4,
      { pageSize: 1, labelSelector: 'app' },
    );
    expect(events).toEqual(['sync a@1 b@2', 'added c@11', 'modified a@12', 'deleted b@13']);
    expect(requests[1]).toContain('limit=1&continue=next');
    expect(requests[2]).toContain(
      'watch=true&resourceVersion=10&allowWatchBookmarks=true&timeoutSeconds=240&labelSelector=app',
    );
  });

  it('goes on from the last event or bookmark when a connection breaks', async () => {
    const { events, requests } = await follow(
      {
        list: [{ items: [], at: '1' }],
        watch: [
          {
            events: [
              event('ADDED', pod('a', '2')),
              event('BOOKMARK', { metadata: { resourceVersion: '9' } }),
            ],
            break: true,
          },
          { code: 500 },
          { events: [event('MODIFIED', pod('a', '10'))] },
        ],
      },
      3,
    );
    expect(events).toEqual(['sync', 'added a@2', 'modified a@10']);
    expect(requests.slice(2).every((request) => request.includes('resourceVersion=9'))).toBe(true);
    expect(requests).toHaveLength(4);
  });

  it('lists again when its version has expired, and tells what it missed', async () => {
    const { events } = await follow(
      {
        list: [
          { items: [pod('a', '1'), pod('b', '2'), pod('c', '3'), pod('same', '4')], at: '4' },
          { items: [pod('a', '7'), pod('c', '8', 'other'), pod('d', '9'), pod('same', '4')], at: '9' },
        ],
        watch: [{ events: [{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }] }],
      },
      6,
    );
    expect(events).toEqual([
      'sync a@1 b@2 c@3 same@4',
      'modified a@7',
      'deleted c@3',
      'added c@8',
      'added d@9',
      'deleted b@2',
    ]);
  });

  it('selects in the list only, and asks what became of those that left the selection', async () => {
    const { events, requests } = await follow(
      {
        list: [
          { items: [pod('a', '1'), pod('b', '2')], at: '2' },
          { items: [], at: '9' },
        ],
        watch: [{ code: 410, reason: 'Expired' }],
        get: [
          { items: [pod('a', '8')], at: '' },
          { code: 404, reason: 'NotFound' },
        ],
      },
      3,
      {
        select: {
          fieldSelector: 'state!=done',
          matches: ({ metadata }) => metadata?.resourceVersion !== '8',
        },
      },
    );
    expect(events).toEqual(['sync a@1 b@2', 'modified a@8', 'deleted b@2']);
    expect(requests[0]).toContain('fieldSelector=state%21%3Ddone');
    expect(requests[1]).not.toContain('fieldSelector');
  });

  it('selects by itself where the server does not know the selector', async () => {
    const { events } = await follow(
      {
        list: [
          { code: 400, reason: 'BadRequest' },
          { items: [pod('a', '1'), pod('b', '2')], at: '2' },
        ],
        watch: [],
      },
      1,
      { select: { fieldSelector: 'state!=done', matches: ({ metadata }) => metadata?.name === 'b' } },
    );
    expect(events).toEqual(['sync b@2']);
  });

  it('does without pages when they expire', async () => {
    const { events } = await follow(
      {
        list: [
          { items: [pod('a', '1')], at: '1', continue: 'x' },
          { code: 410, reason: 'Expired' },
          { items: [pod('a', '1'), pod('b', '5')], at: '5' },
        ],
        watch: [],
      },
      1,
    );
    expect(events).toEqual(['sync a@1 b@5']);
  });

  it('polls where watching is forbidden, and says so once', async () => {
    const { events, log } = await follow(
      {
        list: [
          { items: [pod('a', '1')], at: '1' },
          { items: [pod('a', '1')], at: '1' },
          { items: [pod('a', '2')], at: '2' },
          { items: [], at: '3' },
        ],
        watch: [{ code: 403, reason: 'Forbidden' }],
      },
      3,
    );
    expect(events).toEqual(['sync a@1', 'modified a@2', 'deleted a@2']);
    expect(log).toEqual(['Watching is forbidden, polling instead']);
  });

  it('leaves a connection that hangs', async () => {
    const { events } = await follow(
      { list: [{ items: [], at: '1' }], watch: ['hang', { events: [event('ADDED', pod('a', '2'))] }] },
      2,
      { clock: clockOf(20) },
    );
    expect(events).toEqual(['sync', 'added a@2']);
  });

  it('throws when the first list is refused, and only then', async () => {
    await expect(follow({ list: [{ code: 403, reason: 'Forbidden' }], watch: [] }, 1)).rejects.toThrow(
      ApiError,
    );
    const { events } = await follow({ list: [{ code: 500 }, { items: [], at: '1' }], watch: [] }, 1);
    expect(events).toEqual(['sync']);
  });
});
