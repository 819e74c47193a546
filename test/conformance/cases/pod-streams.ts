import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { conformanceCase } from '../conformance-case.ts';
import type { Answer, Conversation } from '../conversation.ts';
import { asked, channels } from '../pod-channels.ts';
import { podCase, runPod, sh } from '../pod-of-case.ts';

const main = (command: string[], more: object = {}) => ({ containers: [{ name: 'main', command, ...more }] });
const running = ({ phase }: { phase?: string }) => phase === 'Running';
const SERVER = main(sh('trap "exit 0" TERM; while :; do sleep 0.1; done'));
const withImage = { containers: [{ name: 'main', image: 'busybox:1.36' }] };
const pod = (t: Conversation) => `/api/v1/namespaces/${t.namespace}/pods/p`;

podCase('logs', 'both outputs, in order', {
  spec: main(sh('echo one; sleep 0.3; echo two >&2; sleep 0.3; echo three')),
});
conformanceCase('logs', 'the last lines, so many bytes, from the start', async (t) => {
  await runPod(t, { spec: main(sh('for i in 1 2 3 4 5; do echo line $i; done; printf unended')) });
  await t.get(`${pod(t)}/log?tailLines=2`);
  await t.get(`${pod(t)}/log?tailLines=0`);
  await t.get(`${pod(t)}/log?limitBytes=9`);
  await t.get(`${pod(t)}/log?sinceSeconds=3600`);
  await t.get(`${pod(t)}/log?sinceTime=2001-01-01T00:00:00Z&follow=true`);
});
conformanceCase('logs', 'with times', async (t) => {
  await runPod(t, { spec: main(sh('echo one; echo two')) });
  const { body } = await t.quietly(() => t.get(`${pod(t)}/log?timestamps=true`));
  t.note('log', String(body).replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z/g, 'TIME'));
});
conformanceCase('logs', 'of what is not there', async (t) => {
  await runPod(t, { spec: SERVER, until: running });
  await t.get(`${pod(t)}/log?previous=true`);
  await t.get(`${pod(t)}/log?container=other`);
  await t.get(`${pod(t)}/log?tailLines=-1`);
  await t.get(`${pod(t)}/log?sinceSeconds=0`);
  await t.get(`${pod(t)}/log?limitBytes=0`);
  await t.get(`/api/v1/namespaces/${t.namespace}/pods/absent/log`);
});
conformanceCase('logs', 'of a container that waits', async (t) => {
  await runPod(t, {
    spec: main(sh('true'), { image: 'example.com/unheard/of:1', imagePullPolicy: 'Never' }),
    until: ({ containerStatuses }) => containerStatuses?.[0]?.state.waiting?.reason === 'ErrImageNeverPull',
  });
  await t.get(`${pod(t)}/log`);
});
conformanceCase('logs', 'of one container of two', async (t) => {
  const command = sh('echo here');
  await runPod(t, {
    spec: {
      containers: [
        { name: 'a', command },
        { name: 'b', command },
      ],
    },
  });
  await t.get(`${pod(t)}/log`);
  await t.get(`${pod(t)}/log?container=b`);
});

async function exec(t: Conversation, command: string[], input?: string) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const outputs = Promise.all([text(stdout), text(stderr)]);
  const stdin = input === undefined ? undefined : new PassThrough().end(input);
  const { exitCode } = await t.cluster.client.exec(
    { name: 'p', namespace: t.namespace },
    { command, stdout, stderr, ...(stdin && { stdin }) },
  );
  stdout.end();
  stderr.end();
  const [out, err] = await outputs;
  return { exitCode, out, err };
}

conformanceCase('exec', 'both outputs, the exit code, and input', async (t) => {
  await runPod(t, { spec: SERVER, until: running });
  t.note('outputs', await exec(t, sh('echo out; echo err >&2')));
  t.note('error: exit code', await exec(t, sh('exit 17')));
  t.note('input', await exec(t, ['cat'], 'some\ninput'));
});
conformanceCase('exec', 'requests that ask for nothing that can be', async (t) => {
  await runPod(t, { spec: SERVER, until: running });
  await t.get(`${pod(t)}/exec?command=true&stdout=true`);
  await t.post(`${pod(t)}/exec?container=other&command=true&stdout=true`, {});
});

const refusal = async (what: Promise<unknown>) => {
  try {
    await what;
    return 'agreed';
  } catch (error) {
    const { response } = error as { response?: { status: number; body: string } };
    return response ? { status: response.status, body: response.body.trim() } : String(error);
  }
};

for (const protocol of ['v5.channel.k8s.io', 'v4.channel.k8s.io']) {
  conformanceCase('exec', `the messages of ${protocol}`, async (t) => {
    await runPod(t, { spec: SERVER, until: running });
    t.note('success', await channels(t, 'exec', asked('echo', 'hello'), [protocol]));
    t.note('error: exit code', await channels(t, 'exec', asked('sh', '-c', 'exit 3'), [protocol]));
    const missing = await channels(t, 'exec', asked('no-such-program'), [protocol]);
    t.note('error: missing', { ...missing, 3: missing['3']?.replaceAll(/[0-9a-f]{64}/g, 'ID') });
  });
}
conformanceCase('exec', 'a container that has ended', async (t) => {
  await runPod(t, { spec: main(sh('true')) });
  t.note('error: v5', await channels(t, 'exec', asked('true'), ['v5.channel.k8s.io']));
  const { status } = (await refusal(channels(t, 'exec', asked('true'), ['v4.channel.k8s.io']))) as {
    status?: number;
  };
  t.note('error: v4', status);
});

const streams: [string, string][] = [
  ['stdin', 'true'],
  ['stdout', 'true'],
  ['stderr', 'true'],
];
const input = (line: string) => Buffer.concat([Buffer.from([0]), Buffer.from(line)]);

for (const protocol of ['v5.channel.k8s.io', 'v4.channel.k8s.io']) {
  conformanceCase('attach', `input that is answered, with ${protocol}`, async (t) => {
    const spec = main(sh('read line; echo "got $line"; sleep 1; exit 3'), { stdin: true });
    await runPod(t, { spec, until: running });
    t.note('messages', await channels(t, 'attach', streams, [protocol], [input('hello\n')]));
  });
}
conformanceCase('attach', 'a container that has ended, or is not there', async (t) => {
  await runPod(t, { spec: main(sh('true')) });
  t.note('error: ended', await channels(t, 'attach', streams, ['v5.channel.k8s.io']));
  await t.get(`${pod(t)}/attach?stdout=true`);
  await t.get(`${pod(t)}/attach?stdout=true&container=other`);
});

conformanceCase('port-forward', 'a port on which nothing listens', async (t) => {
  await runPod(t, { spec: SERVER, until: running });
  const seen = await channels(t, 'portforward', [['ports', '4321']], ['v4.channel.k8s.io']);
  t.note('error: port', Object.keys(seen));
});
conformanceCase('port-forward', 'requests that are no upgrades', async (t) => {
  await runPod(t, { spec: SERVER, until: running });
  await t.get(`${pod(t)}/portforward`);
  await t.post(`${pod(t)}/portforward?ports=80`, {});
});
conformanceCase('port-forward', 'a WebSocket without a port, or with a wrong one', async (t) => {
  await runPod(t, { spec: SERVER, until: running });
  for (const ports of ['', '0', 'http', '70000']) {
    const query: [string, string][] = ports === '' ? [] : [['ports', ports]];
    const refused = await refusal(channels(t, 'portforward', query, ['v4.channel.k8s.io']));
    t.note(`error: ${ports || 'none'}`, refused);
  }
});

function refusedByName({ status, object }: Answer): void {
  if (status !== 501 || !/ephemeral ?containers/i.test(String(object['message'])))
    throw new Error(`answered with ${status}: ${String(object['message'])}`);
}

conformanceCase(
  'ephemeral-containers',
  'are refused by name',
  async (t) => {
    await runPod(t, { spec: SERVER, until: running });
    refusedByName(await t.get(`${pod(t)}/ephemeralcontainers`));
  },
  { sandboxOnly: true },
);
conformanceCase(
  'ephemeral-containers',
  'are refused in a patch',
  async (t) => {
    await runPod(t, { spec: SERVER, until: running });
    const spec = { ephemeralContainers: [{ name: 'debug', image: 'busybox:1.36' }] };
    refusedByName(await t.patch(`${pod(t)}/ephemeralcontainers`, 'strategic', { spec }));
  },
  { sandboxOnly: true },
);
conformanceCase('ephemeral-containers', 'cannot be had at a pod’s creation', async (t) => {
  await t.post(`/api/v1/namespaces/${t.namespace}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { ...withImage, ephemeralContainers: [{ name: 'debug', image: 'busybox:1.36' }] },
  });
});
