import { fieldsOf, listOf, textOf, valueAt } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { selectorOf } from '../label-selector.ts';
import { podTemplateErrors } from '../pod-validation.ts';
import type { ApiObject } from '../resource-definition.ts';
import { negativeCounts } from './count.ts';
import { isEmptySelector, isReadableSelector, labelSelectorErrors } from './label-selector.ts';
import { forbiddenField, invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

/** Errors of a workload whose template has to match its selector: of ReplicaSets, and of the part that others share with them. */
export function workloadErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  return [
    ...negativeCounts(spec, 'spec', ['replicas', 'minReadySeconds']),
    ...selectorErrors(spec, object.kind),
    ...templateMatchErrors(spec, object.kind),
    ...templateErrors(spec, 'spec.template', object.kind),
  ];
}

export function selectorErrors({ selector }: Fields, kind: string): FieldError[] {
  const at = 'spec.selector';
  if (kind === 'ReplicationController')
    return Object.keys(fieldsOf(selector)).length === 0 ? [required(at)] : [];
  if (selector === undefined) return [required(at)];
  return [
    ...labelSelectorErrors(selector, at),
    ...(isEmptySelector(selector)
      ? [invalidValue(at, selector, `empty selector is invalid for ${SELECTING[kind] ?? kind.toLowerCase()}`)]
      : []),
  ];
}

/** What an empty selector is called: a ReplicaSet's is called a deployment's. */
const SELECTING: Record<string, string> = { ReplicaSet: 'deployment' };

export function templateMatchErrors(spec: Fields, kind: string): FieldError[] {
  const selector = kind === 'ReplicationController' ? { matchLabels: spec.selector } : spec.selector;
  // What is without a selector selects nothing, so its template can't match; an empty one matches all.
  if (isEmptySelector(selector) && spec.selector !== undefined) return [];
  if (kind === 'ReplicationController' && isEmptySelector(selector)) return [];
  if (!isReadableSelector(selector))
    return kind === 'DaemonSet'
      ? []
      : [invalidValue('spec.selector', selector, kind === 'StatefulSet' ? '' : 'invalid label selector')];
  const labels = fieldsOf(valueAt(spec, 'template', 'metadata', 'labels'));
  const texts = Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, textOf(value)]));
  if (selectorOf(selector)(texts)) return [];
  const shown = Object.keys(texts).length === 0 ? null : texts;
  return [
    invalidValue('spec.template.metadata.labels', shown, '`selector` does not match template `labels`'),
  ];
}

/** Of a workload whose pods run until they are told to end. */
export function templateErrors(spec: Fields, at: string, kind: string): FieldError[] {
  if (spec.template === undefined) return [required(at)];
  const podSpec = fieldsOf(valueAt(spec, 'template', 'spec'));
  const policy = textOf(podSpec.restartPolicy);
  const named = kind === 'Deployment' ? 'ReplicaSet' : kind;
  return [
    ...podTemplateErrors(spec.template, at, claimNames(spec)),
    ...(policy === 'Always' ? [] : [unsupportedValue(`${at}.spec.restartPolicy`, policy, ['Always'])]),
    ...(podSpec.activeDeadlineSeconds === undefined
      ? []
      : [
          forbiddenField(
            `${at}.spec.activeDeadlineSeconds`,
            `activeDeadlineSeconds in ${named} is not Supported`,
          ),
        ]),
  ];
}

/** The volumes that a StatefulSet gives each of its pods by claims: its template may mount them. */
const claimNames = (spec: Fields): string[] =>
  listOf(spec.volumeClaimTemplates).map((claim) => textOf(valueAt(fieldsOf(claim), 'metadata', 'name')));
