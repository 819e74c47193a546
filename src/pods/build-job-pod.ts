import { createHash } from 'node:crypto';
import type { ControllerSettings } from '../engine/function.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import type { Container, Pod, PodSpec } from './pod.ts';
import { overridePodSpec } from './pod-override.ts';

/** A pod that runs one command and ends. */
export interface JobPod {
  /** Absent: the operator's own. */
  namespace?: string;
  image: string;
  /** argv, in place of the image's entrypoint. */
  command: string[];
  /** `container` when absent. */
  containerName?: string;
  /** Absent: the operator's own in the operator's namespace, the namespace's default elsewhere. */
  serviceAccount?: string;
  labels?: Record<string, string>;
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
  settings: Pick<ControllerSettings, 'namespace' | 'serviceAccount' | 'secureDefaultsForJobPods'>;
  /** Of whom the pod is: labels of its owner may be handed on to it. */
  owner: { labels: Record<string, string> };
}

/** The one label of an owner that its job pods get. */
const JOB_ID_LABEL = 'kanister.io/JobID';

type Layer = (pod: Pod) => Pod;

/**
 * The pod of a job: Kanister's defaults, then layer by layer what the function, the Blueprint and the ActionSet want. Pure, and
 * the same for the same input, so that a second process arrives at the same pod. It has no name yet.
 * @throws {Failure} `InvalidPodOverride` when an override does not fit a PodSpec
 */
export function buildJobPod(job: JobPod, { settings, owner }: JobPodSurroundings): Pod {
  const layers: Layer[] = [
    serviceAccount(job, settings),
    ...(job.claims ?? []).map(mountedClaim),
    metadata(job, owner.labels),
    ...(job.overrides ?? []).map(override),
    mainContainerFirst(containerNameOf(job)),
  ];
  return layers.reduce((pod, layer) => layer(pod), basePod(job, settings.namespace));
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
    metadata: { namespace: job.namespace ?? controllerNamespace },
    spec: { containers: [container], restartPolicy: 'Never' },
  };
}

/** With secure defaults (Kanister 0.115) no other account counts than the namespace's default, without its token. */
function serviceAccount(job: JobPod, settings: JobPodSurroundings['settings']): Layer {
  return (pod) => {
    if (settings.secureDefaultsForJobPods) {
      return withSpec(pod, { serviceAccountName: 'default', automountServiceAccountToken: false });
    }
    const own = pod.metadata.namespace === settings.namespace ? settings.serviceAccount : '';
    const serviceAccountName = job.serviceAccount || own;
    return serviceAccountName === '' ? pod : withSpec(pod, { serviceAccountName });
  };
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

function metadata(job: JobPod, ownerLabels: Record<string, string>): Layer {
  const jobId = ownerLabels[JOB_ID_LABEL];
  const labels = {
    createdBy: 'kanister',
    ...job.labels,
    ...(jobId !== undefined && { [JOB_ID_LABEL]: jobId }),
  };
  const annotations = job.annotations ?? {};
  return (pod) => ({
    ...pod,
    metadata: { ...pod.metadata, labels, ...(Object.keys(annotations).length > 0 && { annotations }) },
  });
}

function override(patch: JsonObject): Layer {
  return (pod) => {
    const spec: PodSpec & JsonObject = JSON.parse(JSON.stringify(pod.spec));
    return { ...pod, spec: overridePodSpec(spec, patch) };
  };
}

/** An override may put its own containers in front: log and outputs are those of the first one. */
function mainContainerFirst(name: string): Layer {
  return (pod) => {
    const containers = pod.spec.containers ?? []; // an override may have removed them: the API server says so
    const main = containers.filter((container) => container.name === name);
    const others = containers.filter((container) => container.name !== name);
    return withSpec(pod, { containers: [...main, ...others] });
  };
}

function containerNameOf(job: JobPod): string {
  return job.containerName ?? 'container';
}

function withSpec(pod: Pod, fields: Partial<PodSpec>): Pod {
  return { ...pod, spec: { ...pod.spec, ...fields } };
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
