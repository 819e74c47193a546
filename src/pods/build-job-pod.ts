import { createHash } from 'node:crypto';
import type { ControllerSettings, FunctionContext } from '../engine/function.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import type { Container, Pod } from './pod.ts';
import {
  applierLayer,
  inOrder,
  type Layer,
  mainContainerLayer,
  overrideLayer,
  serviceAccountLayer,
  withSpec,
} from './pod-layers.ts';

/** A pod that runs one command and ends. */
export interface JobPod {
  /** Absent or empty: the operator's own. */
  namespace?: string | undefined;
  image: string;
  /** argv, in place of the image's entrypoint. */
  command: string[];
  /** `container` when absent. */
  containerName?: string;
  /** Absent: the operator's own in the operator's namespace, the namespace's default elsewhere. */
  serviceAccount?: string | undefined;
  labels?: Record<string, string>;
  /** Value of the label `kanister.io/JobID`. */
  jobId?: string | undefined;
  annotations?: Record<string, string>;
  claims?: MountedClaim[];
  /** Laid over the pod one after the other, the last wins. */
  overrides?: JsonObject[];
}

/** A PersistentVolumeClaim in the pod: as a file system, or as a block device. */
export type MountedClaim =
  | { claim: string; mountPath: string; readOnly?: boolean }
  | { claim: string; devicePath: string; readOnly?: boolean };

export interface JobPodSurroundings {
  settings: Pick<
    ControllerSettings,
    'namespace' | 'serviceAccount' | 'secureDefaultsForJobPods' | 'podDoors'
  >;
}

/** The one label of an owner that its pods may get. */
const JOB_ID_LABEL = 'kanister.io/JobID';

/**
 * The pod of a job: Kanister's defaults, then layer by layer what the function, the operator's modules, the Blueprint and the ActionSet
 * want. Pure, and the same for the same input, so that a second process arrives at the same pod. It has no name yet.
 * @throws {Failure} `InvalidPodOverride` when an override does not fit a PodSpec, `PodApplierFailed`
 */
export function buildJobPod(job: JobPod, { settings }: JobPodSurroundings): Pod {
  return inOrder(basePod(job, settings.namespace), [
    serviceAccount(job, settings),
    ...(job.claims ?? []).map(mountedClaim),
    metadata(job),
    applierLayer(settings),
    jobId(job),
    ...(job.overrides ?? []).map(overrideLayer),
    mainContainerLayer(containerNameOf(job)),
  ]);
}

/** The owner's JobID, which Kanister hands on to the pods of KubeTask and to no others. */
export function jobIdOf({ labels }: FunctionContext['owner']): string | undefined {
  return labels[JOB_ID_LABEL];
}

function basePod(job: JobPod, controllerNamespace: string): Pod {
  const container: Container = {
    name: containerNameOf(job),
    image: job.image,
    command: job.command,
    imagePullPolicy: 'IfNotPresent',
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: job.namespace || controllerNamespace },
    spec: { containers: [container], restartPolicy: 'Never' },
  };
}

/** With secure defaults (Kanister 0.115) no other account counts than the namespace's default, without its token. */
function serviceAccount(job: JobPod, settings: JobPodSurroundings['settings']): Layer {
  if (!settings.secureDefaultsForJobPods) return serviceAccountLayer(job.serviceAccount, settings);
  return (pod) => withSpec(pod, { serviceAccountName: 'default', automountServiceAccountToken: false });
}

function mountedClaim(mounted: MountedClaim): Layer {
  // Kanister's random UUIDs are hashed from the claim here: the same job must build the same pod again.
  const name = `${'devicePath' in mounted ? 'block' : 'vol'}-${uuidOf(mounted.claim)}`;
  const readOnly = mounted.readOnly ?? false;
  const volume = { name, persistentVolumeClaim: { claimName: mounted.claim, ...(readOnly && { readOnly }) } };
  const mount = (container: Container): Container =>
    'devicePath' in mounted
      ? {
          ...container,
          volumeDevices: [...(container.volumeDevices ?? []), { name, devicePath: mounted.devicePath }],
        }
      : {
          ...container,
          volumeMounts: [
            ...(container.volumeMounts ?? []),
            { name, mountPath: mounted.mountPath, ...(readOnly && { readOnly }) },
          ],
        };
  return (pod) =>
    withSpec(pod, {
      volumes: [...(pod.spec.volumes ?? []), volume],
      containers: pod.spec.containers.map((container, index) => (index === 0 ? mount(container) : container)),
    });
}

function metadata(job: JobPod): Layer {
  const labels = { createdBy: 'kanister', ...job.labels };
  const annotations = job.annotations ?? {};
  return (pod) => ({
    ...pod,
    metadata: { ...pod.metadata, labels, ...(Object.keys(annotations).length > 0 && { annotations }) },
  });
}

function jobId({ jobId: id }: JobPod): Layer {
  if (id === undefined) return (pod) => pod;
  return (pod) => ({
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, [JOB_ID_LABEL]: id } },
  });
}

function containerNameOf(job: JobPod): string {
  return job.containerName ?? 'container';
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
