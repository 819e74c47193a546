import { Failure } from '../engine/failure.ts';

/**
 * Checks what becomes part of an address.
 * @throws {Failure} `InvalidArgument` for what the API server would never have accepted as a name
 */
export function addressed<T extends { name?: string; namespace?: string }>(object: T, argument: string): T {
  for (const part of [object.name ?? '', object.namespace ?? '']) {
    if (part !== '.' && part !== '..' && !/[/%]/.test(part)) continue;
    throw new Failure('InvalidArgument', `${JSON.stringify(part)} is no name of an object or a namespace`, {
      argument,
      hint: 'Names have neither "/" nor "%" in them, and are neither "." nor "..".',
    });
  }
  return object;
}
