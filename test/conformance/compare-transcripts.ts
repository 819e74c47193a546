import type { Step } from './conversation.ts';

export interface Difference {
  /** `POST /api/…: body.metadata.name`: the step, and the path in it. */
  at: string;
  expected: unknown;
  found: unknown;
}

/** Everything in which two transcripts differ, field by field. */
export function compareTranscripts(expected: Step[], found: Step[]): Difference[] {
  const differences: Difference[] = [];
  for (let index = 0; index < Math.max(expected.length, found.length); index++) {
    const [left, right] = [expected[index], found[index]];
    const label = left?.label ?? right?.label ?? '';
    if (!left || !right || left.label !== right.label) {
      differences.push({ at: `step ${index + 1}`, expected: left?.label, found: right?.label });
      break;
    }
    const { label: _left, ...leftRest } = left;
    const { label: _right, ...rightRest } = right;
    compare(leftRest, rightRest, '', (path, a, b) =>
      differences.push({ at: `${label}: ${path}`, expected: a, found: b }),
    );
  }
  return differences;
}

function compare(
  expected: unknown,
  found: unknown,
  at: string,
  report: (at: string, a: unknown, b: unknown) => void,
): void {
  if (isComposite(expected) && isComposite(found) && Array.isArray(expected) === Array.isArray(found)) {
    const [left, right] = [expected as Record<string, unknown>, found as Record<string, unknown>];
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      compare(left[key], right[key], at === '' ? key : `${at}.${key}`, report);
    }
    return;
  }
  if (!Object.is(expected, found)) report(at, expected, found);
}

const isComposite = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Splits differences by whether the case explains them, and names explanations that explain nothing. */
export function judge(
  differences: Difference[],
  explained: Record<string, string> = {},
): { unexplained: Difference[]; idle: string[] } {
  const used = new Set<string>();
  const unexplained = differences.filter(({ at }) => {
    const pattern = Object.keys(explained).find((candidate) => matches(candidate, at));
    if (pattern !== undefined) used.add(pattern);
    return pattern === undefined;
  });
  return { unexplained, idle: Object.keys(explained).filter((pattern) => !used.has(pattern)) };
}

function matches(pattern: string, at: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*');
  return new RegExp(`^${source}$`).test(at);
}

export function formatDifferences(differences: Difference[]): string {
  const show = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
  return differences
    .map(({ at, expected, found }) => `${at}\n    cluster: ${show(expected)}\n    sandbox: ${show(found)}`)
    .join('\n');
}
