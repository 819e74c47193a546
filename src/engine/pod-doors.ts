import type { KubernetesObject, ObjectMeta } from '../kubernetes/objects.ts';
import type { FunctionContext } from './function.ts';

/** A pod that is about to be created, with the fields that most want to change; all others are carried along. */
export interface NewPod extends KubernetesObject {
  metadata: ObjectMeta;
  spec: { containers: NewContainer[]; initContainers?: NewContainer[] };
}

export interface NewContainer {
  name: string;
  env?: EnvironmentVariable[];
}

export interface EnvironmentVariable {
  name: string;
  value?: string;
}

/**
 * Gives the pod as it is to be created; what `podOverride` says is laid over it. The same pod for the same pod.
 */
export type PodApplier = (pod: NewPod) => NewPod;

/**
 * Gives the pod of a KubeTask what it needs to know itself by, such as a Secret that it mounts. What it creates for that is made by
 * `createTemporary`, under a step of its own, and is removed after the phase; it must be the same when it is made again.
 */
export type CredentialInjector = (pod: NewPod, context: InjectorContext) => Promise<NewPod>;

export type InjectorContext = Pick<
  FunctionContext,
  'owner' | 'phase' | 'kubernetes' | 'clock' | 'signal' | 'log' | 'step' | 'createTemporary'
>;

/** What others want to be done to the pods of functions, in this order. */
export interface PodDoors {
  appliers: readonly PodApplier[];
  injectors: readonly CredentialInjector[];
}
