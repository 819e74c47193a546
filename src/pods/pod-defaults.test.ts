import { describe, expect, it } from 'vitest';
import { buildJobPod, type JobPod } from './build-job-pod.ts';
import { podDefaults } from './pod-defaults.ts';

const DEFAULTS = `
labels: { team: storage, createdBy: nobody }
annotations: { example.com/network: data }
spec:
  imagePullSecrets: [{ name: registry }]
  nodeSelector: { disks: local }
  tolerations: [{ key: backup, operator: Exists }]
container:
  imagePullPolicy: Always
  resources: { requests: { cpu: 100m } }
  env: [{ name: REGION, value: eu }]
`;

function build(defaults: string, job: Partial<JobPod> = {}) {
  const settings = {
    namespace: 'kanister',
    serviceAccount: 'operator',
    secureDefaultsForJobPods: false,
    podDoors: { appliers: [podDefaults(defaults)], injectors: [] },
  };
  return buildJobPod({ image: 'busybox', command: ['true'], namespace: 'app', ...job }, { settings });
}

describe('defaults for the pods of all functions', () => {
  it('are in each pod and each of its containers, and leave alone what the function has said', () => {
    const pod = build(DEFAULTS);
    expect(pod.metadata).toEqual({
      namespace: 'app',
      labels: { team: 'storage', createdBy: 'kanister' },
      annotations: { 'example.com/network': 'data' },
    });
    expect(pod.spec).toEqual({
      restartPolicy: 'Never',
      imagePullSecrets: [{ name: 'registry' }],
      nodeSelector: { disks: 'local' },
      tolerations: [{ key: 'backup', operator: 'Exists' }],
      containers: [
        {
          name: 'container',
          image: 'busybox',
          command: ['true'],
          imagePullPolicy: 'Always',
          resources: { requests: { cpu: '100m' } },
          env: [{ name: 'REGION', value: 'eu' }],
        },
      ],
    });
  });

  it('yield to podOverride, podLabels and podAnnotations', () => {
    const pod = build(DEFAULTS, {
      labels: { team: 'db' },
      annotations: { 'example.com/network': 'slow' },
      overrides: [
        { nodeSelector: { disks: 'remote' }, tolerations: null },
        {
          containers: [
            { name: 'container', imagePullPolicy: 'Never', env: [{ name: 'REGION', value: 'us' }] },
          ],
        },
      ],
    });
    expect(pod.metadata.labels?.['team']).toBe('db');
    expect(pod.metadata.annotations).toEqual({ 'example.com/network': 'slow' });
    expect(pod.spec).not.toHaveProperty('tolerations');
    expect(pod.spec).toMatchObject({
      nodeSelector: { disks: 'remote' },
      containers: [{ imagePullPolicy: 'Never', env: [{ name: 'REGION', value: 'us' }] }],
    });
  });

  it.each(['', '# nothing\n', 'spec:\n'])('change nothing where there are none: %j', (defaults) => {
    expect(build(defaults)).toEqual(build('{}'));
    expect(build(defaults).metadata).toEqual({ namespace: 'app', labels: { createdBy: 'kanister' } });
  });

  it.each([
    ['[a]', 'the file must be a map'],
    ['nodeSelector: {}', 'nodeSelector is unknown: it may have labels, annotations, spec, container'],
    ['spec: []', 'spec must be a map'],
    ['labels: { a: 1 }', 'labels.a must be a text: put it in quotes'],
    ['spec: { containers: [] }', 'spec.containers is for each function to say'],
    ['container: { image: busybox }', 'container.image is for each function to say'],
    ['spec: { tolerations: all }', 'spec.tolerations: expected a list, found text'],
    ['container: { resources: 5 }', 'container.resources: expected a map, found an integer'],
    ['spec: {', 'line 2, column 1'],
  ])('are refused when the operator starts if no pod could have them: %s', (defaults, words) => {
    expect(() => podDefaults(defaults)).toThrow(words);
  });
});
