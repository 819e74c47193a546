import { conformanceCase } from '../conformance-case.ts';
import type { Answer, Conversation } from '../conversation.ts';

const pods = (t: Conversation) => `/api/v1/namespaces/${t.namespace}/pods`;

/** A pod that no node takes, so that only admission has to do with it. */
const pod = (name: string, resources: object = {}, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    nodeSelector: { never: 'there' },
    containers: [{ name: 'c', image: 'busybox', resources }],
    ...spec,
  },
});

const limitRange = (limits: object[]) => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'limits' },
  spec: { limits },
});

async function withLimits(t: Conversation, limits: object[]): Promise<void> {
  await t.quietly(() => t.post(`/api/v1/namespaces/${t.namespace}/limitranges`, limitRange(limits)));
}

/** Tries until the API server has seen what was made before, as its informers need a moment. */
async function untilAdmissionSees(
  t: Conversation,
  attempt: () => Promise<Answer>,
  seen: (answer: Answer) => boolean,
) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await t.quietly(attempt);
    if (seen(answer) || Date.now() > deadline) return;
  }
}

conformanceCase('limit-range', 'containers get the defaults of their namespace', async (t) => {
  await withLimits(t, [
    { type: 'Container', default: { cpu: '200m' }, defaultRequest: { cpu: '100m', memory: '1Mi' } },
  ]);
  await t.post(`${pods(t)}?dryRun=All`, pod('a'));
  await t.post(`${pods(t)}?dryRun=All`, pod('b', { requests: { cpu: '50m' } }));
});

conformanceCase('limit-range', 'containers keep to the bounds', async (t) => {
  await withLimits(t, [
    { type: 'Container', max: { cpu: '1' }, min: { cpu: '100m' }, maxLimitRequestRatio: { memory: '2' } },
  ]);
  const memory = { requests: { memory: '1Gi' }, limits: { memory: '1Gi' } };
  await t.post(
    `${pods(t)}?dryRun=All`,
    pod('a', { requests: { cpu: '2', memory: '1Gi' }, limits: { cpu: '2', memory: '1Gi' } }),
  );
  await t.post(
    `${pods(t)}?dryRun=All`,
    pod('b', { requests: { cpu: '10m', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } }),
  );
  await t.post(`${pods(t)}?dryRun=All`, pod('c', { requests: { memory: '1Gi' }, limits: { memory: '3Gi' } }));
  await t.post(`${pods(t)}?dryRun=All`, pod('d', memory));
});

conformanceCase('limit-range', 'pods and claims keep to the bounds', async (t) => {
  await withLimits(t, [
    { type: 'Pod', max: { memory: '1Gi' } },
    { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } },
  ]);
  await t.post(`${pods(t)}?dryRun=All`, pod('a'));
  await t.post(`${pods(t)}?dryRun=All`, pod('b', { limits: { memory: '2Gi' } }));
  for (const storage of ['100Mi', '1Gi', '3Gi']) {
    await t.post(`/api/v1/namespaces/${t.namespace}/persistentvolumeclaims?dryRun=All`, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'a' },
      spec: {
        storageClassName: 'none',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage } },
      },
    });
  }
});

async function withQuota(
  t: Conversation,
  spec: { hard: Record<string, string>; scopes?: string[] },
): Promise<void> {
  const path = `/api/v1/namespaces/${t.namespace}/resourcequotas`;
  await t.quietly(() =>
    t.post(path, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'quota' }, spec }),
  );
  await t.until(`${path}/quota`, ({ status }) => Object.keys(Object(Object(status)['used'])).length > 0);
}

conformanceCase('resource-quota', 'objects are counted', async (t) => {
  await withQuota(t, { hard: { 'count/leases.coordination.k8s.io': '1', services: '0' } });
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${t.namespace}/leases`;
  const lease = (name: string) => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name },
  });
  await t.post(leases, lease('a'));
  await t.post(leases, lease('b'));
  await t.post(`/api/v1/namespaces/${t.namespace}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'a' },
    spec: { ports: [{ port: 80 }] },
  });
});

conformanceCase('resource-quota', 'resources are counted', async (t) => {
  await withQuota(t, { hard: { 'requests.cpu': '1', 'limits.memory': '1Gi' } });
  const whole = { requests: { cpu: '700m' }, limits: { memory: '600Mi' } };
  await t.post(pods(t), pod('a'));
  await t.post(pods(t), pod('b', whole));
  await untilAdmissionSees(
    t,
    () => t.post(`${pods(t)}?dryRun=All`, pod('c', whole)),
    ({ status }) => status === 403,
  );
  await t.post(pods(t), pod('c', whole));
});

conformanceCase('resource-quota', 'scopes in which its resources have no meaning are refused', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/resourcequotas?dryRun=All`;
  const hard = { pods: '3', cpu: '1500m', 'example.com/thing': '1' };
  const expression = (scopeName: string, operator: string, values?: string[]) => ({
    hard,
    scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values && { values }) }] },
  });
  const specs: Record<string, object> = {
    'what best-effort pods do not ask for': { hard, scopes: ['BestEffort'] },
    'pods in a scope of volumes': { hard, scopes: ['VolumeAttributesClass'] },
    'a scope that is none': { hard, scopes: ['Nothing'] },
    'scopes that exclude each other': { hard: { pods: '1' }, scopes: ['BestEffort', 'NotBestEffort'] },
    'a part of a pod': { hard: { pods: '1500m' } },
    'a selector of what best-effort pods do not ask for': expression('BestEffort', 'Exists'),
    'a selector of a scope that is none': expression('Nothing', 'Exists'),
    'a scope by values that it does not have': expression('Terminating', 'In', ['a']),
    'an operator without values': expression('PriorityClass', 'In'),
    'an operator with values': expression('PriorityClass', 'Exists', ['a']),
    'an operator that is none': expression('PriorityClass', 'Like', ['a']),
  };
  for (const [name, spec] of Object.entries(specs)) {
    const { status, body } = await t.quietly(() => t.post(path, { metadata: { name: 'a' }, spec }));
    t.note(`error: ${name}`, { status, body });
  }
  const accepted = await t.quietly(() =>
    t.post(path, { metadata: { name: 'a' }, spec: expression('PriorityClass', 'In', ['high']) }),
  );
  t.note('a selector by values', { status: accepted.status, spec: accepted.object['spec'] });
});

conformanceCase('resource-quota', 'a quota counts what its scopes let it', async (t) => {
  await withQuota(t, { hard: { pods: '0' }, scopes: ['BestEffort'] });
  await t.post(`${pods(t)}?dryRun=All`, pod('a'));
  await t.post(`${pods(t)}?dryRun=All`, pod('b', { requests: { cpu: '1m' } }));
});

const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';

conformanceCase('priority-class', 'a pod gets the number of its class', async (t) => {
  const name = `high-${t.token}`;
  await t.post(classes, {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value: 1000,
    preemptionPolicy: 'Never',
  });
  t.after(() => t.delete(`${classes}/${name}`));
  const attempt = () => t.post(`${pods(t)}?dryRun=All`, pod('a', {}, { priorityClassName: name }));
  await untilAdmissionSees(t, attempt, ({ status }) => status === 201);
  await attempt();
  await t.post(`${pods(t)}?dryRun=All`, pod('b', {}, { priorityClassName: name, priority: 7 }));
});

conformanceCase('priority-class', 'the system has classes of its own', async (t) => {
  for (const name of ['system-node-critical', 'system-cluster-critical']) {
    const { object } = await t.quietly(() => t.get(`${classes}/${name}`));
    t.note(name, {
      value: object['value'],
      preemptionPolicy: object['preemptionPolicy'],
      description: object['description'],
    });
  }
  await t.post(`${pods(t)}?dryRun=All`, pod('a', {}, { priorityClassName: 'system-node-critical' }));
});

conformanceCase(
  'priority-class',
  'a class that is not there is refused, and so are names of the system',
  async (t) => {
    await t.post(`${pods(t)}?dryRun=All`, pod('a', {}, { priorityClassName: 'nothing' }));
    await t.post(`${pods(t)}?dryRun=All`, pod('a', {}, { priority: 7 }));
    await t.post(`${classes}?dryRun=All`, {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'system-mine' },
      value: 1,
    });
  },
);

const eviction = (name: string, more: object = {}) => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name },
  ...more,
});

conformanceCase('eviction', 'a pod that has no budget is evicted', async (t) => {
  await t.quietly(() => t.post(pods(t), pod('a')));
  await t.post(`${pods(t)}/a/eviction?dryRun=All`, eviction('a'));
  await t.post(`${pods(t)}/a/eviction`, eviction('a'));
  await t.get(`${pods(t)}/a`);
});

conformanceCase('eviction', 'a pod that is not there, or is named otherwise, is not', async (t) => {
  await t.quietly(() => t.post(pods(t), pod('a')));
  await t.post(`${pods(t)}/b/eviction`, eviction('b'));
  await t.post(`${pods(t)}/a/eviction`, eviction('b'));
});

conformanceCase('eviction', 'preconditions hold for evictions', async (t) => {
  await t.quietly(() => t.post(pods(t), pod('a')));
  const preconditions = { uid: '11111111-2222-3333-4444-555555555555' };
  await t.post(`${pods(t)}/a/eviction`, eviction('a', { deleteOptions: { preconditions } }));
});
