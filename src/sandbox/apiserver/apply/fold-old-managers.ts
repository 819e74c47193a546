import { union } from './field-set.ts';
import { identityOf, inOrder, secondsOf } from './managed-fields.ts';
import type { Manager, Managers } from './managed-fields.ts';

/** More owners by update than this are not kept apart. */
const MAXIMUM = 10;

/** Folds the oldest owners by update into one for each version, when they have become too many. */
export function foldOldManagers(managers: Managers): Managers {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update');
  if (updaters.length <= MAXIMUM) return managers;
  updaters.sort(
    ([identityA, a], [identityB, b]) => secondsOf(a) - secondsOf(b) || (identityA < identityB ? -1 : 1),
  );
  const folded = new Map(managers);
  const firstOfVersion = new Map<string, string>();
  let left = updaters.length;
  for (const [identity, owner] of updaters) {
    if (left <= MAXIMUM) break;
    const first = firstOfVersion.get(owner.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(owner.apiVersion, identity);
      continue;
    }
    const bucket = ancientChanges(owner.apiVersion);
    const into = folded.get(identityOf(bucket)) ?? folded.get(first);
    if (!folded.has(identityOf(bucket))) folded.delete(first);
    folded.delete(identity);
    folded.set(identityOf(bucket), {
      ...bucket,
      ...(owner.time !== undefined && { time: owner.time }),
      fields: inOrder(union(owner.fields, into?.fields ?? {})),
    });
    left -= 1;
  }
  return folded;
}

const ancientChanges = (apiVersion: string): Manager => ({
  manager: 'ancient-changes',
  operation: 'Update',
  apiVersion,
  fields: {},
});
