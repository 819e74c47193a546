import type { BlueprintAction } from '../../../src/api/kanister/types.ts';
import type { Scenario } from '../scenario.ts';

const THREE: Record<string, BlueprintAction> = Object.fromEntries(
  ['a', 'b', 'c'].map((name) => [
    name,
    {
      outputArtifacts: { [name]: { keyValue: { value: '{{ .Phases.one.Output.value }}' } } },
      phases: [{ func: 'Note', name: 'one', args: { value: name, temporary: true } }],
      deferPhase: { func: 'Note', name: 'cleanup' },
    },
  ]),
);

/** Several actions, and what makes one wait for another. */
export const ORDER: readonly Scenario[] = [
  {
    name: 'actions in parallel',
    actions: THREE,
    actionSets: [[{ name: 'a' }, { name: 'b' }, { name: 'c' }]],
  },
  {
    name: 'actions one after the other',
    actions: THREE,
    actionSets: [[{ name: 'a' }, { name: 'b' }, { name: 'c' }]],
    spec: { executionMode: 'sequential' },
  },
  {
    name: 'action that needs a failed one',
    actions: {
      ...THREE,
      a: { phases: [{ func: 'Break', name: 'one' }] },
    },
    actionSets: [[{ name: 'a' }, { name: 'b', needs: ['a'] }, { name: 'c' }]],
  },
  {
    name: 'condition',
    actions: {
      run: {
        phases: [
          { func: 'Note', name: 'one', args: { value: 'x' } },
          { func: 'Note', name: 'two', if: '{{ eq .Phases.one.Output.value "y" }}', args: { value: 'z' } },
          { func: 'Note', name: 'three', if: '{{ eq .Phases.one.Output.value "x" }}', args: { value: 'z' } },
        ],
      },
    },
    actionSets: [[{}]],
  },
  {
    name: 'two ActionSets at once',
    actions: {
      run: {
        phases: [
          { func: 'Note', name: 'one', args: { value: 'x', temporary: true } },
          { func: 'Once', name: 'two' },
        ],
      },
    },
    actionSets: [[{}], [{}]],
    mayBeUnknown: true,
  },
];
