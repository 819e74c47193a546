import { kindCases } from '../kind-of-case.ts';

const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
const roleRef = { kind: 'Role', name: 'r', apiGroup: 'rbac.authorization.k8s.io' };
const webhook = {
  name: 'a.example.com',
  clientConfig: { url: 'https://127.0.0.1:1/hook' },
  rules: [
    { operations: ['CREATE'], apiGroups: ['never.example.com'], apiVersions: ['v1'], resources: ['things'] },
  ],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const clusterRole = { ...roleRef, kind: 'ClusterRole', name: 'view' };

kindCases([
  {
    behaviour: 'kind-role',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    resource: 'roles',
    minimal: { rules: [rule] },
    invalid: [{ rules: [{}] }, { rules: [{ nonResourceURLs: ['/x'], verbs: ['get'] }] }],
  },
  {
    behaviour: 'kind-rolebinding',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    resource: 'rolebindings',
    minimal: {
      roleRef: { ...roleRef, kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'User', name: 'me' }],
    },
    invalid: [
      { roleRef: { kind: 'Other', name: 'r' } },
      {
        roleRef: { ...roleRef, kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'Robot', name: 'me' }, { kind: 'ServiceAccount' }],
      },
    ],
    refusedChanges: [{ roleRef: { ...roleRef, kind: 'ClusterRole', name: 'edit' } }],
  },
  {
    behaviour: 'kind-serviceaccount',
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    resource: 'serviceaccounts',
    minimal: {},
    invalid: [{ metadata: { name: 'A_B' } }],
  },
  {
    behaviour: 'kind-validatingwebhookconfiguration',
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    resource: 'validatingwebhookconfigurations',
    clusterWide: true,
    minimal: { webhooks: [webhook] },
    invalid: [
      { webhooks: [{ ...webhook, name: 'short' }] },
      { webhooks: [{ ...webhook, clientConfig: {} }] },
      { webhooks: [{ ...webhook, clientConfig: { url: 'http://127.0.0.1:1/' } }] },
      { webhooks: [{ ...webhook, sideEffects: 'Some' }] },
      { webhooks: [{ ...webhook, timeoutSeconds: 60 }] },
    ],
  },
  {
    behaviour: 'kind-mutatingwebhookconfiguration',
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    resource: 'mutatingwebhookconfigurations',
    clusterWide: true,
    minimal: { webhooks: [webhook] },
    invalid: [{ webhooks: [{ ...webhook, failurePolicy: 'Maybe' }] }, { webhooks: [webhook, webhook] }],
  },
  {
    behaviour: 'kind-clusterrole',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    resource: 'clusterroles',
    clusterWide: true,
    minimal: { rules: [rule, { nonResourceURLs: ['/x'], verbs: ['get'] }] },
    valid: [{}, { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { never: 'there' } }] } }],
    invalid: [
      { rules: [{}] },
      { rules: [{ ...rule, nonResourceURLs: ['/x'] }] },
      { aggregationRule: {} },
      { aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Near' }] }] } },
    ],
    refusedChanges: [{ rules: [{ verbs: ['get'] }] }],
  },
  {
    behaviour: 'kind-clusterrolebinding',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    resource: 'clusterrolebindings',
    clusterWide: true,
    minimal: { roleRef: clusterRole, subjects: [{ kind: 'User', name: 'me' }] },
    valid: [
      { roleRef: { kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'Group', name: 'us' }] },
      { roleRef: clusterRole, subjects: [{ kind: 'ServiceAccount', name: 'a', namespace: 'default' }] },
    ],
    invalid: [
      {},
      { roleRef: { ...clusterRole, kind: 'Role' } },
      { roleRef: clusterRole, subjects: [{ kind: 'ServiceAccount', name: 'a' }] },
      { roleRef: clusterRole, subjects: [{ kind: 'User', name: 'me', apiGroup: 'other' }] },
    ],
    refusedChanges: [{ roleRef: { ...clusterRole, name: 'edit' } }],
  },
]);
