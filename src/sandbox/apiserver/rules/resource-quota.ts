import { parseQuantity } from '../../../kubernetes/quantity.ts';
import { equalJson, fieldsOf, listOf, textOf, valueAt } from '../json-value.ts';
import { keyComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { invalidValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];

/** Names without a slash that a quota may have. */
const STANDARD = new Set([
  ...COMPUTE,
  ...COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`]),
  'requests.storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
]);

const SCOPES = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
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
    ...scopeErrors(spec.scopes),
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
  return parseQuantity(amount).digits < 0n
    ? [invalidValue(at, amount, 'must be greater than or equal to 0')]
    : [];
}

function scopeErrors(scopes: unknown): FieldError[] {
  const names = listOf(scopes).map(textOf);
  return [
    ...names
      .filter((name) => !SCOPES.includes(name))
      .map(() => invalidValue('spec.scopes', scopes, 'unsupported scope')),
    ...CONFLICTING.filter((pair) => pair.every((name) => names.includes(name))).map(() =>
      invalidValue('spec.scopes', scopes, 'conflicting scopes'),
    ),
  ];
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
