import { kindCases, withSpec } from '../kind-of-case.ts';

const labels = { app: 'a' };
const service = { selector: labels, ports: [{ port: 80 }] };
const TIME = '2026-01-02T03:04:05Z';
const MICRO_TIME = '2026-01-02T03:04:05.678901Z';
const happening = {
  involvedObject: { kind: 'Pod', name: 'p', namespace: 'NAMESPACE' },
  reason: 'Went',
  type: 'Normal',
};
const told = {
  regarding: { kind: 'Pod', name: 'p', namespace: 'NAMESPACE' },
  reason: 'Went',
  type: 'Normal',
  action: 'Go',
  eventTime: MICRO_TIME,
  reportingController: 'example.com/c',
  reportingInstance: 'i',
};

kindCases([
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
    behaviour: 'kind-namespace',
    apiVersion: 'v1',
    kind: 'Namespace',
    resource: 'namespaces',
    clusterWide: true,
    minimal: {},
    invalid: [{ metadata: { name: 'a.b' } }],
  },
  {
    behaviour: 'kind-endpoints',
    apiVersion: 'v1',
    kind: 'Endpoints',
    resource: 'endpoints',
    minimal: { subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 80 }] }] },
    valid: [{}, { subsets: [{ notReadyAddresses: [{ ip: '10.1.2.3', hostname: 'a' }] }] }],
    invalid: [
      { subsets: [{}] },
      { subsets: [{ addresses: [{ ip: 'here' }] }] },
      { subsets: [{ addresses: [{ ip: '127.0.0.1' }, { ip: '169.254.1.1' }, { ip: '0.0.0.0' }] }] },
      { subsets: [{ addresses: [{ ip: '10.1.2.3', hostname: 'A.b', nodeName: 'A b' }] }] },
      { subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 80 }, { port: 81 }] }] },
      {
        subsets: [
          { addresses: [{ ip: '10.1.2.3' }], ports: [{ name: 'A_b', port: 70_000, protocol: 'ICMP' }] },
        ],
      },
    ],
    refusedChanges: [{ subsets: [{ addresses: [{ ip: '10.1.2' }] }] }],
  },
  {
    behaviour: 'kind-event',
    apiVersion: 'v1',
    kind: 'Event',
    resource: 'events',
    minimal: { ...happening, message: 'it went well ', count: 2, firstTimestamp: TIME, lastTimestamp: TIME },
    valid: [
      {
        ...happening,
        eventTime: MICRO_TIME,
        reportingComponent: 'example.com/c',
        reportingInstance: 'i',
        action: 'Go',
      },
    ],
    invalid: [
      {},
      { involvedObject: { kind: 'Pod', name: 'p', namespace: 'elsewhere' } },
      { ...happening, eventTime: MICRO_TIME },
      {
        ...happening,
        eventTime: MICRO_TIME,
        reportingComponent: 'a b',
        reportingInstance: 'i',
        action: 'Go',
        type: 'Odd',
      },
    ],
    refusedChanges: [
      {
        reason: 'Other',
        eventTime: MICRO_TIME,
        action: 'Go',
        reportingComponent: 'c',
        reportingInstance: 'i',
      },
    ],
    racing: ['Last Seen', 'First Seen'],
  },
  {
    behaviour: 'kind-event',
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    resource: 'events',
    minimal: told,
    valid: [{ ...told, note: 'so it is', series: { count: 2, lastObservedTime: MICRO_TIME } }],
    invalid: [
      {},
      { ...told, type: 'Odd' },
      { ...told, regarding: { kind: 'Pod', name: 'p', namespace: 'elsewhere' } },
      { ...told, note: 'x'.repeat(1025) },
      { ...told, deprecatedCount: 3 },
      { ...told, series: { count: 1, lastObservedTime: MICRO_TIME } },
    ],
    refusedChanges: [{ reason: 'Other' }],
    racing: ['Last Seen', 'First Seen'],
  },
  {
    behaviour: 'kind-ingressclass',
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    resource: 'ingressclasses',
    clusterWide: true,
    minimal: { spec: { controller: 'example.com/c' } },
    valid: [{ spec: { controller: 'example.com/c', parameters: { kind: 'K', name: 'n' } } }],
    invalid: [
      { spec: {} },
      { spec: { controller: 'no-domain' } },
      { spec: { controller: 'example.com/c', parameters: { kind: 'K', name: 'n', namespace: 'x' } } },
      { spec: { controller: 'example.com/c', parameters: { scope: 'Namespace', name: 'n', kind: 'K' } } },
      { spec: { controller: 'example.com/c', parameters: {} } },
    ],
    refusedChanges: [{ spec: { controller: 'example.com/other' } }],
  },
]);
