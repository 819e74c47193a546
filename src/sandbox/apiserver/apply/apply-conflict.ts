import { StatusError } from '../status-error.ts';
import { pathsOf } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { identityOf } from './managed-fields.ts';
import type { Manager } from './managed-fields.ts';
import { compareElements, printPath } from './path-element.ts';

/** Fields that an apply would change and that others own. */
export interface FieldConflict {
  owner: Manager;
  fields: FieldSet;
}

/** The refusal of an apply, which names every field and its owner. 409 */
export function applyConflict(conflicts: readonly FieldConflict[]): StatusError {
  const found = conflicts
    .toSorted((a, b) => (identityOf(a.owner) < identityOf(b.owner) ? -1 : 1))
    .map(({ owner, fields }) => ({
      by: printOwner(owner),
      paths: pathsOf(fields, compareElements).map(printPath),
    }));
  const causes = found.flatMap(({ by, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${by}`, field })),
  );
  const [first] = causes;
  const text =
    causes.length === 1 && first
      ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
      : `Apply failed with ${causes.length} conflicts: ${found
          .flatMap(({ by, paths }) => [`conflicts with ${by}:`, ...paths.map((path) => `- ${path}`)])
          .join('\n')}`;
  return new StatusError(409, 'Conflict', text, { causes });
}

function printOwner({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = JSON.stringify(manager);
  const by = subresource === undefined ? name : `${name} with subresource ${JSON.stringify(subresource)}`;
  return operation === 'Update' ? `${by} using ${apiVersion}` : by;
}
