import type { KubernetesObject, ResourceType } from '../kubernetes/objects.ts';
import { DEPLOYMENT_CONFIGS, DEPLOYMENTS, STATEFUL_SETS } from '../kubernetes/resources.ts';

/** What scales: a Deployment, a StatefulSet or OpenShift's DeploymentConfig, with the fields that this program reads. */
export interface WorkloadObject extends KubernetesObject {
  spec?: {
    replicas?: number;
    /** A DeploymentConfig's is the map of labels itself. */
    selector?: { matchLabels?: Record<string, string>; matchExpressions?: object[] } | Record<string, string>;
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    latestVersion?: number;
  };
}

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DeploymentConfig';

export const WORKLOAD_TYPES: Readonly<Record<WorkloadKind, ResourceType>> = {
  Deployment: DEPLOYMENTS,
  StatefulSet: STATEFUL_SETS,
  DeploymentConfig: DEPLOYMENT_CONFIGS,
};

/** In any case, as Kanister takes it; undefined where `apiVersion` is given and names another group's kind of that name. */
export function workloadKind(text: string, apiVersion = ''): WorkloadKind | undefined {
  const kind = kindNamed(text);
  if (kind === undefined || apiVersion === '') return kind;
  const { group, version } = WORKLOAD_TYPES[kind];
  return apiVersion === `${group}/${version}` ? kind : undefined;
}

function kindNamed(text: string): WorkloadKind | undefined {
  switch (text.toLowerCase()) {
    case 'deployment':
      return 'Deployment';
    case 'statefulset':
      return 'StatefulSet';
    case 'deploymentconfig':
      return 'DeploymentConfig';
    default:
      return undefined;
  }
}

/** A workload without a number of replicas has one. */
export function replicasOf(workload: WorkloadObject): number {
  return workload.spec?.replicas ?? 1;
}
