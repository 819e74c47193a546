import { describe, expect, it } from 'vitest';
import { environmentVariable } from '../engine/environment-appliers.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import { buildMultiContainerPod, type MultiContainerPod } from './build-multi-container-pod.ts';

const settings = { namespace: 'kanister', serviceAccount: 'kanister-operator' };
const build = (more: Partial<MultiContainerPod> = {}, around = {}) =>
  buildMultiContainerPod(
    {
      namespace: 'app',
      background: { image: 'tools', command: ['b'] },
      output: { image: 'busybox', command: ['o'] },
      shared: { directory: '/tmp/' },
      ...more,
    },
    { settings: { ...settings, ...around } },
  );

describe('the pod of a MultiContainerRun', () => {
  it('is the one that Kanister 0.114.0 creates, with an init container', () => {
    const volumeMounts = [{ name: 'shared', mountPath: '/tmp/' }];
    expect(build({ init: { image: 'busybox', command: ['i'] } })).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: 'app',
        labels: { createdBy: 'kanister' },
        annotations: { 'kubectl.kubernetes.io/default-container': 'output' },
      },
      spec: {
        restartPolicy: 'Never',
        initContainers: [{ name: 'init', image: 'busybox', command: ['i'], volumeMounts }],
        containers: [
          { name: 'output', image: 'busybox', command: ['o'], volumeMounts },
          { name: 'background', image: 'tools', command: ['b'], volumeMounts },
        ],
        volumes: [{ name: 'shared', emptyDir: {} }],
      },
    });
  });

  it('has the operator’s account beside the operator, and a volume in memory of a size where that is asked for', () => {
    const shared = { medium: 'Memory', sizeLimit: '16Mi', directory: '/shared' };
    const { metadata, spec } = build({ namespace: '', shared });
    expect(metadata.namespace).toBe('kanister');
    expect(spec.serviceAccountName).toBe('kanister-operator');
    expect(spec.volumes).toEqual([{ name: 'shared', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } }]);
    // The original gives the size of one run to all later ones.
    expect(build().spec.volumes).toEqual([{ name: 'shared', emptyDir: {} }]);
  });

  it('takes labels and annotations, except its own, and an override of any container', () => {
    const override: JsonObject = {
      serviceAccountName: 'backup',
      containers: [
        { name: 'sidecar', image: 'proxy' },
        { name: 'background', env: [{ name: 'A', value: '1' }] },
      ],
    };
    const { metadata, spec } = build({
      labels: { createdBy: 'me', team: 'db' },
      annotations: { 'kubectl.kubernetes.io/default-container': 'x', note: 'y' },
      override,
    });
    expect(metadata.labels).toEqual({ createdBy: 'kanister', team: 'db' });
    expect(metadata.annotations).toEqual({
      'kubectl.kubernetes.io/default-container': 'output',
      note: 'y',
    });
    expect(spec.serviceAccountName).toBe('backup');
    expect(spec.containers.map(({ name }) => name)).toEqual(['output', 'sidecar', 'background']);
    expect(spec.containers[2]?.env).toEqual([{ name: 'A', value: '1' }]);
  });

  it('has what the operator’s modules want, below what an override says', () => {
    const appliers = [environmentVariable({ name: 'REGION', value: 'eu' })];
    const override = { containers: [{ name: 'output', env: [{ name: 'REGION', value: 'us' }] }] };
    const { containers } = build({ override }, { podDoors: { appliers, injectors: [] } }).spec;
    expect(containers.map(({ env }) => env)).toEqual([
      [{ name: 'REGION', value: 'us' }],
      [{ name: 'REGION', value: 'eu' }],
    ]);
  });
});
