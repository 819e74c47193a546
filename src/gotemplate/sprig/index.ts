import type { FunctionMap } from '../function.ts';
import { cryptoFunctions } from './crypto.ts';
import { dateFunctions } from './dates.ts';
import { valueFunctions } from './defaults.ts';
import { dictFunctions } from './dicts.ts';
import { encodingFunctions } from './encoding.ts';
import { environmentFunctions } from './environment.ts';
import { listFunctions } from './lists.ts';
import { numberFunctions } from './numbers.ts';
import { pathFunctions } from './paths.ts';
import { randomFunctions } from './random.ts';
import { regexFunctions } from './regex.ts';
import { semverFunctions } from './semver.ts';
import { stringFunctions } from './strings.ts';

export interface SprigOptions {
  now(): Date;
  /** Random bytes; the only source of everything random here but private keys. */
  random(length: number): Uint8Array;
  /** What `env` and `expandenv` may see. Default: nothing. */
  environment?: Readonly<Record<string, string>>;
  /** The zone that Go calls Local. Default: UTC, which containers have. */
  timeZone?: string;
}

/**
 * The functions of sprig 2.22.0 as Kanister offers them. Its `slice` hides the one that templates have.
 *
 * Not here: `getHostByName`, because a template must not reach the network; `genCA`, `genSelfSignedCert`, `genSignedCert`,
 * `buildCustomCert`, `urlParse` and `urlJoin`. A template that uses one does not parse (`function "x" not defined`).
 */
export function sprigFunctions(options: SprigOptions): FunctionMap {
  return {
    ...stringFunctions,
    ...valueFunctions,
    ...listFunctions,
    ...dictFunctions,
    ...encodingFunctions,
    ...numberFunctions,
    ...dateFunctions({ now: options.now, timeZone: options.timeZone ?? 'UTC' }),
    ...regexFunctions,
    ...pathFunctions,
    ...semverFunctions,
    ...cryptoFunctions(options.random),
    ...randomFunctions(options.random),
    ...environmentFunctions(options.environment ?? {}),
  };
}
