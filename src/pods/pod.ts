import type { KubernetesObject, ObjectMeta, ObjectName } from '../kubernetes/objects.ts';

/** A Pod, with the fields that this program reads. */
export interface Pod extends KubernetesObject {
  metadata: ObjectMeta;
  spec: PodSpec;
  status?: PodStatus;
}

export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  nodeName?: string;
  restartPolicy?: string;
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  volumes?: Volume[];
}

export interface Container {
  name: string;
  image?: string;
  command?: string[];
  env?: { name: string; value?: string }[];
  imagePullPolicy?: string;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
  volumeDevices?: { name: string; devicePath: string }[];
}

export interface Volume {
  name: string;
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean };
  emptyDir?: { medium?: string; sizeLimit?: string };
}

export interface PodStatus {
  phase?: string;
  reason?: string;
  message?: string;
  nominatedNodeName?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
}

export interface ContainerStatus {
  name: string;
  restartCount?: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: { startedAt?: string };
    terminated?: Terminated;
  };
  /** How it ended before it was started again. */
  lastState?: { terminated?: Terminated };
}

export interface Terminated {
  startedAt?: string;
  exitCode: number;
  signal?: number;
  reason?: string;
  message?: string;
}

/** The container whose log and outputs count: the first one. */
export function mainContainer(pod: Pod): string {
  return pod.spec.containers[0]?.name ?? '';
}

export function nameOf({ metadata: { name = '', namespace } }: Pod): ObjectName {
  return { name, ...(namespace !== undefined && { namespace }) };
}

export function containerStatus(pod: Pod, container: string): ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find((status) => status.name === container);
}

/** What has befallen a pod, in words of Kubernetes; empty where nothing is known of that. */
export function podTrouble({ reason, message, conditions = [] }: PodStatus = {}): Partial<
  Record<'reason' | 'message', string>
> {
  // Of who asks for an eviction, as a drain does, only a condition tells.
  const disrupted = conditions.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
  const trouble = { reason: reason || disrupted?.reason, message: message || disrupted?.message };
  return {
    ...(trouble.reason && { reason: trouble.reason }),
    ...(trouble.message && { message: trouble.message }),
  };
}

/** Whether all containers have ended for good. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
