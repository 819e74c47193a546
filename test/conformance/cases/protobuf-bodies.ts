import { protobuf } from '../../../src/sandbox/testing/protobuf-bytes.ts';
import { conformanceCase } from '../conformance-case.ts';
import { createDefinition } from '../custom-resource-of-case.ts';

const { envelope, message, number, tag, text, varint } = protobuf;

const TYPE = 'application/vnd.kubernetes.protobuf';
const PROTOBUF = { headers: { 'content-type': TYPE } };
const NEVER = message(8);

const metadata = (name: string, ...others: number[][]) => message(1, text(1, name), NEVER, ...others);
const entry = (field: number, key: string, value: string) => message(field, text(1, key), text(2, value));
const configMap = (...content: number[][]) => envelope('v1', 'ConfigMap', ...content);

conformanceCase('protobuf-bodies', 'objects are created and updated', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  const labels = entry(11, 'app', 'x');
  await t.send('POST', path, {
    ...PROTOBUF,
    raw: configMap(metadata('a', labels), entry(2, 'text', 'two\nlines'), entry(3, 'bytes', '\0\x01')),
  });
  await t.send('PUT', `${path}/a`, { ...PROTOBUF, raw: configMap(metadata('a'), number(4, 1)) });
  await t.send('PUT', `${path}/a`, { ...PROTOBUF, raw: configMap(metadata('a'), entry(2, 'k', '')) });
  await t.send('PUT', `${path}/a`, { ...PROTOBUF, raw: configMap(metadata('a', text(6, '1'))) });
  // Neither the version nor the kind has to be there: the path has both.
  await t.send('POST', path, { ...PROTOBUF, raw: envelope('', '', metadata('b'), entry(2, 'empty', '')) });
  const type = `${TYPE}; charset=utf-8`;
  await t.send('POST', `${path}?dryRun=All&fieldValidation=Strict`, {
    headers: { 'content-type': type },
    raw: configMap(metadata('c'), text(90, 'what nobody knows')),
  });
});

conformanceCase('protobuf-bodies', 'quantities, ports and selectors', async (t) => {
  const quantity = (key: string, value: string) => message(1, text(1, key), message(2, text(1, value)));
  const container = message(
    2,
    text(1, 'main'),
    text(2, 'busybox'),
    message(8, quantity('cpu', '1500m'), quantity('memory', '1Gi')),
  );
  await t.send('POST', `/api/v1/namespaces/${t.namespace}/pods?dryRun=All`, {
    ...PROTOBUF,
    raw: envelope('v1', 'Pod', metadata('quantities'), message(2, container, number(4, 0))),
  });
  const port = (name: string, at: number, target: number[]) =>
    message(1, text(1, name), number(3, at), message(4, target));
  await t.send('POST', `/api/v1/namespaces/${t.namespace}/services?dryRun=All`, {
    ...PROTOBUF,
    raw: envelope(
      'v1',
      'Service',
      metadata('ports'),
      message(
        2,
        port('number', 80, [...number(1, 0), ...number(2, 8080)]),
        port('name', 81, [...number(1, 1), ...text(3, 'web')]),
        text(3, 'None'),
      ),
    ),
  });
  const app = (field: number) => message(field, entry(field === 2 ? 1 : 11, 'app', 'a'));
  await t.send('POST', `/apis/apps/v1/namespaces/${t.namespace}/deployments?dryRun=All`, {
    ...PROTOBUF,
    raw: envelope(
      'apps/v1',
      'Deployment',
      metadata('selectors'),
      message(2, number(1, 0), app(2), message(3, app(1), message(2, container))),
    ),
  });
});

conformanceCase('protobuf-bodies', 'what the kind refuses', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  const bodies = {
    'a wrong name': configMap(metadata('Wrong_Name')),
    'another kind': envelope('v1', 'Secret', metadata('a')),
    'another version': envelope('v2', 'ConfigMap', metadata('a')),
    'another group': envelope('apps/v1', 'Deployment', metadata('a')),
    'a kind that nobody knows': envelope('v1', 'Nothing', metadata('a')),
    'a group that nobody knows': envelope('example.com/v1', 'ConfigMap', metadata('a')),
    'a version of too many parts': envelope('a/b/c', 'ConfigMap', metadata('a')),
    'another namespace': configMap(metadata('a', text(3, 'other'))),
    'no name': configMap(message(1, NEVER)),
  };
  for (const [name, raw] of Object.entries(bodies)) {
    const { status, body } = await t.quietly(() => t.send('POST', path, { ...PROTOBUF, raw }));
    t.note(`error: ${name}`, { status, body });
  }
  const quota = message(2, message(1, text(1, 'cpu'), message(2, text(1, 'many'))));
  await t.send('POST', `/api/v1/namespaces/${t.namespace}/resourcequotas`, {
    ...PROTOBUF,
    raw: envelope('v1', 'ResourceQuota', metadata('a'), quota),
  });
});

conformanceCase('protobuf-bodies', 'bytes that are no message', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  const whole = configMap(metadata('a'));
  const bodies = {
    nothing: new Uint8Array(),
    JSON: Buffer.from('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}'),
    'a prefix alone': Buffer.from('k8s\0'),
    'a wrong prefix': Buffer.from('k8s\x01abc'),
    'an envelope that is cut short': whole.subarray(0, 12),
    'an object that is cut short': whole.subarray(0, -3),
    'metadata that are cut short': configMap([...tag(1, 2), 9, 10, 1]),
    'a number in place of metadata': configMap(number(1, 7)),
    'a text in place of a flag': configMap(metadata('a'), text(4, 'yes')),
    'a number without an end': configMap(metadata('a'), tag(4, 0), Array<number>(11).fill(255)),
    'a length below nothing': configMap(tag(1, 2), varint(2n ** 64n - 1n)),
    'field 0': configMap([2, 0]),
    'an end of what never began': configMap(tag(1, 4)),
    'an unknown wire type': configMap(tag(90, 7)),
  };
  for (const [name, raw] of Object.entries(bodies)) {
    const { status, body } = await t.quietly(() => t.send('POST', path, { ...PROTOBUF, raw }));
    t.note(`error: ${name}`, { status, body });
  }
});

conformanceCase('protobuf-bodies', 'options of a deletion', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  await t.quietly(() => t.post(path, { metadata: { name: 'a' } }));
  const options = (...content: number[][]) => envelope('v1', 'DeleteOptions', ...content);
  const remove = (raw: Uint8Array) => t.send('DELETE', `${path}/a`, { ...PROTOBUF, raw });
  await remove(options(message(2, text(1, 'another uid'))));
  await remove(options(text(4, 'Sideways')));
  await remove(options(text(5, 'All')));
  await remove(Uint8Array.from([...Buffer.from('k8s\0'), 255]));
  await remove(envelope('v1', 'ConfigMap', metadata('a')));
  await remove(options(number(1, 0), text(4, 'Background')));
});

conformanceCase('protobuf-bodies', 'parts of objects, and reviews', async (t) => {
  const core = `/api/v1/namespaces/${t.namespace}`;
  const controllers = `${core}/replicationcontrollers`;
  await t.quietly(() =>
    t.post(controllers, {
      metadata: { name: 'a' },
      spec: {
        replicas: 0,
        selector: { app: 'a' },
        template: {
          metadata: { labels: { app: 'a' } },
          spec: { containers: [{ name: 'c', image: 'busybox' }] },
        },
      },
    }),
  );
  const scale = (...spec: number[][]) =>
    envelope('autoscaling/v1', 'Scale', metadata('a', text(3, t.namespace)), message(2, ...spec));
  await t.send('PUT', `${controllers}/a/scale`, { ...PROTOBUF, raw: scale(number(1, -1)) });
  await t.send('PUT', `${controllers}/a/scale?dryRun=All`, { ...PROTOBUF, raw: scale(number(1, 3)) });
  await t.send('POST', `${core}/pods/absent/eviction`, {
    ...PROTOBUF,
    raw: envelope('policy/v1', 'Eviction', metadata('absent')),
  });
  await t.send('POST', `${core}/pods/absent/binding`, {
    ...PROTOBUF,
    raw: envelope('v1', 'Binding', metadata('absent'), message(2, text(1, 'Node'), text(3, 'nowhere'))),
  });
  await t.send('POST', `${core}/serviceaccounts/default/token`, {
    ...PROTOBUF,
    raw: envelope('authentication.k8s.io/v1', 'TokenRequest', message(1), message(2, number(4, 5))),
  });
  const asked = message(1, text(1, t.namespace), text(2, 'get'), text(5, 'pods'));
  const review = await t.quietly(() =>
    t.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      ...PROTOBUF,
      raw: envelope(
        'authorization.k8s.io/v1',
        'SelfSubjectAccessReview',
        message(1, NEVER),
        message(2, asked),
      ),
    }),
  );
  const { kind, spec } = review.object;
  t.note('a review', { status: review.status, kind, spec });
});

conformanceCase('protobuf-bodies', 'patches are never protobuf', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
  await t.quietly(() => t.post(path, { metadata: { name: 'a' } }));
  await t.send('PATCH', `${path}/a`, { ...PROTOBUF, raw: configMap(metadata('a')) });
  const { path: things, type } = await createDefinition(t, { schema: { type: 'object' } });
  await t.quietly(() => t.post(things, { ...type, metadata: { name: 'a' } }));
  await t.send('PATCH', `${things}/a`, {
    ...PROTOBUF,
    raw: envelope(type.apiVersion, type.kind, metadata('a')),
  });
});

// A real server of 1.34 closes the connection (it has no decoder, and meets that as a nil pointer).
conformanceCase(
  'protobuf-bodies',
  'custom resources are never protobuf',
  async (t) => {
    const { path, type } = await createDefinition(t, { schema: { type: 'object' } });
    const raw = envelope(type.apiVersion, type.kind, metadata('a'));
    for (const [method, at] of [
      ['POST', path],
      ['PUT', `${path}/a`],
    ] as const) {
      const { status, body } = await t.send(method, at, { ...PROTOBUF, raw });
      const { reason } = body as { reason: string };
      if (status !== 415 || reason !== 'UnsupportedMediaType') throw new Error(`${status}: ${reason}`);
    }
  },
  { sandboxOnly: true },
);

conformanceCase(
  'protobuf-bodies',
  'answers are never protobuf: whoever takes nothing else is told so',
  async (t) => {
    const path = `/api/v1/namespaces/${t.namespace}/configmaps`;
    const either = { accept: `${TYPE}, application/json` };
    const answered = await t.get(path, { headers: either });
    if (answered.headers['content-type'] !== 'application/json') throw new Error('JSON was not taken');
    const review = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const only = { headers: { accept: TYPE } };
    for (const { status, body } of [
      await t.get(path, only),
      await t.get(`${path}?watch=true`, only),
      await t.post(path, { metadata: { name: 'a' } }, only),
      await t.post(review, { spec: { nonResourceAttributes: { verb: 'get', path: '/' } } }, only),
      await t.get(`/apis/apps/v1/namespaces/${t.namespace}/deployments/absent/scale`, only),
    ]) {
      const { reason } = body as { reason: string };
      if (status !== 406 || reason !== 'NotAcceptable') throw new Error(`${status}: ${reason}`);
    }
    await t
      .quietly(() => t.get(`${path}/a`))
      .then(({ status }) => {
        if (status !== 404) throw new Error('a request that was refused had an effect');
      });
  },
  { sandboxOnly: true },
);
