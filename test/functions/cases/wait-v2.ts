import { expect } from 'vitest';
import type { FunctionCases } from '../function-case.ts';
import { waitCases } from '../wait-cases.ts';

export const cases: FunctionCases = {
  function: 'WaitV2',
  none: { pod: 'it makes no pod', 'exec and logs': 'it runs no command' },
  cases: [
    ...waitCases({
      func: 'WaitV2',
      ready: '{{ if eq .data.ready "yes" }}true{{ else }}false{{ end }}',
      available:
        '{{ and (ge .status.observedGeneration .metadata.generation) (eq .spec.replicas .status.availableReplicas) }}',
      broken: { condition: '{{ upper .kind }}true', why: 'template: output:1: function "upper" not defined' },
    }),
    {
      aspect: 'arguments',
      name: 'numbers of the object compare with 1 as they do with 1.0',
      run: async (world) => {
        await world.createWorkload({ name: 'web', replicas: 1 });
        const objectReference = {
          apiVersion: 'apps/v1',
          resource: 'deployments',
          name: 'web',
          namespace: world.namespace,
        };
        const conditions = ['{{ eq .spec.replicas 1 }}', '{{ eq .spec.replicas 1.0 }}'].map((condition) => ({
          condition,
          objectReference,
        }));
        const status = await world.run([
          { name: 'wait', func: 'WaitV2', args: { timeout: '5s', conditions: { allOf: conditions } } },
        ]);
        expect(status.error.message).toBe('');
      },
    },
  ],
};
