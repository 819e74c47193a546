import { describe, expect, it } from 'vitest';
import { fromVersion1, toVersion1 } from './autoscaler-conversion.ts';

describe('an autoscaler in version 1', () => {
  it('carries what only version 2 knows in annotations, and gets it back', () => {
    const metrics = [
      { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } } },
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
      },
    ];
    const stored = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'a', annotations: { own: 'yes' } },
      spec: { maxReplicas: 3, metrics, behavior: { scaleDown: { selectPolicy: 'Max' } } },
      status: { currentMetrics: null, desiredReplicas: 0, currentReplicas: 0 },
    };
    const shown = toVersion1(stored);
    expect(shown.spec).toEqual({ maxReplicas: 3, targetCPUUtilizationPercentage: 50 });
    expect(Object.keys(shown.metadata.annotations ?? {})).toEqual([
      'own',
      'autoscaling.alpha.kubernetes.io/metrics',
      'autoscaling.alpha.kubernetes.io/behavior',
    ]);
    expect(fromVersion1(shown)).toEqual(stored);
  });
});
