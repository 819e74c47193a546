import { isIP } from 'node:net';
import { invalidValue } from '../status-error.ts';
import type { FieldError } from '../status-error.ts';

const EXAMPLES = '(e.g. 10.9.8.7 or 2001:db8::ffff)';

/** An address of a field that is older than the rule against leading zeros. */
export const addressErrors = (address: string, at: string): FieldError[] =>
  isAddress(address) ? [] : [invalidValue(at, address, `must be a valid IP address, ${EXAMPLES}`)];

/** An address that traffic can be sent to from elsewhere. */
export function endpointAddressErrors(address: string, at: string): FieldError[] {
  if (!isAddress(address)) return [invalidValue(at, address, 'must be a valid IP address')];
  const plain = withoutLeadingZeros(address);
  const refused = (why: string) => [invalidValue(at, address, why)];
  if (plain === '0.0.0.0' || plain === '::') return refused(`may not be unspecified (${address})`);
  // The rest of the range is where a sandbox has its pods and services.
  if (plain.startsWith('127.0.') || plain === '::1')
    return refused('may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (plain.startsWith('169.254.') || /^fe[89ab]/i.test(plain))
    return refused('may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  if (plain.startsWith('224.0.0.') || /^ff02:/i.test(plain))
    return refused('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  return [];
}

/** A range of addresses, `10.1.0.0/24`. */
export function cidrErrors(range: string, at: string): FieldError[] {
  const [address = '', bits = ''] = range.split('/');
  const family = isIP(withoutLeadingZeros(address));
  const fits = /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32);
  return family !== 0 && fits
    ? []
    : [invalidValue(at, range, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}

/** 4 or 6; 0 for what is none. */
export const familyOf = (address: string): number => isIP(withoutLeadingZeros(address));

const isAddress = (address: string): boolean => familyOf(address) !== 0;

const withoutLeadingZeros = (address: string): string =>
  /^[\d.]+$/.test(address) ? address.replaceAll(/(?<=^|\.)0+(?=\d)/g, '') : address;
