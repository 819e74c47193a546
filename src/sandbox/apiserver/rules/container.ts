import { fieldsOf, isFields, listOf, textOf } from '../json-value.ts';
import type { Fields } from '../json-value.ts';
import { nameComplaints } from '../object-name-rules.ts';
import { duplicateValue, forbiddenField, invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { environmentErrors } from './environment.ts';
import { portNameComplaints } from './port-name.ts';
import { handlerErrors, probeErrors } from './probe.ts';
import { resourceRequirementErrors } from './resource-requirements.ts';

/** `earlier`: those whose names are taken; `volumes`: what it can mount. */
export function containerErrors(
  container: Fields,
  earlier: Fields[],
  volumes: string[],
  at: string,
): FieldError[] {
  return [
    ...commonErrors(container, volumes, at),
    ...(textOf(container.name) !== '' && earlier.some(({ name }) => name === container.name)
      ? [duplicateValue(`${at}.name`, container.name)]
      : []),
    ...hookErrors(container, at),
    ...probesErrors(container, at),
  ];
}

/** Only those that stay, as sidecars, have hooks and probes. */
export function initContainerErrors(
  container: Fields,
  earlier: Fields[],
  volumes: string[],
  at: string,
): FieldError[] {
  const sidecar = container.restartPolicy === 'Always';
  return [
    ...commonErrors(container, volumes, at),
    ...(textOf(container.name) !== '' && earlier.some(({ name }) => name === container.name)
      ? [duplicateValue(`${at}.name`, container.name)]
      : []),
    ...(sidecar
      ? [...hookErrors(container, at), ...probesErrors(container, at)]
      : ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']
          .filter((field) => container[field] !== undefined)
          .map((field) =>
            forbiddenField(
              `${at}.${field}`,
              'may not be set for init containers without restartPolicy=Always',
            ),
          )),
  ];
}

const MESSAGE_POLICIES = ['FallbackToLogsOnError', 'File'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

function commonErrors(container: Fields, volumes: string[], at: string): FieldError[] {
  const name = textOf(container.name);
  const image = textOf(container.image);
  const messages = textOf(container.terminationMessagePolicy);
  return [
    ...(name === ''
      ? [required(`${at}.name`)]
      : nameComplaints(name, 'label').map((text) => invalidValue(`${at}.name`, name, text))),
    ...(image === '' ? [required(`${at}.image`)] : []),
    ...(image !== '' && image.trim() !== image
      ? [invalidValue(`${at}.image`, image, 'must not have leading or trailing whitespace')]
      : []),
    ...(messages === '' || MESSAGE_POLICIES.includes(messages)
      ? []
      : [unsupportedValue(`${at}.terminationMessagePolicy`, messages, MESSAGE_POLICIES)]),
    ...listOf(container.ports).flatMap((port, index) =>
      portErrors(fieldsOf(port), listOf(container.ports).slice(0, index), `${at}.ports[${index}]`),
    ),
    ...environmentErrors(container, at),
    ...mountErrors(listOf(container.volumeMounts).map(fieldsOf), volumes, `${at}.volumeMounts`),
    ...(PULL_POLICIES.includes(textOf(container.imagePullPolicy))
      ? []
      : [unsupportedValue(`${at}.imagePullPolicy`, container.imagePullPolicy, PULL_POLICIES)]),
    ...resourceRequirementErrors(fieldsOf(container.resources), `${at}.resources`),
    ...securityErrors(fieldsOf(container.securityContext), `${at}.securityContext`),
  ];
}

function portErrors(port: Fields, earlier: unknown[], at: string): FieldError[] {
  const name = textOf(port.name);
  const range = (field: string): FieldError[] => {
    const number = port[field];
    return typeof number === 'number' && number !== 0 && (number < 1 || number > 65_535)
      ? [invalidValue(`${at}.${field}`, number, 'must be between 1 and 65535, inclusive')]
      : [];
  };
  const protocols = ['SCTP', 'TCP', 'UDP'];
  return [
    ...(name === '' ? [] : portNameComplaints(name).map((text) => invalidValue(`${at}.name`, name, text))),
    ...(name !== '' && earlier.some((other) => fieldsOf(other).name === name)
      ? [duplicateValue(`${at}.name`, name)]
      : []),
    ...(port.containerPort ? [] : [required(`${at}.containerPort`)]),
    ...range('containerPort'),
    ...range('hostPort'),
    ...(protocols.includes(textOf(port.protocol))
      ? []
      : [unsupportedValue(`${at}.protocol`, port.protocol, protocols)]),
  ];
}

function mountErrors(mounts: Fields[], volumes: string[], at: string): FieldError[] {
  return mounts.flatMap((mount, index) => {
    const place = `${at}[${index}]`;
    const { name, mountPath, subPath, subPathExpr } = mount;
    const path = textOf(subPath) || textOf(subPathExpr);
    const field = textOf(subPath) === '' ? 'subPathExpr' : 'subPath';
    return [
      ...(textOf(name) === '' ? [required(`${place}.name`)] : []),
      ...(volumes.includes(textOf(name)) ? [] : [notFoundField(`${place}.name`, textOf(name))]),
      ...(textOf(mountPath) === '' ? [required(`${place}.mountPath`)] : []),
      ...(mounts.slice(0, index).some((other) => other.mountPath === mountPath)
        ? [invalidValue(`${place}.mountPath`, mountPath, 'must be unique')]
        : []),
      ...(path.startsWith('/') ? [invalidValue(`${place}.${field}`, path, 'must be a relative path')] : []),
      ...(path.split('/').includes('..')
        ? [invalidValue(`${place}.${field}`, path, "must not contain '..'")]
        : []),
      ...(textOf(subPath) !== '' && textOf(subPathExpr) !== ''
        ? [
            invalidValue(
              `${place}.subPathExpr`,
              subPathExpr,
              'subPathExpr and subPath are mutually exclusive',
            ),
          ]
        : []),
    ];
  });
}

const notFoundField = (field: string, value: string): FieldError => ({
  field,
  reason: 'FieldValueNotFound',
  message: `Not found: ${JSON.stringify(value)}`,
});

function hookErrors(container: Fields, at: string): FieldError[] {
  return Object.entries(fieldsOf(container.lifecycle)).flatMap(([hook, handler]) =>
    isFields(handler) ? handlerErrors(handler, `${at}.lifecycle.${hook}`) : [],
  );
}

function probesErrors(container: Fields, at: string): FieldError[] {
  return ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((name) => {
    const probe = container[name];
    return isFields(probe) ? probeErrors(probe, name !== 'readinessProbe', `${at}.${name}`) : [];
  });
}

function securityErrors(security: Fields, at: string): FieldError[] {
  const ids = ['runAsUser', 'runAsGroup'].flatMap((field) => {
    const id = security[field];
    return typeof id === 'number' && (id < 0 || id > 2 ** 31 - 1)
      ? [invalidValue(`${at}.${field}`, id, 'must be between 0 and 2147483647, inclusive')]
      : [];
  });
  return [
    ...ids,
    ...(security.allowPrivilegeEscalation === false && security.privileged === true
      ? [
          invalidValue(
            at,
            security,
            'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
          ),
        ]
      : []),
  ];
}
