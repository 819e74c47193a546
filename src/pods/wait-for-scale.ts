import { PODS } from '../kubernetes/resources.ts';
import type { PodContext } from './follow-pod.ts';
import type { Pod } from './pod.ts';
import { presentPods } from './present-pods.ts';
import { countOf, readScaled, type ScaledObject, type ScaleTarget } from './scale-target.ts';
import { waitUntil } from './wait-until.ts';

/**
 * Waits until something of which only its Scale is known has as many replicas as it asks for. Where the Scale says which pods are its own, they
 * are as many, too, all of them ready, and those of before are gone.
 * @throws {Failure} `WorkloadNotRead` when it is deleted, or its Scale may not be read
 */
export async function waitForScale(context: PodContext, target: ScaleTarget): Promise<void> {
  const { type, name } = target;
  const { namespace } = name;
  const purpose = 'to wait until it has settled';
  const selector = selectorOf(await readScaled(context, target, purpose));
  await waitUntil(
    context,
    [
      { type, namespace, fieldSelector: `metadata.name=${name.name}` },
      ...(selector === '' ? [] : [{ type: PODS, namespace, labelSelector: selector }]),
    ],
    async () => {
      const scale = await readScaled(context, target, purpose);
      const wanted = countOf(target, scale);
      const { replicas = 0 } = scale.status ?? {};
      if (replicas !== wanted) return `Specified ${wanted} replicas and only ${replicas} exist`;
      const labelSelector = selectorOf(scale);
      return labelSelector === '' ? undefined : podsMissing(context, { namespace, labelSelector }, wanted);
    },
  );
}

async function podsMissing(
  { kubernetes, signal }: PodContext,
  selection: { namespace: string; labelSelector: string },
  wanted: number,
): Promise<string | undefined> {
  const { items } = await kubernetes.list<Pod>(PODS, { ...selection, signal });
  const pods = presentPods(items);
  const ready = pods.filter(isReady).length;
  if (pods.length > wanted) return `Specified ${wanted} replicas and there still are ${pods.length} pods`;
  return ready === wanted ? undefined : `Specified ${wanted} replicas and only ${ready} are ready`;
}

function isReady({ status }: Pod): boolean {
  return (
    status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ??
    false
  );
}

function selectorOf({ status }: ScaledObject): string {
  return status?.selector ?? '';
}
