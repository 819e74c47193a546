import { fieldsOf, listOf, textOf } from '../json-value.ts';
import { keyComplaints, nameComplaints } from '../object-name-rules.ts';
import type { ApiObject } from '../resource-definition.ts';
import { invalidValue, required, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { addressErrors, endpointAddressErrors } from './ip-address.ts';

export const endpointsErrors = (object: ApiObject): FieldError[] =>
  listOf(object.subsets).flatMap((item, index) => {
    const subset = fieldsOf(item);
    const at = `subsets[${index}]`;
    const lists = ['addresses', 'notReadyAddresses'];
    const ports = listOf(subset.ports);
    return [
      ...(lists.every((name) => listOf(subset[name]).length === 0)
        ? [required(at, 'must specify `addresses` or `notReadyAddresses`')]
        : []),
      ...lists.flatMap((name) =>
        listOf(subset[name]).flatMap((address, place) => placeErrors(address, `${at}.${name}[${place}]`)),
      ),
      ...ports.flatMap((port, place) => portErrors(port, ports.length > 1, `${at}.ports[${place}]`)),
    ];
  });

function placeErrors(item: unknown, at: string): FieldError[] {
  const { ip, hostname, nodeName } = fieldsOf(item);
  const named = (field: string, value: unknown, rule: 'label' | 'subdomain') =>
    nameComplaints(textOf(value), rule).map((text) => invalidValue(`${at}.${field}`, value, text));
  return [
    ...addressErrors(textOf(ip), `${at}.ip`),
    ...(textOf(hostname) === '' ? [] : named('hostname', hostname, 'label')),
    ...(nodeName === undefined ? [] : named('nodeName', nodeName, 'subdomain')),
    ...endpointAddressErrors(textOf(ip), `${at}.ip`),
  ];
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function portErrors(item: unknown, needsName: boolean, at: string): FieldError[] {
  const { name = '', port = 0, protocol, appProtocol } = fieldsOf(item);
  const number = Number(port);
  return [
    ...(name === '' && needsName ? [required(`${at}.name`)] : []),
    ...(name === ''
      ? []
      : nameComplaints(textOf(name), 'label').map((text) => invalidValue(`${at}.name`, name, text))),
    ...(number >= 1 && number <= 65_535
      ? []
      : [invalidValue(`${at}.port`, port, 'must be between 1 and 65535, inclusive')]),
    ...(PROTOCOLS.includes(textOf(protocol))
      ? []
      : [unsupportedValue(`${at}.protocol`, protocol, PROTOCOLS)]),
    ...(appProtocol === undefined
      ? []
      : keyComplaints(textOf(appProtocol)).map((text) =>
          invalidValue(`${at}.appProtocol`, appProtocol, text),
        )),
  ];
}
