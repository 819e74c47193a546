import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ActionSpec } from '../api/kanister/types.ts';
import { decodeArguments } from '../engine/arguments.ts';
import { Failure } from '../engine/failure.ts';
import { kubeTask } from '../functions/kube-task.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import { buildJobPod, type JobPod, type JobPodSurroundings, jobIdOf } from './build-job-pod.ts';
import { podMetadata, podOverride } from './pod-override.ts';

const surroundings: JobPodSurroundings = {
  settings: { namespace: 'kanister', serviceAccount: 'kanister-operator', secureDefaultsForJobPods: false },
};
const secure = { settings: { ...surroundings.settings, secureDefaultsForJobPods: true } };
const owner = { kind: 'ActionSet', namespace: 'kanister', name: 'as', uid: 'u' };
const job = (more: Partial<JobPod> = {}): JobPod => ({
  namespace: 'app',
  image: 'busybox',
  command: ['true'],
  ...more,
});
const specOf = (more: Partial<JobPod>, around = surroundings) => buildJobPod(job(more), around).spec;

interface Golden {
  origin: string;
  labels: Record<string, string>;
  action: Partial<ActionSpec>;
  args: JsonObject;
  pod: JsonObject & { metadata: JsonObject };
}
const golden: Golden[] = JSON.parse(
  await readFile(new URL('../../test/golden/pods/job-pods.json', import.meta.url), 'utf8'),
);

describe('the pod of a KubeTask is the one that Kanister 0.114.0 creates', () => {
  it.each(golden)('in $origin', ({ labels, action, args: raw, pod }) => {
    const args = decodeArguments(kubeTask.args, raw);
    const override = podOverride(args.podOverride, action.podOverride);
    const built = buildJobPod(
      {
        namespace: args.namespace || 'kanister',
        image: args.image,
        command: args.command,
        labels: podMetadata(args.podLabels, action.podLabels),
        annotations: podMetadata(args.podAnnotations, action.podAnnotations),
        jobId: jobIdOf({ ...owner, labels }),
        ...(override && { overrides: [override] }),
      },
      surroundings,
    );
    expect({ ...built, metadata: { ...built.metadata, generateName: 'kanister-job-' } }).toEqual(pod);
  });
});

describe('the service account', () => {
  it.each([
    ['the operator’s own in its own namespace', { namespace: 'kanister' }, surroundings, 'kanister-operator'],
    ['the namespace’s default elsewhere', {}, surroundings, undefined],
    ['the one that is named', { serviceAccount: 'backup' }, surroundings, 'backup'],
    [
      'that of an override, above all',
      { serviceAccount: 'backup', overrides: [{ serviceAccountName: 'other' }] },
      secure,
      'other',
    ],
    [
      'the default with secure defaults, whatever is named',
      { namespace: 'kanister', serviceAccount: 'backup' },
      secure,
      'default',
    ],
  ])('is %s', (_rule, more, around, account) => {
    expect(specOf(more, around).serviceAccountName).toBe(account);
  });

  it('has no token in the pod with secure defaults, unless an override wants it', () => {
    expect(specOf({}, secure).automountServiceAccountToken).toBe(false);
    expect(
      specOf({ overrides: [{ automountServiceAccountToken: true }] }, secure).automountServiceAccountToken,
    ).toBe(true);
    expect(specOf({}).automountServiceAccountToken).toBeUndefined();
  });
});

describe('labels and annotations', () => {
  const labelsOf = (labels: Record<string, string>, ofOwner: Record<string, string> = {}) =>
    buildJobPod(job({ labels, jobId: jobIdOf({ ...owner, labels: ofOwner }) }), surroundings).metadata.labels;

  it('say who made the pod, unless the Blueprint says otherwise', () => {
    expect(labelsOf({ a: 'b' })).toEqual({ createdBy: 'kanister', a: 'b' });
    expect(labelsOf({ createdBy: 'me' })).toEqual({ createdBy: 'me' });
  });

  it('hand on the owner’s JobID and none of its other labels', () => {
    expect(labelsOf({}, { 'kanister.io/JobID': 'abc', 'kanister.io/other': 'x', app: 'y' })).toEqual({
      createdBy: 'kanister',
      'kanister.io/JobID': 'abc',
    });
  });

  it('of Blueprint and ActionSet are united, the Blueprint wins', () => {
    expect(podMetadata({ a: 'blueprint' }, { a: 'actionset', b: 'actionset' })).toEqual({
      a: 'blueprint',
      b: 'actionset',
    });
    expect(podMetadata(undefined, null)).toEqual({});
  });
});

describe('overrides', () => {
  it('of the ActionSet win over those of the Blueprint, and those over the defaults', () => {
    const blueprint = {
      restartPolicy: 'OnFailure',
      serviceAccountName: 'blueprint',
      priorityClassName: 'low',
    };
    const override = podOverride(blueprint, { serviceAccountName: 'actionset' });
    expect(specOf({ ...(override && { overrides: [override] }) })).toMatchObject({
      restartPolicy: 'OnFailure',
      serviceAccountName: 'actionset',
      priorityClassName: 'low',
    });
    expect(blueprint.serviceAccountName).toBe('blueprint');
    expect(podOverride(blueprint, null)).toEqual(blueprint);
    expect(podOverride(undefined, null)).toBeUndefined();
  });

  it('of the ActionSet remove with null what the Blueprint adds, not what the function needs', () => {
    expect(podOverride({ nodeSelector: { a: 'b' }, hostNetwork: true }, { nodeSelector: null })).toEqual({
      hostNetwork: true,
    });
    const override = podOverride(undefined, { restartPolicy: null });
    expect(specOf({ ...(override && { overrides: [override] }) }).restartPolicy).toBe('Never');
    expect(specOf({ overrides: [{ restartPolicy: null }] }).restartPolicy).toBeUndefined();
  });

  it('change the container by its name, and a sidecar never comes before it', () => {
    const { containers } = specOf({
      overrides: [
        {
          containers: [
            { name: 'sidecar', image: 'proxy' },
            { name: 'container', command: ['sleep', '1'] },
          ],
        },
      ],
    });
    expect(containers.map(({ name, image, command }) => [name, image, command])).toEqual([
      ['container', 'busybox', ['sleep', '1']],
      ['sidecar', 'proxy', undefined],
    ]);
  });

  it('of a wrong type fail before any pod is made, with Kanister’s text and the place', () => {
    const build = () => buildJobPod(job({ overrides: [{ containers: 'nonsense' }] }), surroundings);
    expect(build).toThrow(Failure);
    expect(build).toThrow(
      /^Failed to create pod: Failed to create pod: Failed to get pod from podOptions: Failed to create pod\. Failed to override pod specs\.: /,
    );
  });

  it('without the key of a list item say where it is missing', () => {
    const build = () => podOverride({ containers: [{ name: 'a' }] }, { containers: [{ image: 'x' }] });
    expect(build).toThrow(/containers/);
    expect(build).toThrow(Failure);
  });
});

describe('claims', () => {
  it('are mounted as file systems and as devices, and the same job builds the same pod', () => {
    const more = {
      claims: [
        { claim: 'data', mountPath: '/mnt/data' },
        { claim: 'shared', mountPath: '/mnt/shared', readOnly: true },
        { claim: 'raw', devicePath: '/dev/xvda' },
      ],
    };
    const spec = specOf(more);
    expect(specOf(more)).toEqual(spec);
    const [data, shared, raw] = spec.volumes ?? [];
    expect(data).toMatchObject({
      name: expect.stringMatching(/^vol-.{36}$/),
      persistentVolumeClaim: { claimName: 'data' },
    });
    expect(shared?.persistentVolumeClaim).toEqual({ claimName: 'shared', readOnly: true });
    expect(raw?.name).toMatch(/^block-/);
    expect(spec.containers[0]).toMatchObject({
      volumeMounts: [
        { name: data?.name, mountPath: '/mnt/data' },
        { name: shared?.name, mountPath: '/mnt/shared', readOnly: true },
      ],
      volumeDevices: [{ name: raw?.name, devicePath: '/dev/xvda' }],
    });
  });
});
