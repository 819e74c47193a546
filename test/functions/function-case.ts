import type { TestCluster } from '../integration/test-cluster.ts';
import type { FunctionWorld } from './function-world.ts';

/** The columns of the table of functions: what has to be shown of each function. */
export const ASPECTS = [
  /** Coercions, defaults and combinations of arguments, beyond what is generated from the definition. */
  'arguments',
  /** The pod that it makes, as the API server stores it. */
  'pod',
  'outputs',
  /** What it made is gone after success, failure, cancel and a timeout of readiness. */
  'life',
  /** Streams, tails and exit codes. */
  'exec and logs',
  /** An operator ends in the middle, and the next one goes on. */
  'restart',
  'bad input',
] as const;

export type Aspect = (typeof ASPECTS)[number];

export type Place = TestCluster['kind'];

/** One thing that is true for a user of a function. */
export interface FunctionCase {
  aspect: Aspect;
  name: string;
  /** Where it can be shown, when it can't be shown everywhere. */
  only?: { on: Place; because: string };
  /** Milliseconds; 120 000 when absent. */
  timeout?: number;
  run(world: FunctionWorld): Promise<void>;
}

/** The row of a function in the table: what `test/functions/cases/<function>.ts` exports as `cases`. */
export interface FunctionCases {
  function: string;
  cases: FunctionCase[];
  /** Why nothing has to be shown in a column. */
  none?: Partial<Record<Aspect, string>>;
}
