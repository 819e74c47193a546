import { equalJson, fieldsOf, valueAt } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { negativeCounts } from './count.ts';
import { intOrPercentErrors, isZero, moreThanAllErrors } from './int-or-percent.ts';
import { isEmptySelector, labelSelectorErrors } from './label-selector.ts';
import { templateErrors, templateMatchErrors } from './workload.ts';
import { invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

export const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** DaemonSets count the changes of their template, too. */
export function beginTemplateGeneration(object: ApiObject): void {
  object.status = {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  };
  object.metadata.annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: '1' };
}

export function raiseTemplateGeneration(object: ApiObject, old: ApiObject): void {
  const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1);
  const changed = !equalJson(valueAt(object, 'spec', 'template'), valueAt(old, 'spec', 'template'));
  object.metadata.annotations = {
    ...object.metadata.annotations,
    [TEMPLATE_GENERATION]: String(changed ? before + 1 : before),
  };
}

export function daemonSetErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const { type, rollingUpdate } = fieldsOf(spec.updateStrategy);
  const { maxUnavailable, maxSurge } = fieldsOf(rollingUpdate);
  const at = 'spec.updateStrategy';
  const selector = spec.selector;
  return [
    ...labelSelectorErrors(selector, 'spec.selector'),
    ...templateMatchErrors(spec, object.kind),
    ...(selector !== undefined && isEmptySelector(selector)
      ? [invalidValue('spec.selector', selector, 'empty selector is invalid for daemonset')]
      : []),
    ...templateErrors(spec, 'spec.template', object.kind),
    ...negativeCounts(spec, 'spec', ['minReadySeconds']),
    ...(type === 'OnDelete' || type === 'RollingUpdate'
      ? []
      : [
          unsupportedValue(at, { Type: type, RollingUpdate: rollingUpdate ?? null }, [
            'RollingUpdate',
            'OnDelete',
          ]),
        ]),
    ...(type === 'RollingUpdate'
      ? [
          ...intOrPercentErrors(maxUnavailable, `${at}.rollingUpdate.maxUnavailable`),
          ...intOrPercentErrors(maxSurge, `${at}.rollingUpdate.maxSurge`),
          ...moreThanAllErrors(maxUnavailable, `${at}.rollingUpdate.maxUnavailable`),
          ...moreThanAllErrors(maxSurge, `${at}.rollingUpdate.maxSurge`),
          ...(!isZero(maxUnavailable) && !isZero(maxSurge)
            ? [
                invalidValue(
                  `${at}.rollingUpdate.maxSurge`,
                  maxSurge,
                  'may not be set when maxUnavailable is non-zero',
                ),
              ]
            : []),
          ...(isZero(maxUnavailable) && isZero(maxSurge)
            ? [required(`${at}.rollingUpdate.maxUnavailable`, 'cannot be 0 when maxSurge is 0')]
            : []),
        ]
      : []),
    ...negativeCounts(spec, 'spec', ['revisionHistoryLimit']),
  ];
}
