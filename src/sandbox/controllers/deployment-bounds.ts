import type { Deployment } from './kinds.ts';
import { shareOf } from './share.ts';

/** What a ReplicaSet's Deployment wanted when it was last sized, and the most that it allows while it rolls out. */
export const DESIRED = 'deployment.kubernetes.io/desired-replicas';
export const MAXIMUM = 'deployment.kubernetes.io/max-replicas';

export function surgeOf({ spec }: Deployment): number {
  if (spec.strategy.type === 'Recreate') return 0;
  return shareOf(spec.strategy.rollingUpdate?.maxSurge, spec.replicas, Math.ceil);
}

/** How many pods may be missing; at least one where none may be too many. */
export function unavailableOf(deployment: Deployment): number {
  const { replicas, strategy } = deployment.spec;
  if (strategy.type === 'Recreate' || replicas === 0) return 0;
  const asked = shareOf(strategy.rollingUpdate?.maxUnavailable, replicas, Math.floor);
  return Math.min(surgeOf(deployment) === 0 && asked === 0 ? 1 : asked, replicas);
}
