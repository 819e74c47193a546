import { parseQuantity } from '../../../kubernetes/quantity.ts';
import type { Quantity } from '../../../kubernetes/quantity.ts';
import { equalJson, fieldsOf, listOf, textOf, valueAt } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { keyComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { invalidValue, required } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];

const COUNTED = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
];

/** Names without a slash that a quota may have. */
const STANDARD = new Set([
  ...COMPUTE,
  ...COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`]),
  'requests.storage',
  ...COUNTED,
]);

const OF_PODS = [
  'pods',
  ...['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
];

/** What can be counted of the objects in a scope. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  Terminating: OF_PODS,
  NotTerminating: OF_PODS,
  BestEffort: ['pods'],
  NotBestEffort: OF_PODS,
  PriorityClass: OF_PODS,
  CrossNamespacePodAffinity: OF_PODS,
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
};

/** Scopes whose objects have it or have it not, with no value to select by. */
const WITHOUT_VALUES = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'CrossNamespacePodAffinity',
];

const CONFLICTING = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];

export function resourceQuotaErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  return [
    ...Object.entries(fieldsOf(spec.hard)).flatMap(([name, amount]) =>
      hardErrors(name, textOf(amount), `spec.hard[${name}]`),
    ),
    ...scopeErrors(spec),
    ...selectorErrors(spec),
  ];
}

function hardErrors(name: string, amount: string, at: string): FieldError[] {
  const complaints = keyComplaints(name);
  if (complaints.length > 0) return complaints.map((text) => invalidValue(at, name, text));
  if (
    !name.includes('/') &&
    !STANDARD.has(name) &&
    !name.startsWith('requests.') &&
    !name.startsWith('hugepages-')
  ) {
    return [
      invalidValue(at, name, 'must be a standard resource type or fully qualified'),
      invalidValue(at, name, 'must be a standard resource for quota'),
    ];
  }
  const quantity = parseQuantity(amount);
  return [
    ...(quantity.digits < 0n ? [invalidValue(at, amount, 'must be greater than or equal to 0')] : []),
    ...(COUNTED.includes(name) && !isWhole(quantity) ? [invalidValue(at, amount, 'must be an integer')] : []),
  ];
}

const isWhole = ({ digits, exponent }: Quantity): boolean =>
  exponent >= 0 || digits % 10n ** BigInt(-exponent) === 0n;

function scopeErrors({ scopes, hard }: Fields): FieldError[] {
  const names = listOf(scopes).map(textOf);
  const refused = (why: string) => invalidValue('spec.scopes', scopes, why);
  return [
    ...names.flatMap((name) => [
      ...(Object.hasOwn(SCOPES, name) ? [] : [refused('unsupported scope')]),
      ...uncountable(name, hard).map(() => refused('unsupported scope applied to resource')),
    ]),
    ...conflicts(names).map(() => refused('conflicting scopes')),
  ];
}

/** Standard resources of the quota that have no meaning in the scope. */
const uncountable = (scope: string, hard: unknown): string[] =>
  Object.keys(fieldsOf(hard)).filter(
    (name) =>
      (STANDARD.has(name) || name.startsWith('requests.hugepages-') || name.startsWith('hugepages-')) &&
      Object.hasOwn(SCOPES, scope) &&
      SCOPES[scope]?.includes(name) === false,
  );

const conflicts = (names: string[]): string[][] =>
  CONFLICTING.filter((pair) => pair.every((name) => names.includes(name)));

function selectorErrors({ scopeSelector, scopes, hard }: Fields): FieldError[] {
  const at = 'spec.scopeSelector.matchExpressions';
  const expressions = listOf(valueAt(scopeSelector, 'matchExpressions')).map(fieldsOf);
  const printed = {
    MatchExpressions: expressions.map(({ scopeName, operator, values }) => ({
      ScopeName: scopeName,
      Operator: operator,
      Values: values ?? null,
    })),
  };
  return [
    ...expressions.flatMap(({ scopeName, operator, values }) => {
      const name = textOf(scopeName);
      const hasNoValues = WITHOUT_VALUES.includes(name) && operator !== 'Exists';
      return [
        ...(Object.hasOwn(SCOPES, name) ? [] : [invalidValue(`${at}.scopeName`, name, 'unsupported scope')]),
        ...uncountable(name, hard).map(() =>
          invalidValue(at, printed, 'unsupported scope applied to resource'),
        ),
        ...(hasNoValues ? [invalidValue(`${at}.operator`, textOf(operator), MUST_EXIST)] : []),
        ...valueErrors(textOf(operator), listOf(values), at),
      ];
    }),
    ...conflicts(expressions.map(({ scopeName }) => textOf(scopeName))).map(() =>
      invalidValue(at, scopes ?? null, 'conflicting scopes'),
    ),
  ];
}

const MUST_EXIST =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function valueErrors(operator: string, values: unknown[], at: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0
        ? []
        : [
            required(
              `${at}.values`,
              "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
            ),
          ];
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0
        ? []
        : [
            invalidValue(
              `${at}.values`,
              values,
              "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
            ),
          ];
    default:
      return [invalidValue(`${at}.operator`, operator, 'not a valid selector operator')];
  }
}

export function resourceQuotaUpdateErrors(object: ApiObject, old: ApiObject): FieldError[] {
  const [now, before] = [object, old].map((quota) =>
    listOf(valueAt(quota, 'spec', 'scopes'))
      .map(textOf)
      .toSorted(),
  );
  return equalJson(now, before)
    ? []
    : [invalidValue('spec.scopes', valueAt(object, 'spec', 'scopes') ?? null, 'field is immutable')];
}
