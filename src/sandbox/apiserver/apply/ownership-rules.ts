import type { ApiObject } from '../resource-definition.ts';
import { NO_FIELDS, setOfPath, union } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import type { MergeType } from './merge-type.ts';
import { fieldElement } from './path-element.ts';

/** What ownership of an object's fields depends on, for one way of writing it. */
export interface OwnershipRules {
  /** In whose terms this write names fields. */
  apiVersion: string;
  /** `status`, for example; absent for the object itself. */
  subresource?: string;
  type: MergeType;
  /** What this way of writing leaves as it is, so that nobody comes to own it by it. */
  untouched: FieldSet;
  /** Whether that holds for what other versions name, too: custom resources know it of each version only for itself. */
  untouchedInAllVersions: boolean;
  /** The object in another version of its resource; `undefined` when that is not served. */
  inVersion(object: ApiObject, apiVersion: string): { object: ApiObject; type: MergeType } | undefined;
}

/** The set of one field. */
export const fieldPath = (...names: string[]): FieldSet => setOfPath(names.map(fieldElement));

/** What never has an owner: what tells an object from others, and what only the server writes. */
export const UNOWNED: FieldSet = [
  fieldPath('apiVersion'),
  fieldPath('kind'),
  fieldPath('metadata'),
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => fieldPath('metadata', name)),
].reduce(union, NO_FIELDS);
