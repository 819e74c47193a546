import type { FunctionMap } from '../../function.ts';
import { certificateAdditions } from './certificates.ts';
import { collectionAdditions } from './collections.ts';
import { dateAdditions } from './dates.ts';
import { decimalAdditions } from './decimals.ts';
import { strictAdditions } from './strict.ts';
import { textAdditions } from './texts.ts';
import { valueAdditions } from './values.ts';

export interface AdditionOptions {
  now(): Date;
  random(length: number): Uint8Array;
  timeZone: string;
}

/**
 * Functions that sprig has had since version 3, in addition to those of Kanister's 2.22.0: a Blueprint that uses one does not
 * work with Kanister itself.
 * Not among them: `bcrypt` and `htpasswd`, which Kanister refuses with any sprig.
 */
export function additionalFunctions(options: AdditionOptions): FunctionMap {
  return {
    ...strictAdditions,
    ...textAdditions(options.random),
    ...valueAdditions,
    ...collectionAdditions,
    ...decimalAdditions,
    ...dateAdditions(options.now, options.timeZone),
    ...certificateAdditions(options.now, options.random),
  };
}
