import { define, FunctionError } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { quote } from '../quote.ts';
import { string } from '../value.ts';
import type { RandomSource } from './prime.ts';

/**
 * `getHostByName` sees only the hosts given here, with their addresses: a template has no business on the network, and what a
 * name server says differs from one rendering to the next.
 */
export function hostFunctions(
  hosts: Readonly<Record<string, readonly string[]>>,
  random: RandomSource,
): FunctionMap {
  return {
    getHostByName: define(['string'], (name) => {
      const addresses = Object.hasOwn(hosts, name) ? (hosts[name] ?? []) : [];
      const address = addresses[Buffer.from(random(4)).readUInt32BE() % addresses.length];
      if (address !== undefined) return string(address);
      throw new FunctionError(`host ${quote(name)} is not among those that templates may look up`);
    }),
  };
}
