import { createServer } from 'node:https';
import { once } from 'node:events';
import { text as readText } from 'node:stream/consumers';
import { selfSignedCertificate } from '../../../src/sandbox/tls/self-signed-certificate.ts';
import { conformanceCase } from '../conformance-case.ts';
import type { Answer, Conversation } from '../conversation.ts';

type Reply = Record<string, unknown>;
interface Review {
  request: { uid: string; name?: string } & Record<string, unknown>;
}

/** A webhook server of the test's, and what it was asked. */
async function openHook(t: Conversation, reply: (review: Review) => Reply) {
  const names = { dns: [], addresses: [t.cluster.hostAddress] };
  const { certificate, key } = selfSignedCertificate('webhook', names, new Date());
  const asked: Review[] = [];
  const server = createServer({ cert: certificate, key }, (request, response) => {
    void readText(request).then((body) => {
      const review = JSON.parse(body) as Review;
      asked.push(review);
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: { uid: review.request.uid, ...reply(review) },
        }),
      );
    });
  });
  server.listen(0, t.cluster.hostAddress);
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    asked,
    clientConfig: {
      url: `https://${t.cluster.hostAddress}:${port}/hook`,
      caBundle: Buffer.from(certificate).toString('base64'),
    },
  };
}

type HookKind = 'Mutating' | 'Validating';

const pathOf = (kind: HookKind) =>
  `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}webhookconfigurations`;

/** Registers a webhook for the ConfigMaps of the case's namespace, and waits until the cluster asks it. */
async function register(
  t: Conversation,
  kind: HookKind,
  webhook: object,
  seen: (answer: Answer) => boolean,
  name = `hook-${t.token}`,
): Promise<void> {
  const path = pathOf(kind);
  t.after(() => t.delete(`${path}/${name}`));
  await t.quietly(() =>
    t.post(path, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: `${kind}WebhookConfiguration`,
      metadata: { name },
      webhooks: [
        {
          name: 'hook.example.com',
          rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': t.namespace } },
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          ...webhook,
        },
      ],
    }),
  );
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    const answer = await t.quietly(() => t.post(`${maps(t)}?dryRun=All`, configMap('probe')));
    if (seen(answer)) return;
  }
}

const maps = (t: Conversation) => `/api/v1/namespaces/${t.namespace}/configmaps`;
const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

const patch = (operations: object[]) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

const labelled = ({ object }: Answer): boolean => Object(object.metadata['labels'])['by'] === 'hook';

conformanceCase('webhooks-mutating', 'changes what is created and updated', async (t) => {
  const hook = await openHook(t, () =>
    patch([{ op: 'add', path: '/metadata/labels', value: { by: 'hook' } }]),
  );
  await register(t, 'Mutating', { clientConfig: hook.clientConfig }, labelled);
  await t.post(maps(t), configMap('a'));
  await t.put(`${maps(t)}/a`, configMap('a', { x: '1' }));
  await t.patch(`${maps(t)}/a`, 'merge', { data: { x: '2' } });
});

conformanceCase('webhooks-mutating', 'is asked in a review', async (t) => {
  const hook = await openHook(t, () => ({ allowed: true, warnings: ['look out'] }));
  await register(
    t,
    'Mutating',
    { clientConfig: hook.clientConfig },
    ({ headers }) => headers['warning'] !== undefined,
  );
  hook.asked.length = 0;
  await t.post(`${maps(t)}?fieldManager=me`, configMap('a'));
  await t.delete(`${maps(t)}/a`);
  for (const review of hook.asked) {
    const { userInfo: _userInfo, uid: _uid, ...request } = review.request;
    t.note('asked', { ...review, request });
  }
});

conformanceCase(
  'webhooks-mutating',
  'a patch that makes the object invalid, or no patch, is refused',
  async (t) => {
    const hook = await openHook(t, ({ request }) =>
      request.name === 'bad-patch'
        ? patch([{ op: 'test', path: '/metadata/name', value: 'other' }])
        : patch([{ op: 'add', path: '/metadata/labels', value: { by: 'hook', 'a b': 'c' } }]),
    );
    await register(t, 'Mutating', { clientConfig: hook.clientConfig }, ({ status }) => status === 422);
    await t.post(maps(t), configMap('a'));
    await t.post(maps(t), configMap('bad-patch'));
  },
);

conformanceCase('webhooks-validating', 'refuses with its own words', async (t) => {
  const replies: Record<string, Reply> = {
    plain: { allowed: false },
    message: { allowed: false, status: { message: 'not today' } },
    reason: { allowed: false, status: { reason: 'Forbidden', code: 403 } },
    warned: { allowed: true, warnings: ['once', 'twice'] },
  };
  const hook = await openHook(t, ({ request }) => replies[request.name ?? ''] ?? { allowed: false });
  await register(t, 'Validating', { clientConfig: hook.clientConfig }, ({ status }) => status >= 400);
  for (const name of Object.keys(replies)) await t.post(maps(t), configMap(name));
});

conformanceCase(
  'webhooks-validating',
  'is asked about deletes, and not about what it does not select',
  async (t) => {
    const hook = await openHook(t, ({ request }) => ({
      allowed: request['operation'] !== 'DELETE',
      warnings: ['asked'],
    }));
    const clientConfig = hook.clientConfig;
    await register(t, 'Validating', { clientConfig }, ({ headers }) => headers['warning'] !== undefined);
    await t.post(maps(t), configMap('a'));
    await t.delete(`${maps(t)}/a`);
    await t.post(`/api/v1/namespaces/${t.namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a' },
    });
  },
);

conformanceCase('webhooks-validating', 'is asked only about objects with certain labels', async (t) => {
  const hook = await openHook(t, () => ({ allowed: false }));
  const webhook = {
    clientConfig: hook.clientConfig,
    objectSelector: { matchExpressions: [{ key: 'free', operator: 'DoesNotExist' }] },
  };
  await register(t, 'Validating', webhook, ({ status }) => status >= 400);
  await t.post(maps(t), { ...configMap('a'), metadata: { name: 'a', labels: { free: 'yes' } } });
  await t.post(maps(t), configMap('b'));
});

conformanceCase('webhook-failures', 'nobody answers', async (t) => {
  const clientConfig = { url: `https://${t.cluster.hostAddress}:1/hook` };
  await register(t, 'Validating', { clientConfig }, ({ status }) => status >= 400);
  await t.post(maps(t), configMap('a'));
});

conformanceCase('webhook-failures', 'a failure may be ignored', async (t) => {
  const closed = { url: `https://${t.cluster.hostAddress}:1/hook` };
  const hook = await openHook(t, () => ({ allowed: true, warnings: ['asked'] }));
  await register(t, 'Mutating', { clientConfig: closed, failurePolicy: 'Ignore' }, () => true);
  await register(
    t,
    'Validating',
    { clientConfig: hook.clientConfig },
    ({ headers }) => headers['warning'] !== undefined,
  );
  await t.post(maps(t), configMap('a'));
});

conformanceCase('webhook-failures', 'an answer that is none is refused', async (t) => {
  const hook = await openHook(t, ({ request }) =>
    request.name === 'uid' ? { uid: 'other', allowed: true } : { allowed: true, patch: 'W10=' },
  );
  await register(t, 'Validating', { clientConfig: hook.clientConfig }, ({ status }) => status >= 400);
  await t.post(maps(t), configMap('uid'));
  await t.post(maps(t), configMap('patched'));
});

/** Refuses everything that it is asked about, what the case waits with as well. */
const refusing = () => ({ allowed: false, status: { message: 'asked' } });
const refusedProbe = ({ status }: Answer) => status >= 400;
const onlyIf = (...expressions: string[]) => ({
  matchConditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })),
});

conformanceCase('webhook-conditions', 'of the object, its metadata and its data', async (t) => {
  const hook = await openHook(t, refusing);
  const conditions = onlyIf(
    "request.operation == 'CREATE'",
    "object.metadata.name in ['b', 'probe'] || has(object.data) && object.data.?size.orValue('') == '1'",
  );
  const webhook = { clientConfig: hook.clientConfig, ...conditions };
  await register(t, 'Validating', webhook, refusedProbe);
  await t.post(maps(t), configMap('a'));
  await t.post(maps(t), configMap('b'));
  await t.post(maps(t), { ...configMap('c'), data: { size: '1' } });
  await t.patch(`${maps(t)}/a`, 'merge', { data: { size: '1' } });
});

conformanceCase('webhook-conditions', 'of the request, and of what was there', async (t) => {
  const hook = await openHook(t, refusing);
  const conditions = onlyIf(
    "request.resource.resource == 'configmaps' && request.userInfo.groups.exists(group, group.startsWith('system:'))",
    "request.operation != 'DELETE' || oldObject.metadata.name == 'b'",
    "!(request.operation == 'CREATE' && object.metadata.name in ['a', 'b'])",
  );
  const webhook = { clientConfig: hook.clientConfig, ...conditions };
  await register(t, 'Validating', webhook, refusedProbe);
  for (const name of ['a', 'b']) await t.post(maps(t), configMap(name));
  await t.delete(`${maps(t)}/a`);
  await t.delete(`${maps(t)}/b`);
});

for (const failurePolicy of ['Fail', 'Ignore'])
  conformanceCase('webhook-conditions', `one that cannot be evaluated: ${failurePolicy}`, async (t) => {
    const hook = await openHook(t, refusing);
    const conditions = onlyIf(
      "object.metadata.name == 'probe' || object.data.missing == object.metadata.name",
      "object.metadata.name != 'other'",
    );
    const webhook = { clientConfig: hook.clientConfig, failurePolicy, ...conditions };
    await register(t, 'Validating', webhook, refusedProbe);
    for (const name of ['a', 'other']) {
      const { status, object } = await t.quietly(() => t.post(maps(t), configMap(name)));
      t.note(`${status < 400 ? '' : 'error: '}${name}`, { status, reason: object['reason'] });
    }
  });

conformanceCase('webhook-conditions', 'conditions that are refused', async (t) => {
  const webhook = {
    name: 'hook.example.com',
    clientConfig: { url: 'https://127.0.0.1:1/hook' },
    rules: [],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  };
  const good = { name: 'good', expression: 'true' };
  for (const matchConditions of [
    [{ name: 'a' }],
    [{ expression: 'true' }],
    [good, good],
    [{ ...good, name: 'a b' }],
  ])
    await t.post(`${pathOf('Validating')}?dryRun=All`, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: `hook-${t.token}` },
      webhooks: [{ ...webhook, matchConditions }],
    });
  for (const expression of ['1 +', 'object.metadata.name + 1', "'text'", 'unknown.thing']) {
    const answer = await t.quietly(() =>
      t.post(`${pathOf('Validating')}?dryRun=All`, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: `hook-${t.token}` },
        webhooks: [{ ...webhook, matchConditions: [{ name: 'a', expression }] }],
      }),
    );
    const details = (answer.object['details'] ?? {}) as { causes?: { field: string; reason: string }[] };
    const causes = (details.causes ?? []).map(({ field, reason }) => ({ field, reason }));
    t.note(`error: ${expression}`, { status: answer.status, causes });
  }
});

conformanceCase('dry-run-admission', 'a webhook hears of a dry run', async (t) => {
  const hook = await openHook(t, ({ request }) => ({
    allowed: true,
    warnings: [`dryRun ${String(request['dryRun'])}`],
  }));
  await register(
    t,
    'Validating',
    { clientConfig: hook.clientConfig, sideEffects: 'NoneOnDryRun' },
    ({ headers }) => headers['warning'] !== undefined,
  );
  await t.post(`${maps(t)}?dryRun=All`, configMap('a'));
  await t.post(maps(t), configMap('a'));
});

conformanceCase('dry-run-admission', 'a mutating webhook changes what a dry run shows', async (t) => {
  const hook = await openHook(t, () =>
    patch([{ op: 'add', path: '/metadata/labels', value: { by: 'hook' } }]),
  );
  await register(t, 'Mutating', { clientConfig: hook.clientConfig }, labelled);
  await t.post(`${maps(t)}?dryRun=All`, configMap('a'));
  await t.get(`${maps(t)}/a`);
});

conformanceCase('dry-run-admission', 'quota is held in a dry run, and not used by it', async (t) => {
  const quotas = `/api/v1/namespaces/${t.namespace}/resourcequotas`;
  await t.quietly(() =>
    t.post(quotas, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q' },
      spec: { hard: { secrets: '1' } },
    }),
  );
  await t.until(`${quotas}/q`, ({ status }) => Object(Object(status)['used'])['secrets'] === '0');
  const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name } });
  const path = `/api/v1/namespaces/${t.namespace}/secrets`;
  await t.post(`${path}?dryRun=All`, secret('a'));
  await t.post(path, secret('a'));
  await t.post(`${path}?dryRun=All`, secret('b'));
});
