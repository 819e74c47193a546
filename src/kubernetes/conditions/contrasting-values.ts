/** Stands in a condition where its paths are. */
export const PLACE_OF_A_PATH = '\0';

/**
 * Texts that a path may find, different enough that a condition which asks for anything holds for some of them only: of each type, at both
 * ends of what is compared, and all that the condition itself compares with. None is empty, unless the condition says so: a text that is
 * there is what `if "{ $.status.ready }"` asks for, and hardly what it means.
 * @param surroundings the condition, `PLACE_OF_A_PATH` in place of its paths
 */
export function contrastingValues(surroundings: string): string[] {
  const literals = Array.from(
    surroundings.matchAll(/"((?:[^"\\]|\\.)*)"|`([^`]*)`/g),
    ([, quoted, raw]) => quoted ?? raw ?? '',
  ).filter((literal) => !literal.includes(PLACE_OF_A_PATH));
  // What a pattern or a prefix asks for.
  const words = literals.flatMap((literal) => literal.match(/[\p{L}\p{N}]+/gu) ?? []);
  const numbers = Array.from(surroundings.matchAll(/-?\d+/g), ([digits]) => BigInt(digits));
  return [
    ...new Set([
      ...VALUES,
      ...literals,
      ...words,
      ...numbers.flatMap((number) => [number - 1n, number, number + 1n].map(String)),
    ]),
  ];
}

/** A time before and one after all that conditions count from `now`; several results of a path are joined by blanks. */
const VALUES = [
  'false',
  'true',
  '0',
  '1',
  'x',
  '-1000000000000',
  '1000000000000',
  '1970-01-01T00:00:00Z',
  '2999-12-31T23:59:59Z',
  'x false true 0 1 x y z',
];
