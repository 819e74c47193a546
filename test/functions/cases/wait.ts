import { expect } from 'vitest';
import type { FunctionCases } from '../function-case.ts';
import { waitCases } from '../wait-cases.ts';

export const cases: FunctionCases = {
  function: 'Wait',
  none: { pod: 'it makes no pod', 'exec and logs': 'it runs no command' },
  cases: [
    ...waitCases({
      func: 'Wait',
      ready: '{{ if eq "yes" "{ $.data.ready }" }}true{{ else }}false{{ end }}',
      available:
        '{{ and (ge { $.status.observedGeneration } { $.metadata.generation }) (eq { $.spec.replicas } { $.status.availableReplicas }) }}',
      broken: {
        condition: '{{ eq "{ $.data[ }" "yes" }}',
        why: 'error parsing jsonpath {.data[}, unterminated array',
      },
    }),
    {
      aspect: 'arguments',
      name: 'a path stands quoted or not, finds several or the first, and what has no namespace needs none',
      run: async (world) => {
        const [pod] = await world.createWorkload({ kind: 'StatefulSet', name: 'db', replicas: 1 });
        const ofPod = {
          apiVersion: 'v1',
          resource: 'pods',
          name: pod?.metadata.name ?? '',
          namespace: world.namespace,
        };
        const ofNamespace = { apiVersion: 'v1', resource: 'namespaces', name: '{{ .Namespace.Name }}' };
        const allOf = [
          [ofPod, '{{ if { $.status.containerStatuses[].ready } }}true{{ else }}false{{ end }}'],
          [ofPod, `{{ eq "{ $.status.conditions[?(@.type == 'Ready')].status }" "True" }}`],
          [ofPod, '{{ has "main" (splitList " " "{ $.spec.containers[*].name }") }}'],
          [ofNamespace, '{{ if (eq "{ $.status.phase }" "Active")}}true{{ else }}false{{ end }}'],
        ].map(([objectReference = '', condition = '']) => ({ condition, objectReference }));
        const status = await world.run([
          { name: 'wait', func: 'Wait', args: { timeout: '30s', conditions: { allOf } } },
        ]);
        expect(status.error.message).toBe('');
      },
    },
  ],
};
