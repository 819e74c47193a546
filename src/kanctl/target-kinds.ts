import type { ResourceType } from '../kubernetes/objects.ts';
import {
  DEPLOYMENT_CONFIGS,
  DEPLOYMENTS,
  NAMESPACES,
  PERSISTENT_VOLUME_CLAIMS,
  STATEFUL_SETS,
} from '../kubernetes/resources.ts';

/** Kinds of objects that an action can be about without saying where the API has them. */
export const targetKinds: ReadonlyMap<string, ResourceType> = new Map([
  ['deployment', DEPLOYMENTS],
  ['deploymentconfig', DEPLOYMENT_CONFIGS],
  ['statefulset', STATEFUL_SETS],
  ['pvc', PERSISTENT_VOLUME_CLAIMS],
  ['namespace', NAMESPACES],
]);
