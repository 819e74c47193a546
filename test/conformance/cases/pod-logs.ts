import { setTimeout as delay } from 'node:timers/promises';
import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import { runPod, sh } from '../pod-of-case.ts';

const log = (t: Conversation, query = '') => `/api/v1/namespaces/${t.namespace}/pods/p/log${query}`;
const running = ({ phase }: { phase?: string }) => phase === 'Running';
const main = (script: string, more: object = {}) => ({
  ...more,
  containers: [{ name: 'main', command: sh(script) }],
});
const ended = (t: Conversation) => runPod(t, { spec: main('for i in 1 2 3 4 5; do echo line $i; done') });

conformanceCase('log-tail', 'the last lines', async (t) => {
  await ended(t);
  for (const lines of [1, 3, 5, 99]) await t.get(log(t, `?tailLines=${lines}`));
});
conformanceCase('log-tail', 'with a limit of bytes, and with times', async (t) => {
  await ended(t);
  await t.get(log(t, '?tailLines=3&limitBytes=8'));
  const { body } = await t.quietly(() => t.get(log(t, '?tailLines=2&timestamps=true')));
  t.note('with times', String(body).replaceAll(TIME, 'TIME'));
});
conformanceCase('log-tail', 'numbers that are none', async (t) => {
  await ended(t);
  for (const lines of ['-1', 'x', '1.5']) await t.get(log(t, `?tailLines=${lines}`));
});

conformanceCase('log-since', 'of long ago, and of times to come', async (t) => {
  await ended(t);
  await t.get(log(t, '?sinceSeconds=3600'));
  await t.get(log(t, '?sinceTime=2001-01-01T00:00:00Z'));
  await t.get(log(t, '?sinceTime=2101-01-01T00:00:00Z'));
});
conformanceCase('log-since', 'from the time of a line on', async (t) => {
  await runPod(t, { spec: main('echo one; sleep 1.2; echo two; sleep 1.2; echo three') });
  const { body } = await t.quietly(() => t.get(log(t, '?timestamps=true')));
  const second = String(body).split('\n')[1]?.split(' ')[0] ?? '';
  const { body: rest } = await t.quietly(() => t.get(log(t, `?sinceTime=${second}`)));
  t.note('lines', rest);
});
conformanceCase('log-since', 'times that are none, and both at once', async (t) => {
  await ended(t);
  for (const query of ['sinceSeconds=0', 'sinceSeconds=x', 'sinceTime=yesterday']) {
    const { status, object } = await t.quietly(() => t.get(log(t, `?${query}`)));
    t.note(`error: ${query}`, { status, reason: object['reason'] });
  }
  await t.get(log(t, '?sinceSeconds=5&sinceTime=2001-01-01T00:00:00Z'));
});

conformanceCase('log-follow', 'until the container ends', async (t) => {
  await runPod(t, { spec: main('echo one; sleep 1; echo two'), until: running });
  await t.get(log(t, '?follow=true'));
});
conformanceCase('log-follow', 'the last lines first', async (t) => {
  await runPod(t, { spec: main('echo one; echo two; sleep 2; echo three'), until: running });
  await untilLogged(t, 'two');
  await t.get(log(t, '?follow=true&tailLines=1'));
});
conformanceCase('log-follow', 'what has ended already, to a limit of bytes', async (t) => {
  await ended(t);
  await t.get(log(t, '?follow=true&limitBytes=13'));
});
conformanceCase('log-follow', 'a container that does not begin, or is not there', async (t) => {
  const image = 'example.com/unheard/of:1';
  await runPod(t, {
    spec: { containers: [{ name: 'main', image, imagePullPolicy: 'Never' }] },
    until: ({ containerStatuses }) => containerStatuses?.[0]?.state.waiting?.reason === 'ErrImageNeverPull',
  });
  await t.get(log(t, '?follow=true'));
  await t.get(log(t, '?follow=true&container=other'));
});

const AGAIN = { restartPolicy: 'OnFailure' };
/** Fails at first, and then runs. */
const twice =
  'if test -e /state/first; then echo second; sleep 3600 & trap "exit 0" TERM; wait; fi; touch /state/first; echo first; exit 1';
const withState = (script: string) => ({
  ...AGAIN,
  volumes: [{ name: 'state', emptyDir: {} }],
  containers: [{ name: 'main', command: sh(script), volumeMounts: [{ name: 'state', mountPath: '/state' }] }],
});
const restarted = {
  spec: withState(twice),
  until: ({
    containerStatuses: [first] = [],
  }: {
    containerStatuses?: { restartCount: number; state: object }[];
  }) => first !== undefined && first.restartCount > 0 && 'running' in first.state,
};

conformanceCase('log-previous', 'of the run before', async (t) => {
  await runPod(t, restarted);
  await untilLogged(t, 'second');
  await t.get(log(t));
  await t.get(log(t, '?previous=true'));
});
conformanceCase('log-previous', 'in part', async (t) => {
  await runPod(t, restarted);
  await t.get(log(t, '?previous=true&limitBytes=3'));
  await t.get(log(t, '?previous=true&tailLines=0'));
  await t.get(log(t, '?previous=true&follow=true'));
});
conformanceCase('log-previous', 'of a container that ran once', async (t) => {
  await ended(t);
  await t.get(log(t, '?previous=true'));
  await t.get(log(t, '?previous=maybe'));
});

conformanceCase('log-timestamps', 'every line has one, in order', async (t) => {
  await ended(t);
  const { body } = await t.quietly(() => t.get(log(t, '?timestamps=true')));
  const times = [...String(body).matchAll(TIME)].map(([time]) => time);
  t.note('in order', times.toSorted().join() === times.join());
  t.note('lines', String(body).replaceAll(TIME, 'TIME'));
});
conformanceCase('log-timestamps', 'of a line that has no end', async (t) => {
  await runPod(t, { spec: main('echo one; printf two') });
  const { body } = await t.quietly(() => t.get(log(t, '?timestamps=true')));
  t.note('lines', String(body).replaceAll(TIME, 'TIME'));
});
conformanceCase('log-timestamps', 'of a container that is not there', async (t) => {
  await ended(t);
  await t.get(log(t, '?timestamps=true&container=other'));
});

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;

async function untilLogged(t: Conversation, line: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const { body } = await t.quietly(() => t.get(log(t)));
    if (String(body).split('\n').includes(line)) return;
    await delay(50);
  }
  throw new Error(`the log never said “${line}”`);
}
