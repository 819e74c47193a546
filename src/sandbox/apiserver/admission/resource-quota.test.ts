import { describe, expect, it } from 'vitest';
import { formatQuantity } from '../../../kubernetes/quantity.ts';
import { isInScope } from './quota-scope.ts';
import { usageOf } from './quota-usage.ts';

const pod = (spec: object, status: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a' },
  spec,
  status,
});

const shown = (usage: ReturnType<typeof usageOf>) =>
  Object.fromEntries([...usage].map(([name, amount]) => [name, formatQuantity(amount)]));

describe('what a quota counts', () => {
  it('is the larger of what a pod asks for while it starts and while it runs', () => {
    const resources = (cpu: string) => ({ resources: { requests: { cpu } } });
    const spec = {
      containers: [resources('100m'), resources('200m')],
      initContainers: [resources('1'), { ...resources('50m'), restartPolicy: 'Always' }],
    };
    expect(shown(usageOf(pod(spec), 'pods'))).toEqual({
      'count/pods': '1',
      pods: '1',
      cpu: '1',
      'requests.cpu': '1',
    });
  });

  it('is nothing but its place for a pod that has ended', () => {
    const spec = { containers: [{ resources: { requests: { cpu: '1' } } }] };
    expect(shown(usageOf(pod(spec, { phase: 'Succeeded' }), 'pods'))).toEqual({ 'count/pods': '1' });
  });

  it('is the size of a claim, for its class too', () => {
    const claim = {
      ...pod({ storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } }),
      kind: 'PersistentVolumeClaim',
    };
    expect(shown(usageOf(claim, 'persistentvolumeclaims'))).toEqual({
      'count/persistentvolumeclaims': '1',
      persistentvolumeclaims: '1',
      'requests.storage': '1Gi',
      'fast.storageclass.storage.k8s.io/requests.storage': '1Gi',
      'fast.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
    });
  });

  it('is what its scopes let it count', () => {
    const quota = (spec: object) => ({ ...pod(spec), kind: 'ResourceQuota' });
    const urgent = pod({ containers: [], priorityClassName: 'high' });
    const selector = { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] };
    expect(isInScope(quota({ scopes: ['BestEffort'] }), urgent, 'pods')).toBe(true);
    expect(isInScope(quota({ scopes: ['NotBestEffort'] }), urgent, 'pods')).toBe(false);
    expect(isInScope(quota({ scopes: ['Terminating'] }), urgent, 'pods')).toBe(false);
    expect(isInScope(quota({ scopeSelector: selector }), urgent, 'pods')).toBe(true);
    expect(isInScope(quota({ scopeSelector: selector }), urgent, 'services')).toBe(false);
  });
});
