import type { KubernetesObject } from '../kubernetes/objects.ts';

/** The object whose run it is. */
export interface RunOwner {
  namespace: string;
  name: string;
  uid: string;
}

/** Annotations of what a run has made, so that it is adopted and removed only by its own run. */
const UID_ANNOTATION = 'cr.kanister.io/run-uid';
const STEP_ANNOTATION = 'cr.kanister.io/run-step';
/** `NAMESPACE/NAME` of the owner: for people, and for whoever finds what no run removes any more. */
const OWNER_ANNOTATION = 'cr.kanister.io/run-of';

/** Annotations of what a step of a run makes. */
export function ownedBy({ namespace, name, uid }: RunOwner, step: string): Record<string, string> {
  return {
    [UID_ANNOTATION]: uid,
    [STEP_ANNOTATION]: step,
    [OWNER_ANNOTATION]: `${namespace}/${name}`,
  };
}

export function isOurs(object: KubernetesObject, { uid }: RunOwner, step: string): boolean {
  const annotations = object.metadata?.annotations;
  return annotations?.[UID_ANNOTATION] === uid && annotations[STEP_ANNOTATION] === step;
}

/** Undefined: no run has made it, or not one of this version. */
export function ownerOf({ metadata }: KubernetesObject): RunOwner | undefined {
  const uid = metadata?.annotations?.[UID_ANNOTATION];
  const [namespace, name, ...more] = metadata?.annotations?.[OWNER_ANNOTATION]?.split('/') ?? [];
  if (!uid || !namespace || !name || more.length > 0) return undefined;
  return { namespace, name, uid };
}
