import { expect, it } from 'vitest';
import type { Json, JsonObject } from '../kubernetes/objects.ts';
import { expandContainerOverride } from './expand-container-override.ts';

const env: Json[] = [{ name: 'A', value: '1' }];

it('what an override says of `container` holds for background and output, and for init where there is one', () => {
  const override: JsonObject = {
    containers: [{ name: 'sidecar' }, { name: 'container', env }],
    hostNetwork: true,
  };
  const before = structuredClone(override);
  const containers = [{ name: 'sidecar' }, { name: 'background', env }, { name: 'output', env }];
  expect(expandContainerOverride(override, false)).toEqual({ containers, hostNetwork: true });
  expect(expandContainerOverride(override, true)).toEqual({
    containers,
    hostNetwork: true,
    initContainers: [{ name: 'init', env }],
  });
  expect(override).toEqual(before);
});

it('what an override says of a container by its own name is not replaced', () => {
  const override: JsonObject = {
    containers: [
      { name: 'container', env },
      { name: 'output', command: ['x'] },
    ],
    initContainers: [{ name: 'init', command: ['y'] }],
  };
  expect(expandContainerOverride(override, true)).toEqual({
    containers: [
      { name: 'output', command: ['x'] },
      { name: 'background', env },
    ],
    initContainers: [{ name: 'init', command: ['y'] }],
  });
});

it.each([
  ['names no `container`', { containers: [{ name: 'output', env }] }],
  ['has no list of containers', { containers: 'container' }],
  ['has something else in its list', { containers: [{ name: 'container' }, 'x'] }],
  ['has no containers', { hostNetwork: true }],
])('an override that %s is left alone', (_what, override) => {
  expect(expandContainerOverride(override, true)).toBe(override);
});
