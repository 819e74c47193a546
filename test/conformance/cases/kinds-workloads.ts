import { kindCases, withSpec } from '../kind-of-case.ts';

const labels = { app: 'a' };
const container = { name: 'c', image: 'busybox' };
const podSpec = { containers: [container] };
const template = { metadata: { labels }, spec: podSpec };
const selector = { matchLabels: labels };
const workload = { replicas: 0, selector, template };
const job = { template: { spec: { ...podSpec, restartPolicy: 'Never', nodeSelector: { never: 'there' } } } };
const cronJob = { suspend: true, schedule: '0 3 * * *', jobTemplate: { spec: job } };
const claim = {
  storageClassName: 'none',
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
};
const otherContainer = (changes: object) => ({ spec: { containers: [{ ...container, ...changes }] } });

kindCases([
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
    behaviour: 'kind-podtemplate',
    apiVersion: 'v1',
    kind: 'PodTemplate',
    resource: 'podtemplates',
    minimal: { template },
    valid: [{ template: { spec: { ...podSpec, restartPolicy: 'Never' } } }],
    invalid: [
      {},
      { template: { spec: {} } },
      { template: { metadata: { labels: { 'a b': 'x' } }, spec: podSpec } },
      { template: { spec: { containers: [{ ...container, name: 'A' }] } } },
    ],
    refusedChanges: [{ template: { spec: { ...podSpec, restartPolicy: 'Sometimes' } } }],
  },
  {
    behaviour: 'kind-controllerrevision',
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    resource: 'controllerrevisions',
    minimal: { revision: 1, data: { spec: { a: 1 } } },
    invalid: [
      { revision: 1 },
      { revision: -1, data: {} },
      { revision: 'x', data: {} },
      { revision: 1, data: {}, metadata: { name: 'A_B' } },
    ],
    refusedChanges: [{ data: { spec: { a: 2 } } }, { revision: -1 }],
  },
]);
