import { SHORTEST_FORM } from './secret-forms.ts';

/** Says fast, and mostly rightly, that no secret begins at a place. */
export interface StartFilter {
  /** At least eight characters, of which the first eight count. */
  add(text: string): void;
  /** Calls `look` with every place at which one may. */
  scan(text: string, look: (at: number) => void): void;
}

/** @param entries how many will be added; more make it say less often that there is none */
export function createStartFilter(entries: number): StartFilter {
  // A wrong answer costs a look into the order: with 64 bits for each entry and two of them set, one in a thousand is.
  const bits = Math.max(12, Math.ceil(Math.log2(entries * 64 + 1)));
  const shift = 32 - bits;
  const known = new Uint32Array(1 << (bits - 5));
  let isEmpty = true;
  const set = (bit: number) => {
    known[bit >>> 5] = (known[bit >>> 5] ?? 0) | (1 << (bit & 31));
  };
  return {
    add(text) {
      isEmpty = false;
      let hash = 0;
      for (let at = 0; at < SHORTEST_FORM; at++) hash = (hash << 4) ^ text.charCodeAt(at);
      set(Math.imul(hash, FIRST_FACTOR) >>> shift);
      set(Math.imul(hash, SECOND_FACTOR) >>> shift);
    },
    scan(text, look) {
      if (isEmpty) return;
      let hash = 0;
      const { length } = text;
      for (let at = 0; at < length; at++) {
        // Eight shifts by four bits: what is more than eight characters back is no longer in the hash.
        hash = (hash << 4) ^ text.charCodeAt(at);
        const first = Math.imul(hash, FIRST_FACTOR) >>> shift;
        if ((((known[first >>> 5] ?? 0) >>> (first & 31)) & 1) === 0) continue;
        const second = Math.imul(hash, SECOND_FACTOR) >>> shift;
        if ((((known[second >>> 5] ?? 0) >>> (second & 31)) & 1) === 0) continue;
        if (at >= SHORTEST_FORM - 1) look(at - SHORTEST_FORM + 1);
      }
    },
  };
}

/** Odd numbers without a pattern: their high bits mix those of the hash. */
const FIRST_FACTOR = 0x9e37_79b1;
const SECOND_FACTOR = 0x85eb_ca6b;
