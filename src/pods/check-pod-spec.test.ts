import { describe, expect, it } from 'vitest';
import { podSpecTypes } from '../../test/golden/pods/pod-spec-types-of-models.ts';
import { checkPodSpec } from './check-pod-spec.ts';
import { POD_SPEC_TYPES } from './pod-spec-types.ts';

describe('a PodSpec', () => {
  it('is known by the fields of the Kubernetes release that the client library is made for', async () => {
    expect(POD_SPEC_TYPES).toEqual(await podSpecTypes());
  });

  it('with values of the right types is taken, fields that nobody knows included', () => {
    expect(
      checkPodSpec({
        containers: [
          {
            name: 'container',
            ports: [{ containerPort: 80 }],
            resources: { limits: { memory: '1Gi', cpu: 1.5 } },
            livenessProbe: { httpGet: { port: 'web' } },
            tty: false,
            madeUp: { anything: [1] },
          },
        ],
        securityContext: { runAsUser: 12345678, sysctls: null },
        nodeSelector: { disk: 'fast' },
        volumes: [{ name: 'shared', emptyDir: { sizeLimit: 1000000 } }],
      }),
    ).toBeUndefined();
  });

  it.each([
    [
      { containers: 'nonsense' },
      'containers',
      'v1.PodSpec.Containers: []v1.Container: expected a list, found text',
    ],
    [
      { containers: ['x'] },
      'containers[0]',
      'v1.PodSpec.Containers: []v1.Container: expected a map, found text',
    ],
    [
      { containers: [{ env: { A: 'b' } }] },
      'containers[0].env',
      'v1.PodSpec.Containers: []v1.Container: v1.Container.Env: []v1.EnvVar: expected a list, found a map',
    ],
    [
      { securityContext: { runAsUser: '0' } },
      'securityContext.runAsUser',
      'v1.PodSpec.SecurityContext: v1.PodSecurityContext: v1.PodSecurityContext.RunAsUser: expected an integer, found text',
    ],
    [
      { terminationGracePeriodSeconds: 1.5 },
      'terminationGracePeriodSeconds',
      'expected an integer, found a number',
    ],
    [{ hostNetwork: 'true' }, 'hostNetwork', 'expected a boolean, found text'],
    [
      { nodeSelector: { disk: true } },
      'nodeSelector.disk',
      'map[string]string: expected text, found a boolean',
    ],
    [{ tolerations: [{ key: 5 }] }, 'tolerations[0].key', 'expected text, found an integer'],
    [[], '', 'v1.PodSpec: expected a map, found a list'],
  ])('%j is refused with the way to the value', (spec, path, text) => {
    const found = checkPodSpec(spec);
    expect(found?.path).toBe(path);
    expect(found?.text).toContain(text);
  });

  it('that is refused never shows the value itself', () => {
    expect(checkPodSpec({ containers: [{ env: 'PASSWORD=hunter2' }] })?.text).not.toContain('hunter2');
  });
});
