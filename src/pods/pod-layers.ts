import type { ControllerSettings } from '../engine/function.ts';
import { Failure } from '../engine/failure.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import type { Pod, PodSpec } from './pod.ts';
import { overridePodSpec } from './pod-override.ts';

/** A step on the way from nothing to the pod of a function. Pure. */
export type Layer = (pod: Pod) => Pod;

/** The given service account; else the operator's own, in its own namespace; else none, which is the namespace's default. */
export function serviceAccountLayer(
  given: string | undefined,
  settings: Pick<ControllerSettings, 'namespace' | 'serviceAccount'>,
): Layer {
  return (pod) => {
    const own = pod.metadata.namespace === settings.namespace ? settings.serviceAccount : '';
    const serviceAccountName = given || own;
    return serviceAccountName === '' ? pod : withSpec(pod, { serviceAccountName });
  };
}

/** What the operator's modules want of all pods. @throws {Failure} `PodApplierFailed` */
export function applierLayer({ podDoors }: Pick<ControllerSettings, 'podDoors'>): Layer {
  return (pod) => {
    try {
      const applied = (podDoors?.appliers ?? []).reduce<Pod>((before, apply) => apply(before), pod);
      checkNamespace(applied, pod);
      return applied;
    } catch (error) {
      throw Failure.wrap('Failed to apply ephemeral pod options', error, 'PodApplierFailed', {
        hint: 'A pod applier of a module that the operator was started with (--functions) fails: correct it there.',
      });
    }
  };
}

/** The journal says where a pod will be before it is made: it would not be found in another namespace. @throws {Error} */
export function checkNamespace(changed: Pod, pod: Pod): void {
  const { namespace } = pod.metadata;
  if (changed.metadata.namespace === namespace) return;
  throw new Error(
    `the pod was moved from namespace ${namespace} to ${changed.metadata.namespace}, and has to stay where it is`,
  );
}

/** @throws {Failure} `InvalidPodOverride` */
export function overrideLayer(patch: JsonObject): Layer {
  return (pod) => {
    const spec: PodSpec & JsonObject = JSON.parse(JSON.stringify(pod.spec));
    return { ...pod, spec: overridePodSpec(spec, patch) };
  };
}

/** An override may put its own containers in front: log and outputs are those of the first one. */
export function mainContainerLayer(name: string): Layer {
  return (pod) => {
    const containers = pod.spec.containers ?? []; // an override may have removed them: the API server says so
    const main = containers.filter((container) => container.name === name);
    const others = containers.filter((container) => container.name !== name);
    return withSpec(pod, { containers: [...main, ...others] });
  };
}

export function withSpec(pod: Pod, fields: Partial<PodSpec>): Pod {
  return { ...pod, spec: { ...pod.spec, ...fields } };
}

export function inOrder(pod: Pod, layers: Layer[]): Pod {
  return layers.reduce((before, layer) => layer(before), pod);
}
