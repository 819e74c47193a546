import type { ControllerSettings } from '../engine/function.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import type { Container, Pod } from './pod.ts';
import {
  applierLayer,
  inOrder,
  type Layer,
  mainContainerLayer,
  overrideLayer,
  serviceAccountLayer,
} from './pod-layers.ts';

/** A pod whose containers work together on one volume; the outputs are those of `output`. */
export interface MultiContainerPod {
  /** Absent or empty: the operator's own. */
  namespace?: string | undefined;
  init?: Program;
  background: Program;
  output: Program;
  shared: SharedVolume;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  override?: JsonObject | undefined;
}

export interface Program {
  image: string;
  /** argv, in place of the image's entrypoint. */
  command?: string[] | undefined;
}

export interface SharedVolume {
  /** Empty: the node's own. */
  medium?: string | undefined;
  /** A quantity. */
  sizeLimit?: string | undefined;
  /** Where all containers have it. */
  directory: string;
}

const OUTPUT = 'output';
const SHARED = 'shared';

/**
 * The pod of a MultiContainerRun, as Kanister builds it: without a pull policy, without secure defaults, and with a label and an annotation
 * that nothing can change. Pure. It has no name yet.
 * @throws {Failure} `InvalidPodOverride` when the override does not fit a PodSpec, `PodApplierFailed`
 */
export function buildMultiContainerPod(
  wanted: MultiContainerPod,
  { settings }: { settings: Pick<ControllerSettings, 'namespace' | 'serviceAccount' | 'podDoors'> },
): Pod {
  return inOrder(basePod(wanted, settings.namespace), [
    serviceAccountLayer(undefined, settings),
    applierLayer(settings),
    ...(wanted.override ? [overrideLayer(wanted.override)] : []),
    mainContainerLayer(OUTPUT),
    fixedMetadata,
  ]);
}

function basePod(
  { init, background, output, ...wanted }: MultiContainerPod,
  controllerNamespace: string,
): Pod {
  const { medium, sizeLimit, directory } = wanted.shared;
  const container = (name: string, { image, command }: Program): Container => ({
    name,
    image,
    ...(command && command.length > 0 && { command }),
    volumeMounts: [{ name: SHARED, mountPath: directory }],
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: wanted.namespace || controllerNamespace,
      labels: { ...wanted.labels },
      annotations: { ...wanted.annotations },
    },
    spec: {
      restartPolicy: 'Never',
      ...(init && { initContainers: [container('init', init)] }),
      containers: [container(OUTPUT, output), container('background', background)],
      volumes: [{ name: SHARED, emptyDir: { ...(medium && { medium }), ...(sizeLimit && { sizeLimit }) } }],
    },
  };
}

const fixedMetadata: Layer = (pod) => ({
  ...pod,
  metadata: {
    ...pod.metadata,
    labels: { ...pod.metadata.labels, createdBy: 'kanister' },
    annotations: { ...pod.metadata.annotations, 'kubectl.kubernetes.io/default-container': OUTPUT },
  },
});
