import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS, PODS } from '../../kubernetes/resources.ts';
import { ownKey } from './controller.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { nameOf } from './kinds.ts';
import type { Pod } from './kinds.ts';
import { find, isFinished, nameIn } from './pod-set.ts';
import type { Claim, Volume } from './storage-kinds.ts';

/** Keeps a claim that is deleted until no pod uses it any more. */
export const claimProtectionController: Controller = {
  name: 'pvc-protection',
  triggers: [
    { type: PERSISTENT_VOLUME_CLAIMS, keys: ownKey },
    {
      type: PODS,
      keys: ({ object }) =>
        claimNames(object as Pod).map((name) => `${object.metadata?.namespace ?? ''}/${name}`),
    },
  ],
  async reconcile(subject, context) {
    const claim = await find<Claim>(context, PERSISTENT_VOLUME_CLAIMS, subject);
    if (!claim) return undefined;
    const pods = (await context.informers.of<Pod>(PODS)).list(subject.namespace);
    const used = pods.some(
      (pod) => !isFinished(pod) && pod.spec?.nodeName && claimNames(pod).includes(subject.name),
    );
    await protect(context, PERSISTENT_VOLUME_CLAIMS, claim, 'kubernetes.io/pvc-protection', used);
    return undefined;
  },
};

/** Keeps a volume that is deleted until it is bound no more. */
export const volumeProtectionController: Controller = {
  name: 'pv-protection',
  triggers: [{ type: PERSISTENT_VOLUMES, keys: ownKey }],
  async reconcile(subject, context) {
    const volume = await find<Volume>(context, PERSISTENT_VOLUMES, { name: subject.name });
    if (!volume) return undefined;
    const used = volume.status?.phase === 'Bound';
    await protect(context, PERSISTENT_VOLUMES, volume, 'kubernetes.io/pv-protection', used);
    return undefined;
  },
};

const claimNames = (pod: Pod): string[] =>
  (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim, ephemeral, name }) =>
    persistentVolumeClaim
      ? [persistentVolumeClaim.claimName]
      : ephemeral
        ? [`${nameOf(pod).name}-${name}`]
        : [],
  );

async function protect(
  { client }: ControllerContext,
  type: ResourceType,
  object: KubernetesObject,
  finalizer: string,
  used: boolean,
): Promise<void> {
  const finalizers = object.metadata?.finalizers ?? [];
  const protectedNow = finalizers.includes(finalizer);
  const wanted = object.metadata?.deletionTimestamp
    ? protectedNow && !used
      ? finalizers.filter((name) => name !== finalizer)
      : finalizers
    : protectedNow
      ? finalizers
      : [...finalizers, finalizer];
  if (wanted === finalizers) return;
  const body = { metadata: { finalizers: wanted, resourceVersion: object.metadata?.resourceVersion } };
  await client.patch(type, nameIn(type, object), { type: 'merge', body });
}
