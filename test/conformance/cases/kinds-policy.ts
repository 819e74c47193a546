import { kindCases, withSpec } from '../kind-of-case.ts';

const labels = { app: 'a' };
const selector = { matchLabels: labels };
const autoscaler = {
  maxReplicas: 3,
  scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
};

kindCases([
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
    behaviour: 'kind-priorityclass',
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    resource: 'priorityclasses',
    clusterWide: true,
    minimal: { value: 7 },
    invalid: [{ value: 2_000_000_000 }, { value: 1, preemptionPolicy: 'Always' }],
    refusedChanges: [{ value: 8 }],
  },
]);
