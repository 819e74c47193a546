import { conformanceCase } from '../conformance-case.ts';
import type { Answer, Conversation } from '../conversation.ts';

/** A kind as its cases try it: what the server fills in, what it refuses, and how it lists it. */
interface KindUnderTest {
  behaviour: string;
  apiVersion: string;
  kind: string;
  resource: string;
  clusterWide?: boolean;
  /** What a valid object needs besides its name. */
  minimal: object;
  /** Variations of the minimal object that are valid and have defaults of their own. */
  valid?: object[];
  /** Variations that are refused. */
  invalid: object[];
  /** Changes of an existing object that are refused. */
  refusedChanges?: object[];
  /** Columns that controllers write as soon as the object is there. */
  racing?: string[];
}

const labels = { app: 'a' };
const container = { name: 'c', image: 'busybox' };
const podSpec = { containers: [container] };
const template = { metadata: { labels }, spec: podSpec };
const selector = { matchLabels: labels };
const withSpec = (spec: object, changes: object) => ({ spec: { ...spec, ...changes } });

const workload = { replicas: 0, selector, template };
const job = { template: { spec: { ...podSpec, restartPolicy: 'Never', nodeSelector: { never: 'there' } } } };
const cronJob = { suspend: true, schedule: '0 3 * * *', jobTemplate: { spec: job } };
const claim = {
  storageClassName: 'none',
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
};
const volume = {
  storageClassName: 'none',
  capacity: { storage: '1Gi' },
  accessModes: ['ReadWriteOnce'],
  hostPath: { path: '/tmp/never' },
};
const service = { selector: labels, ports: [{ port: 80 }] };
const autoscaler = {
  maxReplicas: 3,
  scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
};
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
const otherContainer = (changes: object) => ({ spec: { containers: [{ ...container, ...changes }] } });

const KINDS: KindUnderTest[] = [
  {
    behaviour: 'kind-configmap',
    apiVersion: 'v1',
    kind: 'ConfigMap',
    resource: 'configmaps',
    minimal: { data: { a: '1' } },
    invalid: [{ data: { 'a/b': '1' } }, { data: { a: '1' }, binaryData: { a: 'MQ==' } }],
  },
  {
    behaviour: 'kind-secret',
    apiVersion: 'v1',
    kind: 'Secret',
    resource: 'secrets',
    minimal: { stringData: { a: 'b' } },
    valid: [{ type: 'kubernetes.io/basic-auth', stringData: { username: 'me' } }],
    invalid: [
      { data: { 'a/b': 'MQ==' } },
      { type: 'kubernetes.io/tls', data: { 'tls.crt': 'MQ==' } },
      { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'MQ' } },
    ],
    refusedChanges: [{ type: 'other/type' }],
  },
  {
    behaviour: 'kind-service',
    apiVersion: 'v1',
    kind: 'Service',
    resource: 'services',
    minimal: { spec: service },
    valid: [
      withSpec(service, { clusterIP: 'None' }),
      { spec: { type: 'ExternalName', externalName: 'example.com' } },
      withSpec(service, { sessionAffinity: 'ClientIP' }),
      { spec: { clusterIP: 'None', ports: [{ port: 80 }] } },
    ],
    invalid: [
      { spec: {} },
      withSpec(service, { ports: [{ port: 80 }, { port: 81 }] }),
      withSpec(service, {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      }),
      withSpec(service, { ports: [{ port: 70_000, targetPort: 'A_B' }] }),
      withSpec(service, { type: 'Other' }),
      withSpec(service, { ports: [{ port: 80, protocol: 'ICMP' }] }),
      { spec: { type: 'ExternalName' } },
      withSpec(service, { externalTrafficPolicy: 'Local' }),
    ],
    refusedChanges: [withSpec(service, { clusterIP: '10.96.99.99', clusterIPs: ['10.96.99.99'] })],
  },
  {
    behaviour: 'kind-pod',
    apiVersion: 'v1',
    kind: 'Pod',
    resource: 'pods',
    minimal: { spec: { ...podSpec, nodeSelector: { never: 'there' } } },
    valid: [
      {
        spec: {
          containers: [
            {
              ...container,
              image: 'busybox:1.36',
              ports: [{ containerPort: 80 }],
              livenessProbe: { httpGet: { port: 80 } },
              resources: { limits: { cpu: '1', memory: '1Gi' } },
              env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
            },
          ],
          volumes: [
            { name: 'a' },
            { name: 'b', configMap: { name: 'x' } },
            { name: 'c', secret: { secretName: 'x' } },
            { name: 'd', hostPath: { path: '/x' } },
            { name: 'e', downwardAPI: { items: [{ path: 'x', fieldRef: { fieldPath: 'metadata.name' } }] } },
            { name: 'f', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
          ],
          tolerations: [{ operator: 'Exists' }],
          automountServiceAccountToken: false,
        },
      },
    ],
    invalid: [
      { spec: {} },
      otherContainer({ name: 'A', image: '' }),
      otherContainer({ imagePullPolicy: 'Sometimes' }),
      otherContainer({ env: [{ name: 'a=b', value: 'x' }] }),
      otherContainer({
        env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      }),
      otherContainer({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.bogus' } } }] }),
      otherContainer({ volumeMounts: [{ name: 'nope', mountPath: '/x' }] }),
      otherContainer({ ports: [{ containerPort: 99_999 }] }),
      otherContainer({ ports: [{ name: 'Very_Long_Port_Name', containerPort: 80 }] }),
      otherContainer({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
      otherContainer({ resources: { requests: { bogus: '1' } } }),
      otherContainer({ livenessProbe: { periodSeconds: -1 } }),
      otherContainer({ livenessProbe: { exec: { command: ['x'] }, successThreshold: 2 } }),
      { spec: { containers: [container, container] } },
      { spec: { ...podSpec, restartPolicy: 'Sometimes' } },
      { spec: { ...podSpec, dnsPolicy: 'Other' } },
      { spec: { ...podSpec, volumes: [{ name: 'a', emptyDir: {}, hostPath: { path: '/x' } }] } },
      { spec: { ...podSpec, volumes: [{ name: 'a' }, { name: 'a' }] } },
      { spec: { ...podSpec, volumes: [{ name: 'a', configMap: { name: 'x', defaultMode: 1000 } }] } },
      {
        spec: {
          ...podSpec,
          initContainers: [{ ...container, name: 'i', readinessProbe: { tcpSocket: { port: 1 } } }],
        },
      },
      { spec: { ...podSpec, tolerations: [{ value: 'x' }] } },
      { spec: { ...podSpec, nodeSelector: { 'a b': 'x' } } },
      { spec: { ...podSpec, activeDeadlineSeconds: 0 } },
      { spec: { ...podSpec, serviceAccountName: 'nobody' } },
      { spec: { ...podSpec, priorityClassName: 'nothing' } },
    ],
  },
  {
    behaviour: 'kind-deployment',
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    resource: 'deployments',
    minimal: { spec: workload },
    valid: [withSpec(workload, { strategy: { type: 'Recreate' } })],
    invalid: [
      { spec: { template } },
      withSpec(workload, { selector: {} }),
      withSpec(workload, { selector: { matchLabels: { app: 'b' } } }),
      withSpec(workload, { replicas: -1 }),
      withSpec(workload, { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
      withSpec(workload, { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
      withSpec(workload, { strategy: { rollingUpdate: { maxSurge: 'x' } } }),
      withSpec(workload, { minReadySeconds: 600 }),
      withSpec(workload, {
        template: { metadata: { labels }, spec: { ...podSpec, restartPolicy: 'Never' } },
      }),
      withSpec(workload, { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
    ],
    refusedChanges: [
      {
        spec: {
          ...workload,
          selector: { matchLabels: { app: 'b' } },
          template: { ...template, metadata: { labels: { app: 'b' } } },
        },
      },
    ],
  },
  {
    behaviour: 'kind-replicaset',
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    resource: 'replicasets',
    minimal: { spec: workload },
    invalid: [
      { spec: {} },
      withSpec(workload, { selector: {} }),
      withSpec(workload, { template: { spec: podSpec } }),
    ],
    refusedChanges: [
      {
        spec: {
          ...workload,
          selector: { matchLabels: { app: 'b' } },
          template: { ...template, metadata: { labels: { app: 'b' } } },
        },
      },
    ],
  },
  {
    behaviour: 'kind-statefulset',
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    resource: 'statefulsets',
    minimal: { spec: { ...workload, serviceName: 's' } },
    valid: [
      withSpec(workload, { volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: claim }] }),
      withSpec(workload, { updateStrategy: { type: 'OnDelete' } }),
    ],
    invalid: [
      { spec: {} },
      withSpec(workload, { podManagementPolicy: 'Any' }),
      withSpec(workload, { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } }),
      withSpec(workload, { selector: { matchLabels: { app: 'b' } } }),
      withSpec(workload, { serviceName: 'A B' }),
    ],
    refusedChanges: [withSpec({ ...workload }, { serviceName: 'other' })],
  },
  {
    behaviour: 'kind-daemonset',
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    resource: 'daemonsets',
    minimal: {
      spec: { selector, template: { ...template, spec: { ...podSpec, nodeSelector: { never: 'there' } } } },
    },
    invalid: [
      { spec: { template } },
      { spec: { selector: {}, template } },
      { spec: { selector, template, updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } } },
      { spec: { selector, template, updateStrategy: { type: 'Other' } } },
    ],
  },
  {
    behaviour: 'kind-replicationcontroller',
    apiVersion: 'v1',
    kind: 'ReplicationController',
    resource: 'replicationcontrollers',
    minimal: { spec: { replicas: 0, template } },
    invalid: [
      { spec: { replicas: 0, selector: { app: 'b' }, template } },
      { spec: { template: { spec: podSpec } } },
    ],
  },
  {
    behaviour: 'kind-job',
    apiVersion: 'batch/v1',
    kind: 'Job',
    resource: 'jobs',
    minimal: { spec: job },
    valid: [withSpec(job, { parallelism: 2 }), withSpec(job, { completions: 2, completionMode: 'Indexed' })],
    invalid: [
      { spec: { template: { spec: podSpec } } },
      withSpec(job, { parallelism: -1, completions: -1, backoffLimit: -1 }),
      withSpec(job, { completionMode: 'Indexed', parallelism: 1 }),
      withSpec(job, { backoffLimitPerIndex: 1 }),
      withSpec(job, { completionMode: 'Other' }),
    ],
    refusedChanges: [],
    racing: ['Duration'],
  },
  {
    behaviour: 'kind-cronjob',
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    resource: 'cronjobs',
    minimal: { spec: cronJob },
    invalid: [
      withSpec(cronJob, { schedule: '' }),
      withSpec(cronJob, { schedule: 'every day' }),
      withSpec(cronJob, { schedule: '61 * * * *' }),
      withSpec(cronJob, { schedule: '* * * foo *' }),
      withSpec(cronJob, { schedule: '@sometimes' }),
      withSpec(cronJob, { schedule: 'TZ=UTC * * * * *' }),
      withSpec(cronJob, { timeZone: 'Mars/Olympus' }),
      withSpec(cronJob, { concurrencyPolicy: 'Never' }),
      withSpec(cronJob, { jobTemplate: { spec: { template: { spec: podSpec } } } }),
    ],
  },
  {
    behaviour: 'kind-persistentvolumeclaim',
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    resource: 'persistentvolumeclaims',
    minimal: { spec: claim },
    valid: [
      withSpec(claim, {
        dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' },
      }),
    ],
    invalid: [
      { spec: {} },
      withSpec(claim, { accessModes: ['Sometimes'] }),
      withSpec(claim, { accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'] }),
      withSpec(claim, { resources: { requests: { storage: '0' } } }),
      withSpec(claim, { volumeMode: 'Tape' }),
      withSpec(claim, { storageClassName: 'A_B' }),
    ],
  },
  {
    behaviour: 'kind-persistentvolume',
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    resource: 'persistentvolumes',
    clusterWide: true,
    minimal: { spec: volume },
    invalid: [
      { spec: {} },
      withSpec(volume, { hostPath: { path: '../x' } }),
      withSpec(volume, { persistentVolumeReclaimPolicy: 'Burn' }),
      withSpec(volume, { nfs: { server: 's', path: '/p' } }),
    ],
    racing: ['Status'],
  },
  {
    behaviour: 'kind-resourcequota',
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    resource: 'resourcequotas',
    minimal: { spec: { hard: { pods: '1' } } },
    invalid: [
      { spec: { hard: { bogus: '1' } } },
      { spec: { hard: { pods: '-1' } } },
      { spec: { hard: { pods: '1' }, scopes: ['BestEffort', 'NotBestEffort'] } },
    ],
    refusedChanges: [{ spec: { hard: { pods: '1' }, scopes: ['BestEffort'] } }],
    racing: ['Request'],
  },
  {
    behaviour: 'kind-limitrange',
    apiVersion: 'v1',
    kind: 'LimitRange',
    resource: 'limitranges',
    minimal: { spec: { limits: [{ type: 'Container', max: { cpu: '2' }, min: { cpu: '1' } }] } },
    invalid: [
      { spec: { limits: [{ type: 'Other' }] } },
      { spec: { limits: [{ type: 'Container', max: { cpu: '1' }, min: { cpu: '2' } }] } },
      { spec: { limits: [{ type: 'Pod', default: { cpu: '1' } }] } },
      { spec: { limits: [{ type: 'PersistentVolumeClaim' }] } },
    ],
  },
  {
    behaviour: 'kind-horizontalpodautoscaler',
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    resource: 'horizontalpodautoscalers',
    minimal: { spec: autoscaler },
    valid: [withSpec(autoscaler, { behavior: { scaleDown: { stabilizationWindowSeconds: 5 } } })],
    invalid: [
      { spec: {} },
      withSpec(autoscaler, { minReplicas: 5 }),
      withSpec(autoscaler, { maxReplicas: 0 }),
    ],
  },
  {
    behaviour: 'kind-horizontalpodautoscaler',
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    resource: 'horizontalpodautoscalers',
    minimal: { spec: { ...autoscaler, targetCPUUtilizationPercentage: 50 } },
    invalid: [{ spec: {} }],
  },
  {
    behaviour: 'kind-poddisruptionbudget',
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    resource: 'poddisruptionbudgets',
    minimal: { spec: { minAvailable: 1, selector } },
    invalid: [
      { spec: { minAvailable: 1, maxUnavailable: 1, selector } },
      { spec: { minAvailable: '150%', selector } },
      { spec: { minAvailable: -1, selector } },
      { spec: { maxUnavailable: 'x', selector } },
    ],
  },
  {
    behaviour: 'kind-networkpolicy',
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    resource: 'networkpolicies',
    minimal: { spec: { podSelector: {} } },
    valid: [{ spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }] }] } }],
    invalid: [
      { spec: { podSelector: {}, policyTypes: ['Sideways'] } },
      { spec: { podSelector: {}, ingress: [{ from: [{}] }] } },
      { spec: { podSelector: {}, ingress: [{ ports: [{ protocol: 'ICMP' }] }] } },
    ],
  },
  {
    behaviour: 'kind-ingress',
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    resource: 'ingresses',
    minimal: { spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } },
    invalid: [
      { spec: {} },
      {
        spec: {
          rules: [
            {
              http: {
                paths: [
                  {
                    path: 'x',
                    pathType: 'Prefix',
                    backend: { service: { name: 's', port: { number: 80 } } },
                  },
                ],
              },
            },
          ],
        },
      },
      { spec: { rules: [{ host: 'A B' }] } },
    ],
  },
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
    behaviour: 'kind-storageclass',
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    resource: 'storageclasses',
    clusterWide: true,
    minimal: { provisioner: 'example.com/none' },
    invalid: [
      {},
      { provisioner: 'p', reclaimPolicy: 'Burn' },
      { provisioner: 'p', volumeBindingMode: 'Late' },
    ],
    refusedChanges: [{ provisioner: 'example.com/other' }, { volumeBindingMode: 'WaitForFirstConsumer' }],
  },
  {
    behaviour: 'kind-priorityclass',
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    resource: 'priorityclasses',
    clusterWide: true,
    minimal: { value: 7 },
    invalid: [{ value: 2_000_000_000 }, { value: 1, preemptionPolicy: 'Always' }],
    refusedChanges: [{ value: 8 }],
  },
  {
    behaviour: 'kind-lease',
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    resource: 'leases',
    minimal: { spec: { holderIdentity: 'me' } },
    invalid: [{ spec: { leaseDurationSeconds: 0 } }, { spec: { leaseTransitions: -1 } }],
  },
  {
    behaviour: 'kind-endpointslice',
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    resource: 'endpointslices',
    minimal: { addressType: 'IPv4', endpoints: [{ addresses: ['10.1.2.3'] }], ports: [{ port: 80 }] },
    invalid: [
      { endpoints: [] },
      { addressType: 'Smoke', endpoints: [] },
      { addressType: 'IPv4', endpoints: [{ addresses: [] }] },
    ],
    refusedChanges: [{ addressType: 'FQDN' }],
  },
  {
    behaviour: 'kind-csidriver',
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    resource: 'csidrivers',
    clusterWide: true,
    minimal: { spec: {} },
    invalid: [{ metadata: { name: 'A_B' } }],
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
    behaviour: 'kind-namespace',
    apiVersion: 'v1',
    kind: 'Namespace',
    resource: 'namespaces',
    clusterWide: true,
    minimal: {},
    invalid: [{ metadata: { name: 'a.b' } }],
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
];

const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };

for (const kind of KINDS) {
  const { behaviour, apiVersion } = kind;
  conformanceCase(behaviour, `${apiVersion}: what is left out is filled in`, async (t) => {
    for (const variation of [kind.minimal, ...(kind.valid ?? [])]) {
      await t.post(`${pathOf(kind, t)}?dryRun=All`, objectOf(kind, t, variation));
    }
  });
  conformanceCase(behaviour, `${apiVersion}: what is wrong is refused`, async (t) => {
    for (const variation of kind.invalid) {
      await t.post(`${pathOf(kind, t)}?dryRun=All`, objectOf(kind, t, variation));
    }
  });
  conformanceCase(
    behaviour,
    `${apiVersion}: it is shown as a table, and keeps what may not change`,
    async (t) => {
      const path = `${pathOf(kind, t)}/${nameOf(kind, t)}`;
      const created = await t.quietly(() => t.post(pathOf(kind, t), objectOf(kind, t, kind.minimal)));
      if (kind.clusterWide) t.after(() => t.delete(path));
      const table = await t.quietly(() => t.get(path, TABLE));
      t.note('table', shownAs(table, ['Age', ...(kind.racing ?? [])]));
      for (const change of kind.refusedChanges ?? []) {
        await t.put(`${path}?dryRun=All`, { ...withoutVersion(created), ...change });
      }
      await t.put(`${path}-other?dryRun=All`, objectOf(kind, t, kind.minimal));
    },
  );
}

const nameOf = ({ clusterWide }: KindUnderTest, t: Conversation): string =>
  clusterWide ? `kind-${t.token}` : 'a';

function pathOf({ apiVersion, resource, clusterWide }: KindUnderTest, t: Conversation): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return clusterWide ? `${root}/${resource}` : `${root}/namespaces/${t.namespace}/${resource}`;
}

function objectOf(kind: KindUnderTest, t: Conversation, variation: object): object {
  const { apiVersion, kind: name } = kind;
  return { apiVersion, kind: name, metadata: { name: nameOf(kind, t) }, ...variation };
}

/** Columns, and those cells of the row that stay as they are. */
function shownAs({ object }: Answer, racing: string[]): unknown {
  const columns = Array.isArray(object['columnDefinitions']) ? object['columnDefinitions'] : [];
  const rows = Array.isArray(object['rows']) ? object['rows'] : [];
  return {
    columns: columns.map(({ name, type, format, priority }) => ({ name, type, format, priority })),
    cells: rows.map(({ cells }) =>
      cells.map((cell: unknown, index: number) => (racing.includes(columns[index]?.name) ? '<any>' : cell)),
    ),
  };
}

function withoutVersion({ object }: Answer): object {
  const { resourceVersion: _resourceVersion, ...metadata } = object.metadata;
  return { ...object, metadata };
}
