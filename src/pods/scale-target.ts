import { Failure } from '../engine/failure.ts';
import type { FunctionContext } from '../engine/function.ts';
import { patiently } from '../engine/retry.ts';
import { isConflict } from '../kubernetes/api-error.ts';
import type { CallOptions, WriteOptions } from '../kubernetes/client.ts';
import type { ObjectName, ResourceType } from '../kubernetes/objects.ts';
import { replicasOf, type WorkloadKind, type WorkloadObject } from './workload.ts';

/** What reading and writing needs. */
export type ScaleContext = Pick<FunctionContext, 'kubernetes' | 'clock' | 'signal'>;

/** Something whose number of replicas can be set. */
export interface ScaleTarget {
  type: ResourceType;
  name: ObjectName & { namespace: string };
  /** Absent for a kind of which only its `scale` subresource is known. */
  workload?: WorkloadKind;
}

/** A Scale (autoscaling/v1) holds its number where a workload does. */
export interface ScaledObject extends WorkloadObject {
  status?: WorkloadObject['status'] & {
    /** Of a Scale: its pods' labels, as they stand in a query. */
    selector?: string;
  };
}

/**
 * Reads what holds the number of replicas: the workload itself, as existing roles allow it, or its Scale.
 * @param purpose ends the error's sentence
 */
export async function readScaled(
  { kubernetes, clock, signal }: ScaleContext,
  target: ScaleTarget,
  purpose: string,
): Promise<ScaledObject> {
  const { type, name } = target;
  try {
    const read = () => kubernetes.get<ScaledObject>(type, name, callOptions(target, signal));
    return await patiently(read, clock, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw Failure.wrap(`Could not get ${type.kind}, ${purpose}`, error, 'WorkloadNotRead');
  }
}

/** Of a Scale that holds none it is zero, since Go's encoding leaves zeros out; a workload without a number has one replica. */
export function countOf(target: ScaleTarget, scaled: ScaledObject): number {
  return target.workload === undefined ? (scaled.spec?.replicas ?? 0) : replicasOf(scaled);
}

/**
 * Sets the number of replicas where it is not `replicas` already and `mayChange` agrees to what it is. Whatever else changes the workload
 * meanwhile is kept: a conflict is a reason to read it again.
 * @returns the number that was found last, before the change
 */
export async function setReplicas(
  context: ScaleContext,
  target: ScaleTarget,
  replicas: number,
  mayChange: (found: number) => boolean = () => true,
): Promise<number> {
  const { kubernetes, clock, signal } = context;
  for (let pause = 100; ; pause = Math.min(pause * 2, 2_000)) {
    const scaled = await readScaled(context, target, 'to scale it');
    const found = countOf(target, scaled);
    if (found === replicas || !mayChange(found)) return found;
    try {
      const changed = { ...scaled, spec: { ...scaled.spec, replicas } };
      // A second one whose first was carried out is a conflict.
      const write = () => kubernetes.replace(target.type, changed, callOptions(target, signal));
      await patiently(write, clock, signal);
      return found;
    } catch (error) {
      if (!isConflict(error)) {
        signal.throwIfAborted();
        throw Failure.wrap(`Could not scale ${target.type.kind}`, error, 'WorkloadNotScaled');
      }
    }
    await clock.sleep(pause, signal);
  }
}

function callOptions(
  { workload }: ScaleTarget,
  signal: AbortSignal,
): CallOptions & Pick<WriteOptions, 'subresource'> {
  return workload === undefined ? { signal, subresource: 'scale' } : { signal };
}
