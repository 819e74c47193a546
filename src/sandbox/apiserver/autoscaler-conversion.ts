import { fieldsOf, isFields, listOf, textOf } from './json-value.ts';
import type { Fields } from './json-value.ts';
import type { ApiObject } from './resource-definition.ts';

/** autoscaling/v1 knows of one target only, and carries the rest as JSON in annotations. */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const CARRIED = [METRICS, BEHAVIOR, CURRENT_METRICS, CONDITIONS];

/** autoscaling/v1 → v2 */
export function fromVersion1(object: ApiObject): ApiObject {
  const { targetCPUUtilizationPercentage: percentage, ...spec } = fieldsOf(object.spec);
  const { currentCPUUtilizationPercentage: _current, ...status } = fieldsOf(object.status);
  const annotations = object.metadata.annotations ?? {};
  const metrics = [
    ...listOf(parsed(annotations[METRICS])),
    ...(typeof percentage === 'number' ? [cpuMetric(percentage)] : []),
  ];
  const behavior = parsed(annotations[BEHAVIOR]);
  const conditions = parsed(annotations[CONDITIONS]);
  const currentMetrics = parsed(annotations[CURRENT_METRICS]);
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(object, {}),
    spec: { ...spec, ...(metrics.length > 0 && { metrics }), ...(isFields(behavior) && { behavior }) },
    status: {
      ...status,
      currentMetrics: Array.isArray(currentMetrics) ? currentMetrics : null,
      ...(Array.isArray(conditions) && { conditions }),
    },
  };
}

/** autoscaling/v2 → v1 */
export function toVersion1(object: ApiObject): ApiObject {
  const { metrics, behavior, ...spec } = fieldsOf(object.spec);
  const { conditions, currentMetrics, ...status } = fieldsOf(object.status);
  const utilizations = listOf(metrics).flatMap((metric) => cpuUtilization(metric) ?? []);
  const others = listOf(metrics).filter((metric) => cpuUtilization(metric) === undefined);
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(object, {
      ...(others.length > 0 && { [METRICS]: JSON.stringify(others) }),
      ...(isFields(behavior) && { [BEHAVIOR]: JSON.stringify(behavior) }),
      ...(listOf(currentMetrics).length > 0 && { [CURRENT_METRICS]: JSON.stringify(currentMetrics) }),
      ...(listOf(conditions).length > 0 && { [CONDITIONS]: JSON.stringify(conditions) }),
    }),
    spec: { ...spec, ...(utilizations.length > 0 && { targetCPUUtilizationPercentage: utilizations[0] }) },
    status: { ...status, currentReplicas: status.currentReplicas ?? 0 },
  };
}

function withAnnotations(object: ApiObject, added: Record<string, string>): ApiObject['metadata'] {
  const { annotations: had = {}, ...metadata } = object.metadata;
  const own = Object.fromEntries(Object.entries(had).filter(([key]) => !CARRIED.includes(key)));
  const annotations = { ...own, ...added };
  return { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) };
}

const cpuMetric = (averageUtilization: number): Fields => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

function cpuUtilization(metric: unknown): number | undefined {
  const { type, resource } = fieldsOf(metric);
  const { name, target } = fieldsOf(resource);
  const { averageUtilization } = fieldsOf(target);
  return type === 'Resource' && name === 'cpu' && typeof averageUtilization === 'number'
    ? averageUtilization
    : undefined;
}

/** What is no JSON is left out, as the API server does. */
function parsed(text: string | undefined): unknown {
  if (textOf(text) === '') return undefined;
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
