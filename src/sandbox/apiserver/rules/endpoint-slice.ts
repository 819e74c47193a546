import { fieldsOf, listOf, textOf } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { invalidValue, required, tooMany, unsupportedValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';
import { immutable } from './immutable.ts';

const TYPES = ['FQDN', 'IPv4', 'IPv6'];
const MAXIMUM_ENDPOINTS = 1000;

export function endpointSliceErrors(object: ApiObject): FieldError[] {
  const type = textOf(object.addressType);
  const endpoints = listOf(object.endpoints);
  if (type === '') return [required('addressType')];
  if (!TYPES.includes(type)) return [unsupportedValue('addressType', type, TYPES)];
  if (endpoints.length > MAXIMUM_ENDPOINTS)
    return [tooMany('endpoints', endpoints.length, MAXIMUM_ENDPOINTS)];
  return endpoints.flatMap((endpoint, index) => {
    const addresses = listOf(fieldsOf(endpoint).addresses).map(textOf);
    const at = `endpoints[${index}].addresses`;
    if (addresses.length === 0) return [required(at, 'must contain at least 1 address')];
    return addresses.flatMap((address, place) =>
      type === 'IPv4' && !isIpv4(address)
        ? [
            invalidValue(
              `${at}[${place}]`,
              address,
              'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
            ),
          ]
        : [],
    );
  });
}

const isIpv4 = (address: string): boolean =>
  /^(\d{1,3}\.){3}\d{1,3}$/.test(address) && address.split('.').every((part) => Number(part) <= 255);

export const endpointSliceUpdateErrors = (object: ApiObject, old: ApiObject): FieldError[] =>
  immutable(object, old, ['addressType']);
