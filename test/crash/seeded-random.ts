import { createHash } from 'node:crypto';

/** Numbers that a seed gives again: a run that draws nothing else happens the same way every time. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** From 0 to below `limit`. */
  integer(limit: number): number;
  pick<T>(choices: readonly T[]): T;
  chance(probability: number): boolean;
  bytes(length: number): Uint8Array;
}

/** A stream of its own for every purpose: what one draws does not shift the others, so that a shrunk schedule stays comparable. */
export function seededRandom(...purpose: (string | number)[]): Random {
  const digest = createHash('sha256').update(JSON.stringify(purpose)).digest();
  let state = digest.readUInt32LE(0);
  // Mulberry32: one 32-bit word of state, good enough to spread schedules.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    integer,
    pick(choices) {
      const picked = choices[integer(choices.length)];
      if (picked === undefined) throw new Error('there is nothing to pick from');
      return picked;
    },
    chance: (probability) => next() < probability,
    bytes: (length) => Uint8Array.from({ length }, () => integer(256)),
  };
}
