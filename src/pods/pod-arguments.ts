import type { ActionSpec } from '../api/kanister/types.ts';
import { object, stringMap } from '../engine/arguments.ts';
import type { PermissionRule } from '../engine/function.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import { podMetadata, podOverride } from './pod-override.ts';

/** Arguments that all functions have that create pods. */
export const podArguments = {
  podOverride: object({ doc: 'laid over the pod’s spec; the ActionSet’s podOverride is laid over it' }),
  podLabels: stringMap({ doc: 'labels of the pod, beside those of the ActionSet' }),
  podAnnotations: stringMap({ doc: 'annotations of the pod, beside those of the ActionSet' }),
};

/** What running a pod needs, of the namespace in which it runs. */
export const podPermissions: PermissionRule[] = [
  { group: '', resources: ['pods'], verbs: ['create', 'get', 'delete'] },
  { group: '', resources: ['pods/log'], verbs: ['get'] },
];

export interface PodArguments {
  podOverride: JsonObject | undefined;
  podLabels: Record<string, string> | undefined;
  podAnnotations: Record<string, string> | undefined;
}

/** What Blueprint and ActionSet want of the pods of a phase, united. @throws {Failure} `InvalidPodOverride` */
export function podWishes(
  args: PodArguments,
  action: ActionSpec,
): { labels: Record<string, string>; annotations: Record<string, string>; override: JsonObject | undefined } {
  return {
    labels: podMetadata(args.podLabels, action.podLabels),
    annotations: podMetadata(args.podAnnotations, action.podAnnotations),
    override: podOverride(args.podOverride, action.podOverride),
  };
}
