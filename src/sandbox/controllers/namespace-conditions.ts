import type { KubernetesObject, ResourceType } from '../../kubernetes/objects.ts';
import type { Condition } from './kinds.ts';
import { timestamp } from './timestamp.ts';

/** What is left in a namespace that is to go. */
export type Remains = Map<ResourceType, KubernetesObject[]>;

/** What a namespace says of its deletion: all five conditions, of which those that hold name what it waits for. */
export function deletionConditions(
  before: Condition[] = [],
  remains: Remains,
  failures: string[],
  now: Date,
): Condition[] {
  const wanted: Pick<Condition, 'type' | 'status' | 'reason' | 'message'>[] = [
    quiet(
      'NamespaceDeletionDiscoveryFailure',
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ),
    quiet(
      'NamespaceDeletionGroupVersionParsingFailure',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    failures.length > 0
      ? holds(
          'NamespaceDeletionContentFailure',
          'ContentDeletionFailed',
          `Failed to delete all resource types, ${failures.length} remaining: ${failures.toSorted().join(', ')}`,
        )
      : quiet(
          'NamespaceDeletionContentFailure',
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        ),
    remains.size > 0
      ? holds(
          'NamespaceContentRemaining',
          'SomeResourcesRemain',
          `Some resources are remaining: ${countTypes(remains)}`,
        )
      : quiet('NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'),
    finalizersIn(remains).size > 0
      ? holds(
          'NamespaceFinalizersRemaining',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${countFinalizers(remains)}`,
        )
      : quiet(
          'NamespaceFinalizersRemaining',
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ),
  ];
  return wanted.map((condition) => {
    const known = before.find(({ type }) => type === condition.type);
    const lastTransitionTime =
      known?.status === condition.status ? (known.lastTransitionTime ?? timestamp(now)) : timestamp(now);
    return { ...condition, lastTransitionTime };
  });
}

const holds = (type: string, reason: string, message: string) => ({
  type,
  status: 'True' as const,
  reason,
  message,
});
const quiet = (type: string, reason: string, message: string) => ({
  type,
  status: 'False' as const,
  reason,
  message,
});

const countTypes = (remains: Remains): string =>
  [...remains]
    .map(([{ resource, group }, objects]) => `${resource}.${group} has ${objects.length} resource instances`)
    .toSorted()
    .join(', ');

function finalizersIn(remains: Remains): Map<string, number> {
  const counts = new Map<string, number>();
  for (const objects of remains.values())
    for (const { metadata } of objects)
      for (const finalizer of metadata?.finalizers ?? [])
        counts.set(finalizer, (counts.get(finalizer) ?? 0) + 1);
  return counts;
}

const countFinalizers = (remains: Remains): string =>
  [...finalizersIn(remains)]
    .map(([finalizer, count]) => `${finalizer} in ${count} resource instances`)
    .toSorted()
    .join(', ');
