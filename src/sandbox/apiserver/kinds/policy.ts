import { fieldsOf } from '../json-value.ts';
import { disruptionBudgetErrors } from '../rules/disruption-budget.ts';
import type { ResourceDefinition } from '../resource-definition.ts';
import { defineKind, startingStatus } from './define-kind.ts';

export const POLICY_KINDS: ResourceDefinition[] = [
  defineKind('policy', 'poddisruptionbudgets', 'PodDisruptionBudget', {
    shortNames: ['pdb'],
    generation: 'spec',
    statusSubresource: true,
    requiresResourceVersion: true,
    prepareCreate: startingStatus({
      disruptionsAllowed: 0,
      currentHealthy: 0,
      desiredHealthy: 0,
      expectedPods: 0,
    }),
    validate: (object) => disruptionBudgetErrors(fieldsOf(object.spec)),
  }),
];
