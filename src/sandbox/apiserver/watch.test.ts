import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../kubernetes/clock.ts';
import { movableClock } from '../faults/movable-clock.ts';
import { createApiServer } from './api-server.ts';
import type { ApiServer, ApiServerOptions } from './api-server.ts';

const servers: ApiServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

interface Line {
  type: string;
  object: { kind: string; metadata: { name?: string; resourceVersion: string; annotations?: object } };
}

function open(options: Partial<ApiServerOptions> = {}) {
  const server = createApiServer({ clock: systemClock, random: Math.random, ...options });
  servers.push(server);
  const send = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', name: string, query: string, body?: object) =>
    server.handle({
      method,
      path: `/api/v1/namespaces/default/configmaps${name && `/${name}`}`,
      query: new URLSearchParams(query),
      headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
      body: Buffer.from(body ? JSON.stringify(body) : ''),
      signal: new AbortController().signal,
    });
  return {
    server,
    create: (name: string, more: object = {}) => send('POST', '', '', { metadata: { name, ...more } }),
    change: (name: string, patch: object) => send('PATCH', name, '', patch),
    remove: (name: string) => send('DELETE', name, ''),
    watch: async (query: string) => (await send('GET', '', `watch=true&${query}`)).body as Readable,
  };
}

const linesOf = (content: string): Line[] =>
  content
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** The next lines of a watch, as they come. */
async function take(body: Readable, count: number): Promise<Line[]> {
  const found: Line[] = [];
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    found.push(...linesOf((chunk as Buffer).toString()));
    if (found.length >= count) break;
  }
  return found;
}

describe('a watch', () => {
  it('brings many watchers all changes, in order', async () => {
    const { create, change, watch } = open();
    await create('a');
    const bodies = await Promise.all(Array.from({ length: 50 }, () => watch('')));
    for (let count = 1; count <= 40; count += 1) await change('a', { data: { count: String(count) } });
    for (const body of bodies) {
      const versions = (await take(body, 41)).map(({ object }) => Number(object.metadata.resourceVersion));
      expect(versions).toHaveLength(41);
      expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    }
  });

  it('that falls behind what is remembered ends, and is told 410 when it comes back', async () => {
    const { create, change, watch } = open({ historyLimit: 10 });
    await create('a');
    const slow = await watch('');
    const [first] = await take(slow, 1);
    slow.pause();
    for (let count = 1; count <= 60; count += 1)
      await change('a', { data: { filling: 'x'.repeat(9000), count } });
    for (let count = 1; count <= 60; count += 1) await change('a', { data: { count: String(count) } });
    const seen = linesOf(await text(slow));
    expect(seen.length).toBeLessThan(120);
    expect(seen.every(({ type }) => type === 'MODIFIED')).toBe(true);
    const again = await watch(`resourceVersion=${first?.object.metadata.resourceVersion}`);
    expect(linesOf(await text(again))).toMatchObject([
      { type: 'ERROR', object: { code: 410, reason: 'Expired' } },
    ]);
  });

  it('that asks for bookmarks gets one each minute and before its end', async () => {
    const clock = movableClock(systemClock);
    const { create, watch } = open({ clock });
    await create('a');
    const body = await watch('allowWatchBookmarks=true&timeoutSeconds=90');
    await take(body, 1);
    const minute = take(body, 1);
    clock.advance(60_000);
    expect(await minute).toMatchObject([{ type: 'BOOKMARK', object: { kind: 'ConfigMap' } }]);
    const last = take(body, 1);
    clock.advance(28_000);
    expect(await last).toMatchObject([{ type: 'BOOKMARK' }]);
    const end = text(body);
    clock.advance(2000);
    expect(await end).toBe('');
  });

  it('from a version that lies ahead tells of nothing before it', async () => {
    const { create, watch } = open();
    await create('a');
    const { object } = (await take(await watch(''), 1))[0] ?? {
      object: { metadata: { resourceVersion: '0' } },
    };
    const ahead = await watch(`resourceVersion=${Number(object.metadata.resourceVersion) + 1}`);
    await create('b');
    await create('c');
    expect(await take(ahead, 1)).toMatchObject([{ type: 'ADDED', object: { metadata: { name: 'c' } } }]);
  });

  it('through a selector says DELETED with the object as it last matched', async () => {
    const { create, change, watch } = open();
    const body = await watch('labelSelector=app%3Dx');
    await create('a', { labels: { app: 'x' } });
    await change('a', { metadata: { labels: { app: 'y' } }, data: { later: '1' } });
    const lines = await take(body, 2);
    expect(lines.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
    expect(lines[1]?.object).toMatchObject({ metadata: { labels: { app: 'x' } } });
    expect(lines[1]?.object).not.toHaveProperty('data');
  });
});
