import { setTimeout as delay } from 'node:timers/promises';
import { conformanceCase } from '../conformance-case.ts';
import type { Answer, Conversation } from '../conversation.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const REVIEWS = '/apis/authorization.k8s.io/v1';
const as = (username: string, more: Record<string, string> = {}) => ({
  headers: { 'impersonate-user': username, ...more },
});
const review = (kind: string, spec: object, metadata?: object) => ({
  apiVersion: 'authorization.k8s.io/v1',
  kind,
  ...(metadata && { metadata }),
  spec,
});

/** A role of the namespace, given to a user of its own; resolves when the rights are there. */
async function grant(t: Conversation, rules: object[], wait: object): Promise<string> {
  const user = `user-${t.token}`;
  const path = `${RBAC}/namespaces/${t.namespace}`;
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  await t.quietly(async () => {
    await t.post(`${path}/roles`, { apiVersion, kind: 'Role', metadata: { name: 'granted' }, rules });
    await t.post(`${path}/rolebindings`, {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name: 'granted' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'granted' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
    });
    const spec = { user, resourceAttributes: { namespace: t.namespace, ...wait } };
    await poll(async () => {
      const { object } = await t.post(`${REVIEWS}/subjectaccessreviews`, review('SubjectAccessReview', spec));
      return (object.status as { allowed?: boolean }).allowed === true;
    });
  });
  return user;
}

async function poll(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await holds()) return;
    await delay(50);
  }
  throw new Error('after 10 s it was still not so');
}

conformanceCase('rbac', 'nothing is allowed that no role gives', async (t) => {
  const nobody = as(`nobody-${t.token}`);
  await t.get(`/api/v1/namespaces/${t.namespace}/pods`, nobody);
  await t.get(`/api/v1/namespaces/${t.namespace}/pods/a`, nobody);
  await t.get(`/api/v1/namespaces/${t.namespace}/pods/a/log`, nobody);
  await t.get('/api/v1/nodes', nobody);
  await t.get('/apis/apps/v1/deployments?watch=true', nobody);
  await t.post(`/apis/apps/v1/namespaces/${t.namespace}/deployments`, {}, nobody);
  await t.patch(`/apis/apps/v1/namespaces/${t.namespace}/deployments/a/scale`, 'merge', {}, nobody);
  await t.delete(`/api/v1/namespaces/${t.namespace}/configmaps`, undefined, nobody);
  await t.get('/metrics', nobody);
  await t.get(`/api/v1/namespaces/${t.namespace}`, nobody);
});

conformanceCase('rbac', 'a role gives its verbs, resources and names', async (t) => {
  const rules = [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['mine'], verbs: ['get', 'list', 'delete'] },
    { apiGroups: ['*'], resources: ['*/status'], verbs: ['*'] },
  ];
  const user = await grant(t, rules, { verb: 'get', resource: 'configmaps' });
  const path = `/api/v1/namespaces/${t.namespace}`;
  await t.quietly(() =>
    t.post(`${path}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'mine' } }),
  );
  // A list's version is the cluster's, in which others write as well.
  const itemsOf = async (list: string) =>
    t.note(list, (await t.quietly(() => t.get(`${path}/${list}`, as(user)))).object['items']);
  await itemsOf('configmaps?labelSelector=none');
  await t.post(
    `${path}/configmaps`,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
    as(user),
  );
  await t.get(`${path}/secrets/mine`, as(user));
  await t.get(`${path}/secrets/other`, as(user));
  await t.get(`${path}/secrets`, as(user));
  await itemsOf('secrets?fieldSelector=metadata.name%3Dmine');
  await t.get(`${path}/pods/none/status`, as(user));
  await t.get('/api/v1/configmaps', as(user));
  await t.delete(`${path}/secrets/mine`, undefined, as(user));
});

conformanceCase('rbac', 'impersonation of groups and accounts', async (t) => {
  const account = `system:serviceaccount:${t.namespace}:default`;
  await t.post(
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
    },
    as(account),
  );
  await t.post(
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
    },
    as('jane', {
      'impersonate-group': 'developers',
      'impersonate-uid': '7',
      'impersonate-extra-team': 'blue',
    }),
  );
  await t.get(
    '/api/v1/nodes?limit=1&labelSelector=none',
    as('jane', { 'impersonate-group': 'system:masters' }),
  );
  await t.get('/api/v1/nodes', as('system:anonymous'));
  await t.get(`/api/v1/namespaces/${t.namespace}/pods`, as(account));
});

conformanceCase('rbac', 'bindings of cluster roles, and what they aggregate', async (t) => {
  const user = `viewer-${t.token}`;
  await t.quietly(async () => {
    await t.post(`${RBAC}/namespaces/${t.namespace}/rolebindings`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'view' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
    });
    await poll(
      async () => (await t.get(`/api/v1/namespaces/${t.namespace}/services`, as(user))).status === 200,
    );
  });
  await t.get(`/api/v1/namespaces/${t.namespace}/services`, as(user));
  await t.get(`/api/v1/namespaces/${t.namespace}/secrets`, as(user));
  await t.delete(`/api/v1/namespaces/${t.namespace}/services/none`, undefined, as(user));
  await t.get(`${RBAC}/clusterroles/cluster-admin`);
  await t.get(`${RBAC}/clusterrolebindings/cluster-admin`);
});

const ROLE_WRITER = [
  { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: ['*'] },
];
const roleOf = (name: string, rules: object[]) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name },
  rules,
});

conformanceCase('role-escalation', 'a role with more than its writer has', async (t) => {
  const rules = [
    {
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['roles', 'rolebindings'],
      verbs: ['create', 'update', 'get'],
    },
    { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
  ];
  const user = await grant(t, rules, {
    verb: 'create',
    group: 'rbac.authorization.k8s.io',
    resource: 'roles',
  });
  const path = `${RBAC}/namespaces/${t.namespace}/roles`;
  await t.post(path, roleOf('less', [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]), as(user));
  const more = [
    { apiGroups: ['', 'apps'], resources: ['pods', 'deployments'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['a'], verbs: ['get'] },
  ];
  await t.post(path, roleOf('more', more), as(user));
});

conformanceCase('role-escalation', 'a binding to more than its writer has', async (t) => {
  const rules = [
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['rolebindings'], verbs: ['create'] },
  ];
  const user = await grant(t, rules, {
    verb: 'create',
    group: 'rbac.authorization.k8s.io',
    resource: 'rolebindings',
  });
  const path = `${RBAC}/namespaces/${t.namespace}/rolebindings`;
  await t.quietly(() =>
    t.post(
      `${RBAC}/namespaces/${t.namespace}/roles`,
      roleOf('pods', [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]),
    ),
  );
  const binding = (kind: string, name: string) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'mine' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
  });
  await delay(200);
  await t.post(path, binding('Role', 'pods'), as(user));
  await t.post(path, binding('ClusterRole', 'cluster-admin'), as(user));
  await t.post(path, binding('Role', 'missing'), as(user));
});

conformanceCase('role-escalation', 'with the verbs that allow it', async (t) => {
  const user = await grant(t, ROLE_WRITER, {
    verb: 'escalate',
    group: 'rbac.authorization.k8s.io',
    resource: 'roles',
  });
  const path = `${RBAC}/namespaces/${t.namespace}/roles`;
  await t.post(path, roleOf('more', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]), as(user));
});

conformanceCase('token-review', 'a token that is none', async (t) => {
  const tokenReview = (spec: object) => ({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec,
  });
  const path = '/apis/authentication.k8s.io/v1/tokenreviews';
  await t.post(path, tokenReview({ token: 'abc' }));
  await t.post(path, tokenReview({ token: 'a.b.c', audiences: ['x'] }));
  await t.post(path, tokenReview({}));
});

async function tokenOf(t: Conversation, spec: object = {}): Promise<{ answer: Answer; token: string }> {
  const path = `/api/v1/namespaces/${t.namespace}/serviceaccounts`;
  await t.until(`${path}/default`, (_object, status) => status === 200);
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  const answer = await t.quietly(() => t.post(`${path}/default/token`, body));
  return { answer, token: String((answer.object.status as { token?: string } | undefined)?.token) };
}

const shownReview = ({ object }: Answer) => {
  const status = object.status as { user?: { extra?: object } };
  const extra = Object.keys(status.user?.extra ?? {});
  return { ...status, user: { ...status.user, extra } };
};

const reviewOf = (t: Conversation, token: string, audiences?: string[]) =>
  t.quietly(() =>
    t.post('/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, ...(audiences && { audiences }) },
    }),
  );

conformanceCase('token-review', "an account's token", async (t) => {
  const { token } = await tokenOf(t);
  t.note('review', shownReview(await reviewOf(t, token)));
});

conformanceCase('token-review', 'a token for others', async (t) => {
  const { token } = await tokenOf(t, { audiences: ['vault', 'db'] });
  t.note('for one of them', shownReview(await reviewOf(t, token, ['db', 'x'])));
  const { object } = await reviewOf(t, token, ['x']);
  t.note('for another', object.status);
});

conformanceCase('service-account-tokens', 'what a request gives', async (t) => {
  const { answer, token } = await tokenOf(t, { expirationSeconds: 700 });
  const { status, ...rest } = answer.object;
  t.note('request', rest);
  t.note('status', Object.keys(status as object));
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
  const { exp, iat, nbf, jti, ...others } = claims;
  t.note('claims', { ...others, lifetime: Number(exp) - Number(iat), nbf: nbf === iat, jti: typeof jti });
});

conformanceCase(
  'service-account-tokens',
  'bound to a Secret that is deleted',
  async (t) => {
    const path = `/api/v1/namespaces/${t.namespace}/secrets`;
    await t.quietly(() => t.post(path, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }));
    const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: 's' };
    const { token } = await tokenOf(t, { boundObjectRef });
    t.note('before', shownReview(await reviewOf(t, token)));
    await t.quietly(() => t.delete(`${path}/s`));
    await t.quietly(() =>
      poll(async () => {
        const { object } = await reviewOf(t, token);
        return (object.status as { authenticated?: boolean }).authenticated !== true;
      }),
    );
    const { object } = await reviewOf(t, token);
    t.note('error afterwards', object.status);
  },
  { timeout: 60_000 },
);

conformanceCase('service-account-tokens', 'requests that cannot be', async (t) => {
  const path = `/api/v1/namespaces/${t.namespace}/serviceaccounts/default/token`;
  await t.until(
    `/api/v1/namespaces/${t.namespace}/serviceaccounts/default`,
    (_object, status) => status === 200,
  );
  const request = (spec: object, metadata?: object) => ({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    ...(metadata && { metadata }),
    spec,
  });
  await t.post(path, request({ expirationSeconds: 60 }));
  await t.post(path, request({ expirationSeconds: 5_000_000_000 }));
  await t.post(path, request({}, { name: 'other' }));
  await t.post(path, request({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'none' } }));
  await t.post(path, request({ boundObjectRef: { apiVersion: 'v1', kind: 'ConfigMap', name: 'none' } }));
  await t.post(`/api/v1/namespaces/${t.namespace}/serviceaccounts/none/token`, request({}));
});

conformanceCase('service-account-tokens', 'a Secret of the type is filled', async (t) => {
  await t.until(
    `/api/v1/namespaces/${t.namespace}/serviceaccounts/default`,
    (_object, status) => status === 200,
  );
  const path = `/api/v1/namespaces/${t.namespace}/secrets`;
  await t.post(path, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'legacy', annotations: { 'kubernetes.io/service-account.name': 'default' } },
    type: 'kubernetes.io/service-account-token',
  });
  const filled = await t.until(`${path}/legacy`, (object) => Object.hasOwn(object.data ?? {}, 'token'));
  const data = filled.object.data as Record<string, string>;
  const token = Buffer.from(data.token ?? '', 'base64').toString();
  t.note('data', Object.keys(data).toSorted());
  t.note('annotations', filled.object.metadata.annotations);
  const { exp, iat, ...claims } = JSON.parse(
    Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
  ) as Record<string, unknown>;
  t.note('claims', { ...claims, expires: exp !== undefined, issued: iat !== undefined });
  t.note('review', shownReview(await reviewOf(t, token)));
});

conformanceCase('access-reviews', 'of oneself', async (t) => {
  const path = `${REVIEWS}/selfsubjectaccessreviews`;
  const spec = { resourceAttributes: { verb: 'list', resource: 'pods', namespace: t.namespace } };
  await t.post(path, review('SelfSubjectAccessReview', spec));
  await t.post(path, review('SelfSubjectAccessReview', spec), as(`nobody-${t.token}`));
  await t.post(
    path,
    // Of several bindings that allow a path any may be named: this one is allowed by one of them.
    review('SelfSubjectAccessReview', { nonResourceAttributes: { verb: 'get', path: '/apis' } }),
    as(`nobody-${t.token}`),
  );
});

conformanceCase('access-reviews', 'of others', async (t) => {
  const user = await grant(t, [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }], {
    verb: 'get',
    resource: 'pods',
    subresource: 'log',
  });
  const path = `${REVIEWS}/subjectaccessreviews`;
  const attributes = { verb: 'get', resource: 'pods', subresource: 'log', namespace: t.namespace };
  await t.post(path, review('SubjectAccessReview', { user, resourceAttributes: attributes }));
  await t.post(
    path,
    review('SubjectAccessReview', { user, resourceAttributes: { ...attributes, subresource: '' } }),
  );
  await t.post(
    path,
    review('SubjectAccessReview', { groups: ['system:masters'], resourceAttributes: attributes }),
  );
  await t.post(
    `${REVIEWS}/namespaces/${t.namespace}/localsubjectaccessreviews`,
    review('LocalSubjectAccessReview', { user, resourceAttributes: attributes }, { namespace: t.namespace }),
  );
});

conformanceCase('access-reviews', 'that cannot be', async (t) => {
  const attributes = { verb: 'get', resource: 'pods' };
  await t.post(`${REVIEWS}/selfsubjectaccessreviews`, review('SelfSubjectAccessReview', {}));
  await t.post(
    `${REVIEWS}/subjectaccessreviews`,
    review('SubjectAccessReview', { resourceAttributes: attributes }),
  );
  await t.post(
    `${REVIEWS}/namespaces/${t.namespace}/localsubjectaccessreviews`,
    review(
      'LocalSubjectAccessReview',
      { user: 'a', resourceAttributes: attributes },
      { namespace: t.namespace },
    ),
  );
  await t.get(`${REVIEWS}/selfsubjectaccessreviews`);
});

const RULES = `${REVIEWS}/selfsubjectrulesreviews`;

/** Which binding comes first is chance on a real cluster. */
async function rulesOf(t: Conversation, options: ReturnType<typeof as>): Promise<void> {
  const { status, object } = await t.quietly(() =>
    t.post(RULES, review('SelfSubjectRulesReview', { namespace: t.namespace }), options),
  );
  const { resourceRules, nonResourceRules, ...rest } = object.status as Record<string, object[]>;
  const sorted = (rules: object[] = []) =>
    rules
      .map((rule) => JSON.stringify(Object.entries(rule).toSorted(([a], [b]) => (a < b ? -1 : 1))))
      .toSorted();
  t.note('rules', {
    status,
    spec: object.spec,
    rest,
    resources: sorted(resourceRules),
    paths: sorted(nonResourceRules),
  });
}

conformanceCase('rules-review', 'of an administrator', (t) =>
  rulesOf(t, as('jane', { 'impersonate-group': 'system:masters' })),
);

conformanceCase('rules-review', 'of a user with a role', async (t) => {
  const rules = [{ apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['a'], verbs: ['get'] }];
  const user = await grant(t, rules, { verb: 'get', group: 'apps', resource: 'deployments', name: 'a' });
  await rulesOf(t, as(user));
});

conformanceCase('rules-review', 'without a namespace', async (t) => {
  await t.post(RULES, review('SelfSubjectRulesReview', {}));
});

for (const [name, path] of [
  ['signing requests', '/apis/certificates.k8s.io/v1/certificatesigningrequests'],
  ['flow schemas', '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas'],
  ['resource claims', '/apis/resource.k8s.io/v1/resourceclaims'],
  ['aggregated APIs', '/apis/apiregistration.k8s.io/v1/apiservices'],
  ['admission policies', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies'],
  ['runtime classes', '/apis/node.k8s.io/v1/runtimeclasses'],
] as const) {
  conformanceCase(
    'unsupported',
    name,
    async (t) => {
      const { status, object } = await t.get(path);
      const kind =
        path
          .split('/')
          .at(-1)
          ?.replace(/(?:ies|(?<=ss)es|s)$/, '') ?? '';
      if (status !== 501 || !String(object.message).toLowerCase().includes(kind)) {
        throw new Error(`${path} was answered with ${status}: ${String(object.message)}`);
      }
    },
    { sandboxOnly: true },
  );
}
