import { equalJson, fieldsOf, listOf, textOf } from './json-value.ts';
import type { Fields } from './json-value.ts';
import { nameComplaints } from './object-name-rules.ts';
import type { ApiObject } from './resource-definition.ts';
import { duplicateValue, forbiddenField, invalidValue, required, unsupportedValue } from './status-error.ts';
import type { FieldError } from './status-error.ts';

export const podErrors = (pod: ApiObject): FieldError[] => podSpecErrors(fieldsOf(pod.spec), 'spec');

/**
 * What is wrong with the spec of a pod or, below another path, of a pod template. `claims`: volumes that the pod gets
 * besides its own.
 */
export function podSpecErrors(spec: Fields, at: string, claims: string[] = []): FieldError[] {
  const volumes = listOf(spec.volumes).map((volume) => textOf(fieldsOf(volume).name));
  const mountable = [...volumes, ...claims];
  const containers = listOf(spec.containers).map(fieldsOf);
  const initContainers = listOf(spec.initContainers).map(fieldsOf);
  return [
    ...volumes.flatMap((name, index) =>
      volumeErrors(name, volumes.slice(0, index), `${at}.volumes[${index}]`),
    ),
    ...(containers.length === 0 ? [required(`${at}.containers`)] : []),
    ...containers.flatMap((container, index) =>
      containerErrors(container, containers.slice(0, index), mountable, `${at}.containers[${index}]`),
    ),
    ...initContainers.flatMap((container, index) =>
      containerErrors(
        container,
        [...containers, ...initContainers.slice(0, index)],
        mountable,
        `${at}.initContainers[${index}]`,
      ),
    ),
    ...oneOf(spec.restartPolicy, ['Always', 'OnFailure', 'Never'], `${at}.restartPolicy`),
    ...oneOf(
      spec.dnsPolicy,
      ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'],
      `${at}.dnsPolicy`,
    ),
  ];
}

/** A pod's spec can hardly be changed: images, deadlines and tolerations, and the node once, by binding. */
export function podUpdateErrors(pod: ApiObject, old: ApiObject): FieldError[] {
  if (equalJson(mutableRemoved(pod), mutableRemoved(old))) return [];
  return [
    forbiddenField(
      'spec',
      'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    ),
  ];
}

function mutableRemoved(pod: ApiObject): Fields {
  const withoutImages = (containers: unknown) =>
    listOf(containers).map((item) => ({ ...fieldsOf(item), image: '' }));
  const spec = fieldsOf(pod.spec);
  return {
    ...spec,
    containers: withoutImages(spec.containers),
    initContainers: withoutImages(spec.initContainers),
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
  };
}

function volumeErrors(name: string, earlier: string[], at: string): FieldError[] {
  if (name === '') return [required(`${at}.name`)];
  if (earlier.includes(name)) return [duplicateValue(`${at}.name`, name)];
  return nameComplaints(name, 'label').map((complaint) => invalidValue(`${at}.name`, name, complaint));
}

function containerErrors(container: Fields, earlier: Fields[], volumes: string[], at: string): FieldError[] {
  const name = textOf(container.name);
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${at}.name`));
  else if (earlier.some((other) => other.name === name)) errors.push(duplicateValue(`${at}.name`, name));
  else
    errors.push(
      ...nameComplaints(name, 'label').map((complaint) => invalidValue(`${at}.name`, name, complaint)),
    );
  if (textOf(container.image) === '') errors.push(required(`${at}.image`));
  listOf(container.env).forEach((item, index) => {
    const { name: variable, value, valueFrom } = fieldsOf(item);
    const place = `${at}.env[${index}]`;
    if (textOf(variable) === '') errors.push(required(`${place}.name`));
    if (textOf(value) !== '' && valueFrom !== undefined) {
      errors.push(invalidValue(`${place}.valueFrom`, '', 'may not be specified when `value` is not empty'));
    }
  });
  const paths: string[] = [];
  listOf(container.volumeMounts).forEach((item, index) => {
    const { name: volume, mountPath } = fieldsOf(item);
    const place = `${at}.volumeMounts[${index}]`;
    if (textOf(volume) === '') errors.push(required(`${place}.name`));
    else if (!volumes.includes(textOf(volume))) {
      errors.push({
        field: `${place}.name`,
        reason: 'FieldValueNotFound',
        message: `Not found: ${JSON.stringify(volume)}`,
      });
    }
    if (textOf(mountPath) === '') errors.push(required(`${place}.mountPath`));
    else if (paths.includes(textOf(mountPath)))
      errors.push(invalidValue(`${place}.mountPath`, mountPath, 'must be unique'));
    paths.push(textOf(mountPath));
  });
  return [
    ...errors,
    ...oneOf(container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], `${at}.imagePullPolicy`),
  ];
}

const oneOf = (value: unknown, supported: string[], at: string): FieldError[] =>
  value === undefined || supported.includes(textOf(value)) ? [] : [unsupportedValue(at, value, supported)];
