import { textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { invalidValue, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { intOrPercentErrors, moreThanAllErrors } from './int-or-percent.ts';
import { labelSelectorErrors } from './label-selector.ts';

const POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];

export function disruptionBudgetErrors(spec: Fields): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  return [
    ...(minAvailable !== undefined && maxUnavailable !== undefined
      ? [invalidValue('spec', asGoHasIt(spec), 'minAvailable and maxUnavailable cannot be both set')]
      : []),
    ...(['minAvailable', 'maxUnavailable'] as const).flatMap((field) => [
      ...intOrPercentErrors(spec[field], `spec.${field}`),
      ...moreThanAllErrors(spec[field], `spec.${field}`),
    ]),
    ...labelSelectorErrors(selector, 'spec.selector'),
    ...(policy === undefined || POLICIES.includes(textOf(policy))
      ? []
      : [unsupportedValue('spec.unhealthyPodEvictionPolicy', policy, POLICIES)]),
  ];
}

/** The server prints its own form of the type, whose fields have the names of Go. */
const asGoHasIt = (spec: Fields) => ({
  MinAvailable: spec.minAvailable ?? null,
  Selector: spec.selector ?? null,
  MaxUnavailable: spec.maxUnavailable ?? null,
  UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null,
});
