import { isFields, textOf } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import type { FieldConflict } from './apply-conflict.ts';
import { checkType } from './check-type.ts';
import { compareValues } from './compare-values.ts';
import { difference, isEmptySet, union } from './field-set.ts';
import type { FieldSet } from './field-set.ts';
import { fieldsOfValue } from './fields-of-value.ts';
import { goJson } from './go-json.ts';
import type { OwnershipRules } from './ownership-rules.ts';

/** Where kubectl's client-side apply keeps what it applied. */
const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * The conflicts that are left once those are gone that client-side apply made itself: fields that still have the
 * value that it gave them are kubectl's, whoever the managed fields say they are of. All of them when anything
 * about the annotation is not as it should be.
 */
export function conflictsByClientSideApply(
  live: ApiObject,
  conflicts: FieldConflict[],
  rules: OwnershipRules,
): FieldConflict[] {
  const owned = fieldsOfLastApplied(live, rules);
  if (!owned) return conflicts;
  return conflicts
    .map((conflict) => ({ ...conflict, fields: difference(conflict.fields, owned) }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/** The object with what was applied in the annotation, where it has one. */
export function withLastApplied(object: ApiObject, configuration: ApiObject): ApiObject {
  const { annotations } = object.metadata;
  if (!annotations?.[ANNOTATION]) return object;
  const text = goJson(withoutAnnotation(configuration)) + '\n';
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [ANNOTATION]: text } } };
}

function fieldsOfLastApplied(live: ApiObject, { apiVersion, type }: OwnershipRules): FieldSet | undefined {
  const applied = parsed(live.metadata.annotations?.[ANNOTATION] ?? '');
  if (!isFields(applied) || applied.apiVersion !== apiVersion || textOf(applied.kind) === '')
    return undefined;
  try {
    checkType(live, type, { duplicates: 'refused' });
    checkType(applied, type, { duplicates: 'refused' });
  } catch {
    return undefined;
  }
  const { modified, added, removed } = compareValues(applied, live, type);
  return difference(fieldsOfValue(applied, type), [modified, added, removed].reduce(union));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function withoutAnnotation(configuration: ApiObject): ApiObject {
  const { annotations } = configuration.metadata;
  if (!annotations) return configuration;
  const { [ANNOTATION]: _applied, ...others } = annotations;
  return { ...configuration, metadata: { ...configuration.metadata, annotations: others } };
}
