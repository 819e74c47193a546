import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import { PODS, STATEFUL_SETS } from '../../kubernetes/resources.ts';
import type { ControllerContext } from './controller.ts';
import { REVISION_LABEL } from './controller-revision.ts';
import { controllerReference, nameOf } from './kinds.ts';
import type { Pod, PodTemplate, StatefulSet } from './kinds.ts';
import { deletePod } from './pod-set.ts';
import { claimName, ensureClaims } from './stateful-set-claims.ts';

/** The number at the end of a pod's name; nothing where the name is not one of the set's. */
export function ordinalOf(set: StatefulSet, { metadata }: Pod): number | undefined {
  const prefix = `${nameOf(set).name}-`;
  const name = metadata?.name ?? '';
  const ordinal = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^\d+$/.test(ordinal) ? Number(ordinal) : undefined;
}

/** Makes the pod of an ordinal, after its claims. */
export async function createReplica(
  context: ControllerContext,
  set: StatefulSet,
  template: PodTemplate,
  revision: string,
  ordinal: number,
): Promise<void> {
  await ensureClaims(context, set, ordinal);
  const { namespace, name: setName } = nameOf(set);
  const { serviceName, volumeClaimTemplates = [] } = set.spec;
  const name = `${setName}-${ordinal}`;
  const own = new Set(volumeClaimTemplates.map(({ metadata }) => metadata?.name));
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${setName}-`,
      namespace,
      labels: {
        ...template.metadata?.labels,
        'apps.kubernetes.io/pod-index': String(ordinal),
        [REVISION_LABEL]: revision,
        'statefulset.kubernetes.io/pod-name': name,
      },
      annotations: template.metadata?.annotations,
      finalizers: template.metadata?.finalizers,
      ownerReferences: [controllerReference(set, STATEFUL_SETS)],
    },
    spec: {
      ...template.spec,
      hostname: name,
      ...(serviceName && { subdomain: serviceName }),
      volumes: [
        ...volumeClaimTemplates.map((claim) => ({
          name: claim.metadata?.name ?? '',
          persistentVolumeClaim: { claimName: claimName(set, claim, ordinal) },
        })),
        ...(template.spec.volumes ?? []).filter((volume) => !own.has(volume.name)),
      ],
    },
  };
  try {
    await context.client.create<Pod>(PODS, pod);
  } catch (error) {
    // A stranger has the name: it is tried again when that one is gone.
    if (!isAlreadyExists(error)) await tell(context, set, 'create', name, error);
    throw error;
  }
  await tell(context, set, 'create', name);
}

export async function deleteReplica(context: ControllerContext, set: StatefulSet, pod: Pod): Promise<void> {
  await deletePod(context.client, pod);
  await tell(context, set, 'delete', nameOf(pod).name);
}

async function tell(
  { events }: ControllerContext,
  set: StatefulSet,
  verb: 'create' | 'delete',
  pod: string,
  error?: unknown,
): Promise<void> {
  const what = `${verb} Pod ${pod} in StatefulSet ${nameOf(set).name}`;
  const action = verb === 'create' ? 'Create' : 'Delete';
  const why = error instanceof Error ? error.message : String(error);
  await events(STATEFUL_SETS, set, {
    type: error === undefined ? 'Normal' : 'Warning',
    reason: `${error === undefined ? 'Successful' : 'Failed'}${action}`,
    message: error === undefined ? `${what} successful` : `${what} failed error: ${why}`,
    component: 'statefulset-controller',
  });
}
