import { fieldsOf, listOf, printable, textOf, valueAt } from './json-value.ts';
import type { ApiObject } from './resource-definition.ts';

/** Cells of tables that take more than a field. */

const ACCESS_MODES: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

export const accessModes = (modes: unknown): string =>
  listOf(modes)
    .map((mode) => ACCESS_MODES[textOf(mode)] ?? textOf(mode))
    .join(',');

/** Names of a binding. */
export const listed = (items: string[]): string => items.join(', ');

/** A LabelSelector as text: `a=b,c in (d,e),f,!g`. */
export function selectorText(selector: unknown): string {
  const { matchLabels, matchExpressions } = fieldsOf(selector);
  const requirements = [
    ...Object.entries(fieldsOf(matchLabels)).map(([key, value]) => ({
      key,
      text: `${key}=${textOf(value)}`,
    })),
    ...listOf(matchExpressions).map((item) => {
      const { key, operator, values } = fieldsOf(item);
      return {
        key: textOf(key),
        text: expressionText(textOf(key), operator, listOf(values).map(textOf).toSorted()),
      };
    }),
  ];
  if (requirements.length === 0) return '<none>';
  return requirements
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(',');
}

function expressionText(key: string, operator: unknown, values: string[]): string {
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    default:
      return `!${key}`;
  }
}

export function nodeStatus(node: ApiObject): string {
  const ready = listOf(valueAt(node, 'status', 'conditions'))
    .map(fieldsOf)
    .find(({ type }) => type === 'Ready');
  const known = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return valueAt(node, 'spec', 'unschedulable') === true ? `${known},SchedulingDisabled` : known;
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';

export function nodeRoles({ metadata }: ApiObject): string {
  const labels = Object.entries(metadata.labels ?? {});
  const roles = labels.flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return [key.slice(ROLE_PREFIX.length)].filter((role) => role !== '');
    return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return roles.length === 0 ? '<none>' : [...new Set(roles)].toSorted().join(',');
}

export function servicePorts(service: ApiObject): string {
  const ports = listOf(valueAt(service, 'spec', 'ports')).map(fieldsOf);
  const shown = ports.map(({ port, nodePort, protocol }) =>
    nodePort
      ? `${printable(port)}:${printable(nodePort)}/${textOf(protocol)}`
      : `${printable(port)}/${textOf(protocol)}`,
  );
  return shown.join(',') || '<none>';
}

export function serviceAddresses(service: ApiObject): string {
  const { type, externalIPs, externalName } = fieldsOf(service.spec);
  const own = listOf(externalIPs).map(textOf);
  switch (type) {
    case 'ExternalName':
      return textOf(externalName);
    case 'LoadBalancer': {
      const given = listOf(valueAt(service, 'status', 'loadBalancer', 'ingress')).map(
        (item) => textOf(fieldsOf(item).ip) || textOf(fieldsOf(item).hostname),
      );
      return [...given, ...own].join(',') || '<pending>';
    }
    default:
      return own.join(',') || '<none>';
  }
}

export function jobStatus(job: ApiObject): string {
  const holds = (type: string) =>
    listOf(valueAt(job, 'status', 'conditions')).some(
      (item) => fieldsOf(item).type === type && fieldsOf(item).status === 'True',
    );
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  if (holds('FailureTarget')) return 'FailureTarget';
  return holds('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

/** `pods: 1/5, requests.cpu: 1/2`; limits have a column of their own. */
export function quotaAmounts(quota: ApiObject, limits: boolean): string {
  const { hard, used } = fieldsOf(quota.status);
  return Object.keys(fieldsOf(hard))
    .filter((name) => name.startsWith('limits.') === limits)
    .toSorted()
    .map((name) => `${name}: ${textOf(fieldsOf(used)[name]) || '0'}/${textOf(fieldsOf(hard)[name])}`)
    .join(', ');
}

export function autoscalerTargets(object: ApiObject): string {
  // Version 1 knows one target only.
  const percentage = valueAt(object, 'spec', 'targetCPUUtilizationPercentage');
  if (typeof percentage === 'number') return `cpu: <unknown>/${percentage}%`;
  const targets = listOf(valueAt(object, 'spec', 'metrics')).flatMap((item) => {
    const { type, resource } = fieldsOf(item);
    if (type !== 'Resource') return ['<unknown type>'];
    const { name, target } = fieldsOf(resource);
    const { averageUtilization, averageValue } = fieldsOf(target);
    const aim =
      averageValue === undefined ? `${printable(averageUtilization ?? '<auto>')}%` : textOf(averageValue);
    return [`${textOf(name)}: <unknown>/${aim}`];
  });
  return targets.join(', ') || '<none>';
}

export function ingressHosts(ingress: ApiObject): string {
  const hosts = listOf(valueAt(ingress, 'spec', 'rules'))
    .map((rule) => textOf(fieldsOf(rule).host))
    .filter((host) => host !== '');
  return shortened(hosts) || '*';
}

export const ingressPorts = (ingress: ApiObject): string =>
  listOf(valueAt(ingress, 'spec', 'tls')).length > 0 ? '80, 443' : '80';

export function endpointAddresses(endpoints: ApiObject): string {
  const found = listOf(endpoints.subsets).flatMap((item) => {
    const { addresses, ports } = fieldsOf(item);
    const numbers = listOf(ports).map((port) => printable(fieldsOf(port).port));
    return listOf(addresses).flatMap((address) => {
      const ip = textOf(fieldsOf(address).ip);
      return numbers.length === 0 ? [ip] : numbers.map((port) => `${ip}:${port}`);
    });
  });
  return shortened(found) || '<none>';
}

export function slicePorts(slice: ApiObject): string {
  if (slice.ports === undefined || slice.ports === null || listOf(slice.ports).length === 0) return '<unset>';
  return shortened(listOf(slice.ports).map((port) => printable(fieldsOf(port).port ?? '*')));
}

export const sliceEndpoints = (slice: ApiObject): string =>
  shortened(
    listOf(slice.endpoints).flatMap((endpoint) => listOf(fieldsOf(endpoint).addresses).map(textOf)),
  ) || '<unset>';

const SHOWN = 3;

/** The first three, and how many more there are. */
function shortened(items: string[]): string {
  const more = items.length - SHOWN;
  return items.slice(0, SHOWN).join(',') + (more > 0 ? ` + ${more} more...` : '');
}
