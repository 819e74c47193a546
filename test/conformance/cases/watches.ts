import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';

const pathIn = (t: Conversation) => `/api/v1/namespaces/${t.namespace}/configmaps`;
const configMap = (name: string, labels?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(labels && { labels }) },
});
/** The cluster keeps a ConfigMap of its own in every namespace. */
const OWN = 'fieldSelector=metadata.name!%3Dkube-root-ca.crt';

/** The version of the namespace's list, when what every namespace gets is there. */
async function versionOf(t: Conversation): Promise<string> {
  await t.until(`${pathIn(t)}/kube-root-ca.crt`, (_object, status) => status === 200);
  const list = await t.quietly(() => t.get(pathIn(t)));
  return String(list.object.metadata.resourceVersion);
}

/** What a watch from a version brings; the version itself is different on every cluster. */
async function watchFrom(
  t: Conversation,
  version: string,
  query: string,
  enough?: Parameters<Conversation['watch']>[1],
): Promise<void> {
  const path = `${pathIn(t)}?watch=true&resourceVersion=${version}${query}`;
  t.note(`events${query}`, await t.quietly(() => t.watch(path, enough)));
}

conformanceCase('watch', 'creates, changes and deletes from a version on', async (t) => {
  const version = await versionOf(t);
  await t.quietly(async () => {
    await t.post(pathIn(t), configMap('a'));
    await t.patch(`${pathIn(t)}/a`, 'merge', { data: { x: '1' } });
    await t.delete(`${pathIn(t)}/a`);
  });
  await watchFrom(t, version, '', (events) => events.length === 3);
});

conformanceCase('watch', 'a single name', async (t) => {
  const version = await versionOf(t);
  await t.quietly(async () => {
    await t.post(pathIn(t), configMap('a'));
    await t.post(pathIn(t), configMap('b'));
    await t.patch(`${pathIn(t)}/b`, 'merge', { data: { x: '1' } });
  });
  await watchFrom(t, version, '&fieldSelector=metadata.name%3Db', (events) => events.length === 2);
});

conformanceCase('watch', 'what is there already, without a version', async (t) => {
  await versionOf(t);
  await t.quietly(() => t.post(pathIn(t), configMap('a')));
  await t.quietly(() => t.post(pathIn(t), configMap('b')));
  await t.watch(`${pathIn(t)}?watch=1&${OWN}`, (events) => events.length === 2);
});

conformanceCase('watch', 'a version that is none', async (t) => {
  await t.watch(`${pathIn(t)}?watch=true&resourceVersion=abc`);
});

conformanceCase('watch', 'as tables', async (t) => {
  await versionOf(t);
  await t.quietly(() => t.post(pathIn(t), configMap('a')));
  await t.quietly(() => t.post(pathIn(t), configMap('b')));
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const events = await t.quietly(() =>
    t.watch(`${pathIn(t)}?watch=true&${OWN}`, (found) => found.length === 2, { headers }),
  );
  t.note(
    'tables',
    events.map(({ type, object }) => ({
      type,
      shown: object.kind,
      columns: Array.isArray(object.columnDefinitions),
      count: Array.isArray(object.rows) ? object.rows.length : undefined,
    })),
  );
});

conformanceCase('watch-bookmarks', 'before the end of a watch that asks for them', async (t) => {
  const version = await versionOf(t);
  const query = `watch=true&resourceVersion=${version}&allowWatchBookmarks=true&timeoutSeconds=4`;
  const events = await t.quietly(() => t.watch(`${pathIn(t)}?${query}`));
  t.note('kinds of events', [...new Set(events.map(({ type }) => type))]);
  const [first] = events;
  t.note('bookmark', first && { ...first, object: { ...first.object, metadata: 'a version' } });
});

conformanceCase('watch-bookmarks', 'not where they are not asked for', async (t) => {
  const version = await versionOf(t);
  await watchFrom(t, version, '&timeoutSeconds=3');
});

conformanceCase('watch-bookmarks', 'with initial events that do not want them', async (t) => {
  await versionOf(t);
  const query =
    'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1&labelSelector=none';
  await t.watch(`${pathIn(t)}?${query}`);
});

conformanceCase('watch-bookmarks', 'are no way around the rules of initial events', async (t) => {
  await t.watch(`${pathIn(t)}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true`);
});

for (const [name, query] of [
  ['in the stream of a watch', 'watch=true&resourceVersion=1'],
  ['in the stream of a watch of one object', 'watch=true&resourceVersion=1&fieldSelector=metadata.name%3Da'],
  ['through a selector', 'watch=true&resourceVersion=1&labelSelector=a'],
] as const) {
  conformanceCase('watch-gone', name, async (t) => {
    const events = await t.quietly(() => t.watch(`${pathIn(t)}?${query}`, ({ length }) => length > 0));
    t.note(
      'error events',
      events.map(({ type, object }) => ({
        type,
        object: { ...object, message: String(object.message).replaceAll(/\d+/g, 'N') },
      })),
    );
  });
}

conformanceCase('watch-timeout', 'an idle watch', async (t) => {
  const version = await versionOf(t);
  await watchFrom(t, version, '&timeoutSeconds=1');
});

conformanceCase('watch-timeout', 'a watch from a version that is still to come', async (t) => {
  await t.watch(`${pathIn(t)}?watch=true&resourceVersion=999999999&timeoutSeconds=1`);
});

conformanceCase('watch-timeout', 'a time that is none', async (t) => {
  await t.watch(`${pathIn(t)}?watch=true&timeoutSeconds=soon`);
});

conformanceCase('send-initial-events', 'a bookmark tells that the state is complete', async (t) => {
  await versionOf(t);
  await t.quietly(() => t.post(pathIn(t), configMap('a')));
  await t.quietly(() => t.post(pathIn(t), configMap('b')));
  const query = `watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&${OWN}`;
  const events = await t.quietly(() =>
    t.watch(`${pathIn(t)}?${query}`, (found) => found.some(({ type }) => type === 'BOOKMARK')),
  );
  t.note(
    'events',
    events.map(({ type, object }) => {
      const { name, annotations } = object.metadata as { name?: string; annotations?: object };
      return { type, name, annotations };
    }),
  );
});

conformanceCase('send-initial-events', 'none when they are not wanted', async (t) => {
  await versionOf(t);
  const query = 'watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&timeoutSeconds=1';
  await t.watch(`${pathIn(t)}?${query}`);
});

for (const [name, query] of [
  ['without a match', 'watch=true&sendInitialEvents=true'],
  ['with another match', 'watch=true&sendInitialEvents=true&resourceVersionMatch=Exact'],
  ['a match without them', 'watch=true&resourceVersionMatch=NotOlderThan'],
  ['in a list', 'sendInitialEvents=true'],
] as const) {
  conformanceCase('send-initial-events', name, async (t) => {
    await t.get(`${pathIn(t)}?${query}`);
  });
}

conformanceCase('selector-watch', 'labels that come and go', async (t) => {
  const version = await versionOf(t);
  await t.quietly(async () => {
    await t.post(pathIn(t), configMap('a'));
    await t.patch(`${pathIn(t)}/a`, 'merge', { metadata: { labels: { app: 'x' } } });
    await t.patch(`${pathIn(t)}/a`, 'merge', { data: { y: '1' } });
    await t.patch(`${pathIn(t)}/a`, 'merge', { metadata: { labels: { app: 'z' } }, data: { y: '2' } });
    await t.patch(`${pathIn(t)}/a`, 'merge', { metadata: { labels: { app: 'x' } } });
    await t.delete(`${pathIn(t)}/a`);
  });
  await watchFrom(t, version, '&labelSelector=app%3Dx', (events) => events.length === 5);
});

conformanceCase('selector-watch', 'an object that is deleted without having matched', async (t) => {
  const version = await versionOf(t);
  await t.quietly(async () => {
    await t.post(pathIn(t), configMap('a', { app: 'y' }));
    await t.delete(`${pathIn(t)}/a`);
    await t.post(pathIn(t), configMap('b', { app: 'x' }));
  });
  await watchFrom(t, version, '&labelSelector=app%3Dx', (events) => events.length === 1);
});

conformanceCase('selector-watch', 'a selector that cannot be read', async (t) => {
  await t.watch(`${pathIn(t)}?watch=true&labelSelector=a%20b`);
  await t.watch(`${pathIn(t)}?watch=true&fieldSelector=data.x%3D1`);
});
