import { fieldsOf, isFields, listOf, textOf } from '../json-value.ts';
import { nameComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { forbiddenField, invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { labelSelectorErrors } from './label-selector.ts';

const POLICY_TYPES = ['Ingress', 'Egress'];
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];

export function networkPolicyErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const types = listOf(spec.policyTypes).map(textOf);
  const rules = (field: string, peers: string) =>
    listOf(spec[field]).flatMap((rule, index) => {
      const at = `spec.${field}[${index}]`;
      return [
        ...listOf(fieldsOf(rule).ports).flatMap((port, place) => portErrors(port, `${at}.ports[${place}]`)),
        ...listOf(fieldsOf(rule)[peers]).flatMap((peer, place) =>
          peerErrors(peer, `${at}.${peers}[${place}]`),
        ),
      ];
    });
  return [
    ...labelSelectorErrors(spec.podSelector, 'spec.podSelector'),
    ...rules('ingress', 'from'),
    ...rules('egress', 'to'),
    ...(types.length > POLICY_TYPES.length
      ? [invalidValue('spec.policyTypes', spec.policyTypes, 'may not specify more than two policyTypes')]
      : types.flatMap((type, index) =>
          POLICY_TYPES.includes(type)
            ? []
            : [unsupportedValue(`spec.policyTypes[${index}]`, type, POLICY_TYPES)],
        )),
  ];
}

function portErrors(item: unknown, at: string): FieldError[] {
  const { protocol, port, endPort } = fieldsOf(item);
  const protocols = ['TCP', 'UDP', 'SCTP'];
  return [
    ...(protocol === undefined || protocols.includes(textOf(protocol))
      ? []
      : [unsupportedValue(`${at}.protocol`, protocol, protocols)]),
    ...(typeof port === 'number' && (port < 1 || port > 65_535)
      ? [invalidValue(`${at}.port`, port, 'must be between 1 and 65535, inclusive')]
      : []),
    ...(typeof endPort === 'number' && typeof port === 'number' && endPort < port
      ? [invalidValue(`${at}.endPort`, endPort, 'must be greater than or equal to `port`')]
      : []),
  ];
}

function peerErrors(item: unknown, at: string): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = fieldsOf(item);
  if (podSelector === undefined && namespaceSelector === undefined && ipBlock === undefined)
    return [required(at, 'must specify a peer')];
  return [
    ...labelSelectorErrors(podSelector, `${at}.podSelector`),
    ...labelSelectorErrors(namespaceSelector, `${at}.namespaceSelector`),
    ...(ipBlock !== undefined && (podSelector !== undefined || namespaceSelector !== undefined)
      ? [forbiddenField(at, 'may not specify both ipBlock and another peer')]
      : []),
  ];
}

export function ingressErrors(object: ApiObject): FieldError[] {
  const spec = fieldsOf(object.spec);
  const rules = listOf(spec.rules);
  return [
    ...(rules.length === 0 && spec.defaultBackend === undefined
      ? [invalidValue('spec', null, 'either `defaultBackend` or `rules` must be specified')]
      : []),
    ...rules.flatMap((rule, index) => {
      const at = `spec.rules[${index}]`;
      const host = textOf(fieldsOf(rule).host);
      const http = fieldsOf(rule).http;
      const plain = host.startsWith('*.') ? host.slice(2) : host;
      return [
        ...(host === ''
          ? []
          : nameComplaints(plain, 'subdomain').map((text) => invalidValue(`${at}.host`, host, text))),
        ...(isFields(http) && listOf(http.paths).length === 0 ? [required(`${at}.http.paths`)] : []),
        ...listOf(fieldsOf(http).paths).flatMap((path, place) =>
          pathErrors(path, `${at}.http.paths[${place}]`),
        ),
      ];
    }),
  ];
}

function pathErrors(item: unknown, at: string): FieldError[] {
  const { path, pathType, backend } = fieldsOf(item);
  const service = fieldsOf(backend).service;
  return [
    ...(pathType === undefined ? [required(`${at}.pathType`, 'pathType must be specified')] : []),
    ...(pathType !== undefined && !PATH_TYPES.includes(textOf(pathType))
      ? [unsupportedValue(`${at}.pathType`, pathType, PATH_TYPES)]
      : []),
    ...((pathType === 'Exact' || pathType === 'Prefix') && !textOf(path).startsWith('/')
      ? [invalidValue(`${at}.path`, path ?? '', 'must be an absolute path')]
      : []),
    ...(isFields(service) && textOf(service.name) === '' ? [required(`${at}.backend.service.name`)] : []),
    ...(isFields(service) && service.port === undefined
      ? [required(`${at}.backend.service`, 'port name or number is required')]
      : []),
  ];
}
