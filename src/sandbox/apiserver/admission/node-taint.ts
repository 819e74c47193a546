import { fieldsOf, listOf, ownSpec, valueAt } from '../json-value.ts';
import type { AdmissionRequest } from './admission-request.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';

/**
 * Keeps pods away from a new node until it is ready, when the node lifecycle controller takes the taint away. One that comes as a ready
 * node is left as it is: the controller would undo it at once.
 */
export function taintUnreadyNode({ object }: AdmissionRequest): void {
  if (!object) return;
  const conditions = listOf(valueAt(object, 'status', 'conditions')).map(fieldsOf);
  if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) return;
  const spec = ownSpec(object);
  const taints = listOf(spec.taints).map(fieldsOf);
  if (taints.some(({ key, effect }) => key === NOT_READY && effect === 'NoSchedule')) return;
  spec.taints = [...taints, { key: NOT_READY, effect: 'NoSchedule' }];
}
