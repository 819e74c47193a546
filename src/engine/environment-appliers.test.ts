import { expect, it } from 'vitest';
import { environmentVariable, inheritedVariable } from './environment-appliers.ts';
import type { NewPod } from './pod-doors.ts';

const pod: NewPod = {
  metadata: { labels: { a: 'b' } },
  spec: {
    containers: [{ name: 'output', env: [{ name: 'OTHER', value: '1' }] }, { name: 'background' }],
    initContainers: [{ name: 'init' }],
  },
};
const environments = ({ spec }: NewPod) =>
  Object.fromEntries(
    [...spec.containers, ...(spec.initContainers ?? [])].map(({ name, env = [] }) => [
      name,
      env.map((variable) => `${variable.name}=${variable.value}`),
    ]),
  );

it('an environment variable is set in all containers, in place of one of its name, and the given pod stays as it is', () => {
  const before = structuredClone(pod);
  const once = environmentVariable({ name: 'REGION', value: 'us' })(pod);
  const twice = environmentVariable({ name: 'REGION', value: 'eu' })(once);
  expect(environments(twice)).toEqual({
    output: ['OTHER=1', 'REGION=eu'],
    background: ['REGION=eu'],
    init: ['REGION=eu'],
  });
  expect(twice.metadata).toEqual(pod.metadata);
  expect(pod).toEqual(before);
});

it('an environment variable can be meant for the containers of one name', () => {
  const apply = environmentVariable({ name: 'REGION', value: 'eu', container: 'background' });
  expect(environments(apply(pod))).toEqual({ output: ['OTHER=1'], background: ['REGION=eu'], init: [] });
});

it('a variable of the operator is handed on where it is set, and is nothing where it is not', () => {
  const environment = { REGION: 'eu', EMPTY: '' };
  expect(environments(inheritedVariable({ name: 'REGION', environment })(pod))['init']).toEqual([
    'REGION=eu',
  ]);
  expect(environments(inheritedVariable({ name: 'EMPTY', environment })(pod))['init']).toEqual(['EMPTY=']);
  expect(inheritedVariable({ name: 'NONE', environment })(pod)).toBe(pod);
});
