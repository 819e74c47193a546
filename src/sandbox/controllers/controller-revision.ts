import { isAlreadyExists } from '../../kubernetes/api-error.ts';
import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import type { ControllerContext } from './controller.ts';
import { controllerReference, nameOf } from './kinds.ts';
import type { LabelSelectorObject, PodTemplate } from './kinds.ts';
import { deleteThis, ownedBy } from './pod-set.ts';
import { CONTROLLER_REVISIONS } from './resource-types.ts';
import { canonical, templateHash } from './template-hash.ts';

/** The label of a pod that names its revision, or the revision's hash (DaemonSets). */
export const REVISION_LABEL = 'controller-revision-hash';

export interface ControllerRevision extends KubernetesObject {
  revision: number;
  data: { spec: { template: PodTemplate & { $patch?: string } } };
}

interface RevisionedSet extends KubernetesObject {
  spec: { selector: LabelSelectorObject; template: PodTemplate; revisionHistoryLimit?: number };
}

/** The templates that a set has had, oldest first; the latest is that of its spec, with the highest number. */
export async function syncRevisions(
  context: ControllerContext,
  set: RevisionedSet,
  type: ResourceType,
): Promise<ControllerRevision[]> {
  const { client } = context;
  const known = await ownedBy<ControllerRevision>(context, CONTROLLER_REVISIONS, set);
  const sorted = known.toSorted((a, b) => a.revision - b.revision);
  const latest = sorted.at(-1);
  const { template, selector } = set.spec;
  const wanted = canonical(template);
  const equal = sorted.findLast((revision) => canonical(templateOf(revision)) === wanted);
  if (equal && equal === latest) return sorted;
  const revision = (latest?.revision ?? 0) + 1;
  if (equal) {
    const body = { revision };
    const renumbered = await client.patch<ControllerRevision>(CONTROLLER_REVISIONS, nameOf(equal), {
      type: 'merge',
      body,
    });
    return [...sorted.filter((item) => item !== equal), renumbered];
  }
  const hash = templateHash(template);
  const { namespace, name } = nameOf(set);
  try {
    const created = await client.create<ControllerRevision>(CONTROLLER_REVISIONS, {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels: {
          ...template.metadata?.labels,
          ...selector.matchLabels,
          [HASH_LABEL[type.kind] ?? HASH]: hash,
        },
        ownerReferences: [controllerReference(set, type)],
      },
      data: { spec: { template: { ...template, $patch: 'replace' } } },
      revision,
    });
    return [...sorted, created];
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    // It is known to the server and not yet here: the next look finds it.
    throw new Error(`the revision ${name}-${hash} exists and is not known yet`, { cause: error });
  }
}

const HASH = 'controller.kubernetes.io/hash';
const HASH_LABEL: Record<string, string> = { DaemonSet: REVISION_LABEL };

export function templateOf({ data }: ControllerRevision): PodTemplate {
  const { $patch: _patch, ...template } = data.spec.template;
  return template;
}

export const hashOf = ({ metadata }: ControllerRevision): string =>
  metadata?.labels?.[REVISION_LABEL] ?? metadata?.labels?.[HASH] ?? '';

/** Removes the oldest revisions that no pod has any more, as many as are over the set's limit. */
export async function removeOldRevisions(
  { client }: ControllerContext,
  set: RevisionedSet,
  revisions: ControllerRevision[],
  isLive: (revision: ControllerRevision) => boolean,
): Promise<void> {
  const history = revisions.filter((revision) => !isLive(revision));
  const surplus = history.length - (set.spec.revisionHistoryLimit ?? 10);
  for (const revision of history.slice(0, Math.max(surplus, 0)))
    await deleteThis(client, CONTROLLER_REVISIONS, revision);
}
