import { autoscalerErrors } from '../rules/autoscaler.ts';
import { fromVersion1, toVersion1 } from '../autoscaler-conversion.ts';
import { isFields, ownSpec, setDefault } from '../json-value.ts';
import type { ApiObject, ResourceDefinition } from '../resource-definition.ts';
import { defineKind, startingStatus } from './define-kind.ts';

const AUTOSCALER: Partial<ResourceDefinition> = {
  shortNames: ['hpa'],
  categories: ['all'],
  statusSubresource: true,
  prepareCreate: startingStatus({ desiredReplicas: 0, currentMetrics: null }),
  applyDefaults: applyAutoscalerDefaults,
  validate: autoscalerErrors,
};

/** Stored as version 2; nothing is scaled. */
export const AUTOSCALING_KINDS: ResourceDefinition[] = [
  defineKind('autoscaling', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
    ...AUTOSCALER,
    version: 'v2',
  }),
  defineKind('autoscaling', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
    ...AUTOSCALER,
    toStorage: fromVersion1,
    fromStorage: toVersion1,
  }),
];

function applyAutoscalerDefaults(object: ApiObject): void {
  const spec = ownSpec(object);
  setDefault(spec, 'minReplicas', 1);
  setDefault(spec, 'metrics', [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
  ]);
  if (!isFields(spec.behavior)) return;
  const quarter = { periodSeconds: 15 };
  spec.behavior = {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [
        { type: 'Pods', value: 4, ...quarter },
        { type: 'Percent', value: 100, ...quarter },
      ],
      ...(isFields(spec.behavior.scaleUp) && spec.behavior.scaleUp),
    },
    scaleDown: {
      selectPolicy: 'Max',
      policies: [{ type: 'Percent', value: 100, ...quarter }],
      ...(isFields(spec.behavior.scaleDown) && spec.behavior.scaleDown),
    },
  };
}
