import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  Log,
  PortForward,
  makeInformer,
} from '@kubernetes/client-node';
import type { V1ConfigMap, V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestCluster } from '../integration/test-cluster.ts';
import type { TestCluster } from '../integration/test-cluster.ts';
import { IMAGES } from '../integration/images.ts';
import { serverPod } from './server-pod.ts';

let cluster: TestCluster;
let namespace: string;
const config = new KubeConfig();
let core: CoreV1Api;
beforeAll(async () => {
  cluster = await openTestCluster();
  namespace = await cluster.createNamespace();
  config.loadFromFile(cluster.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name: 'talker' },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'main', image: IMAGES.shell, command: ['sh', '-c', 'echo hello; sleep 600'] }],
      },
    },
  });
}, 120_000);
afterAll(() => cluster?.close(), 120_000);

async function ready(name: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { status } = await core.readNamespacedPod({ namespace, name });
    if (status?.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${name} is not ready`);
}

it('@kubernetes/client-node: an informer follows changes', { timeout: 60_000 }, async () => {
  const list = () => core.listNamespacedConfigMap({ namespace });
  const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, list);
  const seen: string[] = [];
  const complete = Promise.withResolvers<void>();
  const note = (what: string) => (object: V1ConfigMap) => {
    if (object.metadata?.name === 'a') seen.push(what);
    if (what === 'delete') complete.resolve();
  };
  informer.on('add', note('add'));
  informer.on('update', note('update'));
  informer.on('delete', note('delete'));
  await informer.start();
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a' } } });
  const body = await core.readNamespacedConfigMap({ namespace, name: 'a' });
  body.data = { k: 'v' };
  await core.replaceNamespacedConfigMap({ namespace, name: 'a', body });
  await core.deleteNamespacedConfigMap({ namespace, name: 'a' });
  await complete.promise;
  await informer.stop();
  expect(seen).toEqual(['add', 'update', 'delete']);
});

it('@kubernetes/client-node: an exec gives output and exit code', { timeout: 60_000 }, async () => {
  await ready('talker');
  const stdout = new PassThrough();
  const output = text(stdout);
  const { promise: status, resolve } = Promise.withResolvers<V1Status>();
  const command = ['sh', '-c', 'echo from inside; exit 4'];
  await new Exec(config).exec(namespace, 'talker', 'main', command, stdout, null, null, false, resolve);
  const { status: outcome, details } = await status;
  stdout.end();
  expect(await output).toBe('from inside\n');
  expect(outcome).toBe('Failure');
  expect(details?.causes).toEqual([{ reason: 'ExitCode', message: '4' }]);
});

it('@kubernetes/client-node: a log is read', { timeout: 60_000 }, async () => {
  await ready('talker');
  const stream = new PassThrough();
  const content = text(stream);
  await new Log(config).log(namespace, 'talker', 'main', stream, {});
  expect(await content).toBe('hello\n');
});

it('@kubernetes/client-node: a port of a pod is reached', { timeout: 60_000 }, async () => {
  await core.createNamespacedPod({ namespace, body: serverPod('server') });
  await ready('server');
  const [request, response, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const forward = new PortForward(config);
  const connection = await forward.portForward(namespace, 'server', [8080], response, errors, request);
  try {
    request.write('GET / HTTP/1.1\r\nHost: server\r\n\r\n');
    let answer = '';
    for await (const chunk of response) {
      answer += String(chunk);
      if (answer.endsWith('\r\n\r\nhello')) break;
    }
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(errors.readableLength).toBe(0);
  } finally {
    if (typeof connection !== 'function') connection.close();
  }
});

it(
  '@kubernetes/client-node: generic objects are created, patched and deleted',
  { timeout: 60_000 },
  async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'generic', namespace } };
    await objects.create(object);
    const patched = await objects.patch<V1ConfigMap>({ ...object, data: { a: 'b' } });
    expect(patched.data).toEqual({ a: 'b' });
    await objects.delete(object);
    await expect(objects.read(object)).rejects.toThrow(ApiException);
  },
);

it('@kubernetes/client-node: what the server refuses comes as its Status', { timeout: 60_000 }, async () => {
  const apps = config.makeApiClient(AppsV1Api);
  const refused = apps.createNamespacedDeployment({
    namespace,
    body: {
      metadata: { name: 'wrong' },
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: {
          metadata: { labels: { app: 'b' } },
          spec: { containers: [{ name: 'c', image: 'busybox' }] },
        },
      },
    },
  });
  await expect(refused).rejects.toMatchObject({ code: 422 });
  await expect(refused).rejects.toThrow('`selector` does not match template `labels`');
});
