import { equalJson, fieldsOf, listOf, textOf, valueAt } from './json-value.ts';
import type { Fields } from './json-value.ts';
import { keyComplaints, labelValueComplaints, nameComplaints } from './object-name-rules.ts';
import type { ApiObject } from './resource-definition.ts';
import { containerErrors, initContainerErrors } from './rules/container.ts';
import { tolerationErrors } from './rules/toleration.ts';
import { volumeErrors } from './rules/volume.ts';
import { forbiddenField, invalidValue, required, unsupportedValue } from './status-error.ts';
import type { FieldError } from './status-error.ts';

/** Ephemeral containers are added to a pod that runs, which the sandbox does not do: none ever has them. */
export const podErrors = (pod: ApiObject): FieldError[] => [
  ...podSpecErrors(fieldsOf(pod.spec), 'spec'),
  ...(listOf(valueAt(pod, 'spec', 'ephemeralContainers')).length > 0
    ? [forbiddenField('spec.ephemeralContainers', 'cannot be set on create')]
    : []),
];

/** Of a PodTemplateSpec at a place. `claims`: volumes that its pods get besides their own. */
export function podTemplateErrors(template: unknown, at: string, claims: string[] = []): FieldError[] {
  const labels = Object.entries(fieldsOf(valueAt(template, 'metadata', 'labels')));
  return [
    ...labels.flatMap(([key, value]) => [
      ...keyComplaints(key).map((text) => invalidValue(`${at}.labels`, key, text)),
      ...labelValueComplaints(textOf(value)).map((text) => invalidValue(`${at}.labels`, value, text)),
    ]),
    ...podSpecErrors(fieldsOf(fieldsOf(template).spec), `${at}.spec`, claims),
  ];
}

const MOST = 2 ** 31 - 1;

export function podSpecErrors(spec: Fields, at: string, claims: string[] = []): FieldError[] {
  const volumes = listOf(spec.volumes).map(fieldsOf);
  const mountable = [...volumes.map(({ name }) => textOf(name)), ...claims];
  const containers = listOf(spec.containers).map(fieldsOf);
  const initContainers = listOf(spec.initContainers).map(fieldsOf);
  const { activeDeadlineSeconds: deadline, terminationGracePeriodSeconds: grace } = spec;
  return [
    ...(typeof grace === 'number' && grace < 0
      ? [invalidValue(`${at}.terminationGracePeriodSeconds`, grace, 'must be greater than or equal to 0')]
      : []),
    ...volumes.flatMap((volume, index) =>
      volumeErrors(volume, volumes.slice(0, index), `${at}.volumes[${index}]`),
    ),
    ...(containers.length === 0 ? [required(`${at}.containers`)] : []),
    ...containers.flatMap((container, index) =>
      containerErrors(container, containers.slice(0, index), mountable, `${at}.containers[${index}]`),
    ),
    ...initContainers.flatMap((container, index) =>
      initContainerErrors(
        container,
        [...containers, ...initContainers.slice(0, index)],
        mountable,
        `${at}.initContainers[${index}]`,
      ),
    ),
    ...restartPolicyErrors(spec.restartPolicy, `${at}.restartPolicy`),
    ...(DNS_POLICIES.includes(textOf(spec.dnsPolicy))
      ? []
      : [unsupportedValue(`${at}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES)]),
    ...nodeSelectorErrors(spec, at),
    ...named(spec.serviceAccountName, `${at}.serviceAccountName`),
    ...named(spec.nodeName, `${at}.nodeName`),
    ...(typeof deadline === 'number' && (deadline < 1 || deadline > MOST)
      ? [invalidValue(`${at}.activeDeadlineSeconds`, deadline, `must be between 1 and ${MOST}, inclusive`)]
      : []),
    ...(['hostname', 'subdomain'] as const).flatMap((field) =>
      textOf(spec[field]) === ''
        ? []
        : nameComplaints(textOf(spec[field]), 'label').map((text) =>
            invalidValue(`${at}.${field}`, spec[field], text),
          ),
    ),
    ...listOf(spec.tolerations).flatMap((toleration, index) =>
      tolerationErrors(fieldsOf(toleration), `${at}.tolerations[${index}]`),
    ),
    ...named(spec.priorityClassName, `${at}.priorityClassName`),
  ];
}

const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

function restartPolicyErrors(policy: unknown, at: string): FieldError[] {
  const policies = ['Always', 'OnFailure', 'Never'];
  return policies.includes(textOf(policy)) ? [] : [unsupportedValue(at, policy, policies)];
}

function nodeSelectorErrors(spec: Fields, at: string): FieldError[] {
  return Object.entries(fieldsOf(spec.nodeSelector)).flatMap(([key, value]) => [
    ...keyComplaints(key).map((text) => invalidValue(`${at}.nodeSelector`, key, text)),
    ...labelValueComplaints(textOf(value)).map((text) => invalidValue(`${at}.nodeSelector`, value, text)),
  ]);
}

const named = (name: unknown, at: string): FieldError[] =>
  textOf(name) === ''
    ? []
    : nameComplaints(textOf(name), 'subdomain').map((text) => invalidValue(at, name, text));

/** A pod's spec can hardly be changed: images, deadlines and tolerations, and the node once, by binding. */
export function podUpdateErrors(pod: ApiObject, old: ApiObject): FieldError[] {
  const [now, before] = [fieldsOf(pod.spec), fieldsOf(old.spec)];
  return [
    ...containerCountErrors(now, before),
    ...deadlineErrors(now.activeDeadlineSeconds, before.activeDeadlineSeconds),
    ...gateUpdateErrors(listOf(now.schedulingGates), listOf(before.schedulingGates)),
    ...tolerationUpdateErrors(listOf(now.tolerations), listOf(before.tolerations)),
    ...(equalJson(mutableRemoved(now), mutableRemoved(before))
      ? []
      : [
          forbiddenField(
            'spec',
            'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
          ),
        ]),
  ];
}

function containerCountErrors(now: Fields, before: Fields): FieldError[] {
  return ['containers', 'initContainers']
    .filter((field) => listOf(now[field]).length !== listOf(before[field]).length)
    .map((field) => forbiddenField(`spec.${field}`, 'pod updates may not add or remove containers'));
}

function deadlineErrors(now: unknown, before: unknown): FieldError[] {
  const at = 'spec.activeDeadlineSeconds';
  if (typeof before !== 'number') return [];
  if (typeof now !== 'number')
    return [invalidValue(at, null, 'must not update from a positive integer to nil value')];
  return now > before ? [invalidValue(at, now, 'must be less than or equal to previous value')] : [];
}

function tolerationUpdateErrors(now: unknown[], before: unknown[]): FieldError[] {
  const kept = before.every((toleration) => {
    const { tolerationSeconds: _seconds, ...rest } = fieldsOf(toleration);
    return now.some((other) => {
      const { tolerationSeconds: _otherSeconds, ...same } = fieldsOf(other);
      return equalJson(same, rest);
    });
  });
  return kept
    ? []
    : [
        forbiddenField(
          'spec.tolerations',
          'existing toleration can not be modified except its tolerationSeconds',
        ),
      ];
}

function gateUpdateErrors(now: unknown[], before: unknown[]): FieldError[] {
  const name = (gate: unknown): string => textOf(fieldsOf(gate).name);
  const known = new Set(before.map(name));
  return now
    .map(name)
    .filter((gate) => !known.has(gate))
    .map((gate) =>
      forbiddenField(
        'spec.schedulingGates',
        `only deletion is allowed, but found new scheduling gate '${gate}'`,
      ),
    );
}

function mutableRemoved(spec: Fields): Fields {
  const withoutImages = (containers: unknown) =>
    listOf(containers).map((item) => ({ ...fieldsOf(item), image: '' }));
  return {
    ...spec,
    schedulingGates: undefined,
    containers: withoutImages(spec.containers),
    initContainers: withoutImages(spec.initContainers),
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
  };
}
