import type { FunctionMap } from '../function.ts';
import { additionalFunctions } from './additions/index.ts';
import { certificateFunctions } from './certificates.ts';
import { cryptoFunctions } from './crypto.ts';
import { dateFunctions } from './dates.ts';
import { valueFunctions } from './defaults.ts';
import { dictFunctions } from './dicts.ts';
import { encodingFunctions } from './encoding.ts';
import { environmentFunctions } from './environment.ts';
import { hostFunctions } from './hosts.ts';
import { listFunctions } from './lists.ts';
import { numberFunctions } from './numbers.ts';
import { pathFunctions } from './paths.ts';
import { randomFunctions } from './random.ts';
import { regexFunctions } from './regex.ts';
import { semverFunctions } from './semver.ts';
import { stringFunctions } from './strings.ts';
import { urlFunctions } from './urls.ts';

export interface SprigOptions {
  now(): Date;
  /** Random bytes, the only source of everything random here: the same ones make the same keys. */
  random(length: number): Uint8Array;
  /** What `env` and `expandenv` may see. Default: nothing. */
  environment?: Readonly<Record<string, string>>;
  /** The hosts that `getHostByName` may see, with their addresses. Default: none. */
  hosts?: Readonly<Record<string, readonly string[]>>;
  /** The zone that Go calls Local. Default: UTC, which containers have. */
  timeZone?: string;
}

/**
 * The 150 functions of sprig 2.22.0 as Kanister offers them, and those of sprig 3 in addition. Its `slice` hides the one that
 * templates have.
 */
export function sprigFunctions(options: SprigOptions): FunctionMap {
  const { now, random, timeZone = 'UTC' } = options;
  return { ...additionalFunctions({ now, random, timeZone }), ...originalFunctions(options) };
}

/** Exactly those of sprig 2.22.0. */
export function originalFunctions(options: SprigOptions): FunctionMap {
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
    ...urlFunctions,
    ...cryptoFunctions(options.random),
    ...certificateFunctions(options.now, options.random),
    ...randomFunctions(options.random),
    ...environmentFunctions(options.environment ?? {}),
    ...hostFunctions(options.hosts ?? {}, options.random),
  };
}
