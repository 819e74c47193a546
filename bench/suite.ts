/** One measured value. `goal` is what it should not exceed or fall below. */
export interface Row {
  name: string;
  value: number;
  unit: string;
  goal?: { atMost: number } | { atLeast: number };
  /** What Kanister itself takes for the same, in the same unit: as it comes, and with its client's rate limit lifted. */
  original?: { value: number; unlimited?: number };
}

export interface SuiteOptions {
  /** Describes a running cluster, as `npm run cluster:up` writes it. Absent: a sandbox. */
  cluster: string | undefined;
}

export interface Suite {
  name: string;
  /** Where the original's figures come from. */
  origin?: string;
  /** Whether it can also be run on a cluster. */
  onCluster?: boolean;
  run(options: SuiteOptions): Promise<Row[]>;
}

export function meetsGoal({ value, goal }: Row): boolean | undefined {
  if (goal === undefined) return undefined;
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}

/** The value that the given share of all does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN;
}
