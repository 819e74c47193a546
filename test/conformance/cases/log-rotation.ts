import { setTimeout as delay } from 'node:timers/promises';
import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import { runPod, sh } from '../pod-of-case.ts';

/**
 * A kubelet puts a log of more than 10 MiB aside, looking every ten seconds; whoever reads is shown what came after. How much that is is chance, so only
 * what must be there and what must not is looked for.
 */
const written = async (t: Conversation, after: string) => {
  // 12 MiB in lines of 64 letters, and then nothing until the log was put aside.
  const script = `echo the first line; head -c 12582912 /dev/zero | tr '\\0' x | fold -w 64; echo; trap "exit 0" TERM; ${after}`;
  await runPod(t, {
    spec: { containers: [{ name: 'main', command: sh(script) }] },
    until: ({ phase }) => phase === 'Running',
  });
};
const log = (t: Conversation, query = '') => `/api/v1/namespaces/${t.namespace}/pods/p/log${query}`;
const SAYS = 'for i in $(seq 600); do echo still here; sleep 0.2; done';

const untilSaid = async (t: Conversation, wanted: string): Promise<string> => {
  for (let attempt = 0; attempt < 900; attempt += 1) {
    const { body } = await t.quietly(() => t.get(log(t, '?tailLines=1')));
    if (String(body).trimEnd() === wanted) return wanted;
    await delay(50);
  }
  throw new Error(`the last line was never “${wanted}”`);
};

/** Until the beginning is gone: at most two of the kubelet's looks. */
const untilPutAside = async (t: Conversation) => {
  for (let attempt = 0; attempt < 900; attempt += 1) {
    const { body } = await t.quietly(() => t.get(log(t, '?limitBytes=14')));
    if (body !== '' && body !== 'the first line') return;
    await delay(50);
  }
  throw new Error('the log was never put aside');
};

conformanceCase('log-rotation', 'the beginning is shown no more', async (t) => {
  await written(t, SAYS);
  await untilPutAside(t);
  const { body } = await t.quietly(() => t.get(log(t)));
  t.note('first line', String(body).includes('the first line'));
});
conformanceCase('log-rotation', 'the last lines are', async (t) => {
  await written(t, SAYS);
  await untilPutAside(t);
  // On a slow machine that may happen while it is still being written.
  t.note('last line', await untilSaid(t, 'still here'));
});
conformanceCase('log-rotation', 'a reader who follows goes on to the end', async (t) => {
  await written(t, 'until test -e /tmp/enough; do echo still here; sleep 0.2; done; echo the end; exit 3');
  const following = t.quietly(() => t.get(log(t, '?follow=true&tailLines=1')));
  await untilPutAside(t);
  const pod = { name: 'p', namespace: t.namespace };
  await t.cluster.client.exec(pod, { command: ['touch', '/tmp/enough'] });
  const { body } = await following;
  t.note('error: the end', String(body).trimEnd().split('\n').at(-1));
});
