import type { KubernetesObject, ObjectMeta, OwnerReference } from '../../kubernetes/objects.ts';

/** The fields that the controllers read and write of the kinds that they look after. */

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  lastProbeTime?: string | null;
}

export interface PodSpec {
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  volumes?: { name: string; persistentVolumeClaim?: { claimName: string } }[];
  containers?: { name: string; ports?: { name?: string; containerPort: number; protocol?: string }[] }[];
  restartPolicy?: string;
  hostname?: string;
  subdomain?: string;
}

export interface PodTemplate {
  metadata?: ObjectMeta;
  spec: PodSpec;
}

export interface Pod extends KubernetesObject {
  spec?: PodSpec;
  status?: {
    phase?: string;
    podIP?: string;
    conditions?: Condition[];
    containerStatuses?: { restartCount?: number; state?: { terminated?: { finishedAt?: string } } }[];
  };
}

export interface LabelSelectorObject {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface Workload<Spec, Status> extends KubernetesObject {
  spec: Spec;
  status?: Status;
}

export interface ReplicaSetStatus {
  replicas?: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  observedGeneration?: number;
}

export type ReplicaSet = Workload<
  { replicas: number; minReadySeconds?: number; selector: LabelSelectorObject; template: PodTemplate },
  ReplicaSetStatus
>;

export type Deployment = Workload<
  {
    replicas: number;
    minReadySeconds?: number;
    paused?: boolean;
    revisionHistoryLimit?: number;
    selector: LabelSelectorObject;
    template: PodTemplate;
    strategy: {
      type: 'RollingUpdate' | 'Recreate';
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
    };
  },
  ReplicaSetStatus & { updatedReplicas?: number; unavailableReplicas?: number; conditions?: Condition[] }
>;

export interface Claim extends KubernetesObject {
  spec: {
    accessModes: string[];
    resources: { requests: { storage: string } };
    storageClassName?: string;
    volumeName?: string;
    volumeMode?: string;
    selector?: LabelSelectorObject;
    dataSource?: { kind: string; name: string } | null;
  };
  status?: { phase?: string; accessModes?: string[]; capacity?: { storage: string } };
}

export interface Volume extends KubernetesObject {
  spec: {
    capacity: { storage: string };
    accessModes: string[];
    persistentVolumeReclaimPolicy?: string;
    storageClassName?: string;
    hostPath?: { path: string; type?: string };
    claimRef?: { apiVersion?: string; kind?: string; namespace?: string; name?: string; uid?: string };
  };
  status?: { phase?: string };
}

export type StatefulSet = Workload<
  {
    replicas: number;
    serviceName?: string;
    minReadySeconds?: number;
    podManagementPolicy?: 'OrderedReady' | 'Parallel';
    ordinals?: { start?: number };
    updateStrategy?: { type?: 'RollingUpdate' | 'OnDelete'; rollingUpdate?: { partition?: number } };
    selector: LabelSelectorObject;
    template: PodTemplate;
    volumeClaimTemplates?: Claim[];
  },
  ReplicaSetStatus & {
    currentReplicas?: number;
    updatedReplicas?: number;
    currentRevision?: string;
    updateRevision?: string;
    collisionCount?: number;
  }
>;

export interface JobStatus {
  active?: number;
  ready?: number;
  terminating?: number;
  succeeded?: number;
  failed?: number;
  startTime?: string;
  completionTime?: string;
  conditions?: Condition[];
  uncountedTerminatedPods?: object;
}

export type Job = Workload<
  {
    parallelism: number;
    completions?: number;
    backoffLimit: number;
    activeDeadlineSeconds?: number;
    ttlSecondsAfterFinished?: number;
    suspend?: boolean;
    selector: LabelSelectorObject;
    template: PodTemplate;
  },
  JobStatus
>;

export interface Service extends KubernetesObject {
  spec: {
    clusterIP?: string;
    type?: string;
    selector?: Record<string, string>;
    publishNotReadyAddresses?: boolean;
    ports?: { name?: string; port: number; protocol?: string; targetPort?: number | string }[];
  };
}

export interface Node extends KubernetesObject {
  spec?: { unschedulable?: boolean };
  status?: { conditions?: Condition[] };
}

/** What an object that is made on behalf of another refers to it by. */
export const controllerReference = (
  owner: KubernetesObject,
  apiVersion: string,
  kind: string,
): OwnerReference => ({
  apiVersion,
  kind,
  name: owner.metadata?.name ?? '',
  uid: owner.metadata?.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

export const controllerOf = ({ metadata }: KubernetesObject): OwnerReference | undefined =>
  metadata?.ownerReferences?.find(({ controller }) => controller);

export const conditionHolds = (conditions: Condition[] | undefined, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;

export const nameOf = ({ metadata }: KubernetesObject): { namespace: string; name: string } => ({
  namespace: metadata?.namespace ?? '',
  name: metadata?.name ?? '',
});
