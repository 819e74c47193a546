import type { Parameters } from '../../../src/engine/parameters.ts';

/** Parameters of an action on a StatefulSet, with all that objects can carry. */
export const sampleParameters: Parameters = {
  action: {
    name: 'backup',
    object: { kind: 'StatefulSet', name: 'db', namespace: 'shop' },
    options: { path: 'daily/db', 'my-key': 'dashed', empty: '' },
  },
  time: '2024-01-02T03:04:05.678901234Z',
  object: {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', namespace: 'shop' },
    spec: { replicas: 2, ratio: 1.5, serviceName: 'db', nothing: null },
  },
  subject: {
    kind: 'StatefulSet',
    name: 'db',
    namespace: 'shop',
    pods: ['db-0', 'db-1'],
    containers: [['postgres', 'metrics'], ['postgres']],
    persistentVolumeClaims: { 'db-0': { 'data-db-0': '/data' } },
  },
  secrets: {
    database: {
      metadata: {
        name: 'database',
        namespace: 'shop',
        uid: 'u1',
        resourceVersion: '12',
        creationTimestamp: '2024-01-02T03:04:05Z',
        labels: { app: 'shop' },
        annotations: { note: 'n' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'owner', uid: 'u2' }],
        finalizers: ['example.com/f'],
      },
      type: 'Opaque',
      data: { username: 'cG9zdGdyZXM=' },
    },
  },
  configMaps: {
    settings: {
      metadata: { name: 'settings' },
      data: { k: 'v' },
      binaryData: { b: 'AAE=' },
      immutable: true,
    },
  },
  profile: {
    Location: { type: 's3Compliant', bucket: 'backups', endpoint: '', prefix: 'p', region: 'eu-central-1' },
    Credential: {
      Type: 'keyPair',
      KeyPair: { ID: 'key', Secret: 'secret' },
      Secret: null,
      KopiaServerSecret: null,
    },
    SkipSSLVerify: false,
  },
  phases: {
    dump: {
      secrets: {},
      configMaps: {},
      output: { n: 5, f: 1.5, s: 'x', l: [1, 'a'], nil: null, 'a-b': 'c' },
    },
  },
  deferPhase: { secrets: {}, configMaps: {}, output: undefined },
};

/** The same by the names of the Go type, `param.TemplateParams`. */
export const goParameters = {
  StatefulSet: {
    Name: 'db',
    Namespace: 'shop',
    Pods: sampleParameters.subject?.pods,
    Containers: sampleParameters.subject?.containers,
    PersistentVolumeClaims: sampleParameters.subject?.persistentVolumeClaims,
  },
  ConfigMaps: sampleParameters.configMaps,
  Secrets: sampleParameters.secrets,
  Time: sampleParameters.time,
  Profile: sampleParameters.profile,
  Options: sampleParameters.action.options,
  Object: sampleParameters.object,
  Phases: { dump: { Secrets: {}, ConfigMaps: {}, Output: sampleParameters.phases['dump']?.output } },
  DeferPhase: { Secrets: {}, ConfigMaps: {} },
};
