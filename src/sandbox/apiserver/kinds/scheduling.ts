import { setDefault } from '../json-value.ts';
import { priorityClassErrors, priorityClassUpdateErrors } from '../rules/priority-class.ts';
import type { ResourceDefinition } from '../resource-definition.ts';
import { defineKind } from './define-kind.ts';

export const SCHEDULING_KINDS: ResourceDefinition[] = [
  defineKind('scheduling.k8s.io', 'priorityclasses', 'PriorityClass', {
    namespaced: false,
    shortNames: ['pc'],
    generation: 'at-first',
    applyDefaults(object) {
      setDefault(object, 'value', 0);
      setDefault(object, 'preemptionPolicy', 'PreemptLowerPriority');
    },
    validate: priorityClassErrors,
    validateUpdate: priorityClassUpdateErrors,
  }),
];
