import { conformanceCase } from '../conformance-case.ts';
import type { Conversation } from '../conversation.ts';
import { asked, channels } from '../pod-channels.ts';
import { runPod, sh } from '../pod-of-case.ts';

const running = ({ phase }: { phase?: string }) => phase === 'Running';
const PROTOCOL = ['v5.channel.k8s.io'];
const [INPUT, SIZE] = [0, 4];
const message = (channel: number, text: string) => Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
const size = (width: number, height: number) =>
  message(SIZE, JSON.stringify({ Width: width, Height: height }));
const TERMINAL: [string, string][] = [
  ['stdin', 'true'],
  ['stdout', 'true'],
  ['tty', 'true'],
];
const typedAt = (...command: string[]): [string, string][] => [
  ...command.map((word): [string, string] => ['command', word]),
  ...TERMINAL,
];

const serve = (t: Conversation) =>
  runPod(t, {
    spec: { containers: [{ name: 'main', command: sh('trap "exit 0" TERM; while :; do sleep 0.1; done') }] },
    until: running,
  });

conformanceCase('terminal', 'an exec has one, and all output comes by one channel', async (t) => {
  await serve(t);
  const script = 'for fd in 0 1 2; do test -t $fd && echo $fd is one; done; echo err >&2; echo $TERM';
  t.note('messages', await channels(t, 'exec', typedAt(...sh(script)), PROTOCOL));
});
conformanceCase('terminal', 'an exec without one has none', async (t) => {
  await serve(t);
  const script = 'for fd in 0 1 2; do test -t $fd || echo $fd is none; done';
  t.note('messages', await channels(t, 'exec', asked(...sh(script)), PROTOCOL));
});
conformanceCase('terminal', 'it echoes what is typed, and ends a line with two letters', async (t) => {
  await serve(t);
  const query = typedAt(...sh('read line; echo "got $line"'));
  t.note('messages', await channels(t, 'exec', query, PROTOCOL, [message(INPUT, 'hello\n')]));
});
conformanceCase('terminal', 'it has the size that was said first, and those said later', async (t) => {
  await serve(t);
  const until = (wanted: string) =>
    `until test "$(stty size 2>/dev/null)" = "${wanted}"; do sleep 0.05; done; echo ${wanted};`;
  const channel = await t.cluster.transport.connect({
    path: `/api/v1/namespaces/${t.namespace}/pods/p/exec`,
    query: typedAt(...sh(until('33 101') + until('12 40'))),
    protocols: PROTOCOL,
  });
  let wanted = size(101, 33);
  // Again and again: a size that comes before the command has begun may be lost.
  const saying = setInterval(() => {
    channel.send(wanted).catch(() => clearInterval(saying)); // its end is for the reader to see
  }, 200);
  let seen = '';
  try {
    for await (const part of channel.messages) {
      if (part[0] !== 1) continue;
      seen += Buffer.from(part.subarray(1)).toString();
      if (seen.startsWith('33 101')) wanted = size(40, 12);
    }
  } finally {
    clearInterval(saying);
  }
  t.note('sizes', seen);
});
conformanceCase('terminal', 'the exit code of its command', async (t) => {
  await serve(t);
  t.note('error: exit code', await channels(t, 'exec', typedAt(...sh('echo bad; exit 9')), PROTOCOL));
});
conformanceCase('terminal', 'a container’s own is attached', async (t) => {
  const command = sh('test -t 0 && echo terminal; read line; echo "got $line"; sleep 1; exit 4');
  await runPod(t, {
    spec: { containers: [{ name: 'main', command, stdin: true, tty: true }] },
    until: running,
  });
  const seen = await channels(t, 'attach', TERMINAL, PROTOCOL, [message(INPUT, 'hello\n')]);
  t.note('answer', (seen['1'] ?? '').split('\r\n').includes('got hello'));
  t.note('error: end', seen['3']);
});
