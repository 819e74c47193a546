import { Failure } from '../engine/failure.ts';
import type { JsonObject } from '../kubernetes/objects.ts';
import { InvalidMergePatch, POD_SPEC_SCHEMA, strategicMerge } from '../kubernetes/strategic-merge.ts';
import { checkPodSpec } from './check-pod-spec.ts';

/**
 * What is laid over the pods of a phase: the Blueprint's `podOverride` argument, and the ActionSet's over it, which wins. An
 * ActionSet's `null` and `$patch` act on the Blueprint's override only and never reach the defaults of the function: so it is in
 * Kanister. Absent when neither is given. The inputs stay as they are.
 * @throws {Failure} `InvalidPodOverride`
 */
export function podOverride(
  blueprint: JsonObject | undefined,
  actionSet: JsonObject | null | undefined,
): JsonObject | undefined {
  if (actionSet === undefined || actionSet === null) return blueprint;
  return overridePodSpec(blueprint ?? actionSet, actionSet);
}

/** Labels or annotations of a phase's pods: the union, in which the Blueprint wins, unlike with overrides. */
export function podMetadata(
  blueprint: Record<string, string> | undefined,
  actionSet: Record<string, string> | null | undefined,
): Record<string, string> {
  return { ...actionSet, ...blueprint };
}

/**
 * A pod's spec, or a part of one, with an override laid over it by Kubernetes' strategic merge.
 * @throws {Failure} `InvalidPodOverride` when the override, or what comes of it, does not fit a PodSpec
 */
export function overridePodSpec<T extends JsonObject>(spec: T, override: JsonObject): T {
  let merged: T;
  try {
    merged = strategicMerge(spec, override, POD_SPEC_SCHEMA);
  } catch (error) {
    if (!(error instanceof InvalidMergePatch)) throw error;
    throw invalidOverride(error.message, 'podOverride', error);
  }
  const problem = checkPodSpec(merged);
  if (problem) throw invalidOverride(problem.text, `podOverride.${problem.path}`);
  return merged;
}

function invalidOverride(problem: string, where: string, cause?: unknown): Failure {
  return new Failure(
    'InvalidPodOverride',
    'Failed to create pod: Failed to create pod: Failed to get pod from podOptions: Failed to create pod. ' +
      `Failed to override pod specs.: ${problem}`,
    { argument: 'podOverride', hint: `Correct ${where} in the Blueprint or the ActionSet.`, cause },
  );
}
