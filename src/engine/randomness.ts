import { createHmac } from 'node:crypto';

/** The key from which all randomness in templates is drawn. `id` names it in journals; the key itself never leaves the process. */
export interface RandomnessKey {
  id: string;
  key: Uint8Array;
}

/**
 * Random bytes that the same phase, rendered again after a restart, draws again: HMAC-SHA-256 in counter mode over the identity
 * of the phase.
 */
export function randomnessOf(key: RandomnessKey, ...identity: string[]): (length: number) => Uint8Array {
  const seed = JSON.stringify(identity);
  let counter = 0;
  let pool = Buffer.alloc(0);
  return (length) => {
    while (pool.length < length) {
      const block = createHmac('sha256', key.key).update(`${counter}:${seed}`).digest();
      counter += 1;
      pool = Buffer.concat([pool, block]);
    }
    const drawn = pool.subarray(0, length);
    pool = pool.subarray(length);
    return new Uint8Array(drawn);
  };
}
