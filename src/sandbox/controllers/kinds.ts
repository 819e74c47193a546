import type { Claim } from './storage-kinds.ts';
import type { KubernetesObject, ObjectMeta, OwnerReference, ResourceType } from '../../kubernetes/objects.ts';

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

export interface Toleration {
  key?: string;
  operator?: 'Exists' | 'Equal';
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

export interface NodeSelectorTerm {
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
  matchFields?: { key: string; operator: string; values?: string[] }[];
}

export interface PodAffinityTerm {
  labelSelector?: LabelSelectorObject;
  namespaces?: string[];
  topologyKey: string;
}

export interface Container {
  name: string;
  image?: string;
  env?: { name: string; value?: string; valueFrom?: object }[];
  ports?: { name?: string; containerPort: number; hostPort?: number; hostIP?: string; protocol?: string }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  restartPolicy?: string;
}

export interface PodSpec {
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  affinity?: {
    nodeAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: NodeSelectorTerm[] };
    };
    podAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] };
    podAntiAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] };
  };
  tolerations?: Toleration[];
  schedulerName?: string;
  schedulingGates?: { name: string }[];
  overhead?: Record<string, string>;
  priority?: number;
  volumes?: {
    name: string;
    persistentVolumeClaim?: { claimName: string };
    ephemeral?: { volumeClaimTemplate?: object };
  }[];
  initContainers?: Container[];
  containers?: Container[];
  restartPolicy?: string;
  hostname?: string;
  subdomain?: string;
  hostNetwork?: boolean;
  terminationGracePeriodSeconds?: number;
  activeDeadlineSeconds?: number;
}

export interface PodTemplate {
  metadata?: ObjectMeta;
  spec: PodSpec;
}

export interface ContainerStatus {
  name?: string;
  restartCount?: number;
  state?: { terminated?: { exitCode?: number; finishedAt?: string } };
}

export interface Pod extends KubernetesObject {
  spec?: PodSpec;
  status?: {
    phase?: string;
    podIP?: string;
    qosClass?: string;
    conditions?: Condition[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
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
  conditions?: Condition[];
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
    progressDeadlineSeconds?: number;
    revisionHistoryLimit?: number;
    selector: LabelSelectorObject;
    template: PodTemplate;
    strategy: {
      type: 'RollingUpdate' | 'Recreate';
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
    };
  },
  ReplicaSetStatus & { updatedReplicas?: number; unavailableReplicas?: number; collisionCount?: number }
>;

export type StatefulSet = Workload<
  {
    replicas: number;
    serviceName?: string;
    minReadySeconds?: number;
    podManagementPolicy?: 'OrderedReady' | 'Parallel';
    ordinals?: { start?: number };
    updateStrategy?: {
      type?: 'RollingUpdate' | 'OnDelete';
      rollingUpdate?: { partition?: number; maxUnavailable?: number | string };
    };
    persistentVolumeClaimRetentionPolicy?: {
      whenDeleted?: 'Retain' | 'Delete';
      whenScaled?: 'Retain' | 'Delete';
    };
    revisionHistoryLimit?: number;
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

export interface Service extends KubernetesObject {
  spec: {
    clusterIP?: string;
    type?: string;
    selector?: Record<string, string>;
    publishNotReadyAddresses?: boolean;
    ports?: {
      name?: string;
      port: number;
      protocol?: string;
      appProtocol?: string;
      targetPort?: number | string;
    }[];
  };
}

export type DaemonSet = Workload<
  {
    minReadySeconds?: number;
    revisionHistoryLimit?: number;
    updateStrategy?: {
      type?: 'RollingUpdate' | 'OnDelete';
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
    };
    selector: LabelSelectorObject;
    template: PodTemplate;
  },
  {
    currentNumberScheduled?: number;
    numberMisscheduled?: number;
    desiredNumberScheduled?: number;
    numberReady?: number;
    observedGeneration?: number;
    updatedNumberScheduled?: number;
    numberAvailable?: number;
    numberUnavailable?: number;
    collisionCount?: number;
  }
>;

export interface Taint {
  key: string;
  value?: string;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  timeAdded?: string;
}

export interface Node extends KubernetesObject {
  spec?: { unschedulable?: boolean; taints?: Taint[] };
  status?: { conditions?: Condition[]; allocatable?: Record<string, string> };
}

/** What an object that is made on behalf of another refers to it by. */
export const controllerReference = (owner: KubernetesObject, type: ResourceType): OwnerReference => ({
  apiVersion: apiVersionOf(type),
  kind: type.kind,
  name: owner.metadata?.name ?? '',
  uid: owner.metadata?.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

export const apiVersionOf = ({ group, version }: Pick<ResourceType, 'group' | 'version'>): string =>
  group ? `${group}/${version}` : version;

export const controllerOf = ({ metadata }: KubernetesObject): OwnerReference | undefined =>
  metadata?.ownerReferences?.find(({ controller }) => controller);

export const conditionHolds = (conditions: Condition[] | undefined, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;

export const nameOf = ({ metadata }: KubernetesObject): { namespace: string; name: string } => ({
  namespace: metadata?.namespace ?? '',
  name: metadata?.name ?? '',
});
