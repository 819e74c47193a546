import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';

/** `file: name` of each test → how it ended there. */
export type Outcomes = Map<string, 'passed' | 'failed' | 'skipped'>;

interface VitestReport {
  testResults: {
    name: string;
    status: string;
    assertionResults: { fullName: string; status: string }[];
  }[];
}

/** What vitest's JSON reporter wrote. A file that did not load counts as one failed test. */
export async function readOutcomes(file: string, root: string): Promise<Outcomes> {
  const { testResults } = JSON.parse(await readFile(file, 'utf8')) as VitestReport;
  const outcomes: Outcomes = new Map();
  for (const { name, status, assertionResults } of testResults) {
    const path = relative(root, name);
    for (const { fullName, status: outcome } of assertionResults) {
      outcomes.set(
        `${path}: ${fullName.trim()}`,
        outcome === 'passed' || outcome === 'failed' ? outcome : 'skipped',
      );
    }
    if (assertionResults.length === 0 && status !== 'passed') outcomes.set(path, 'failed');
  }
  return outcomes;
}

const MARKS = { passed: '✓', failed: '✗', skipped: '–' } as const;

/** A table of all tests that ran, with a column for each place. */
export function whereItRan(places: ReadonlyMap<string, Outcomes>): string {
  const tests = new Set([...places.values()].flatMap((outcomes) => [...outcomes.keys()]));
  const names = [...places.keys()];
  const rows = [...tests].map((test) => {
    const marks = names.map((place) => {
      const outcome = places.get(place)?.get(test);
      return outcome === undefined ? ' ' : MARKS[outcome];
    });
    return `${marks.map((mark, index) => mark.padEnd((names[index] ?? '').length)).join('  ')}  ${test}`;
  });
  return [names.join('  '), ...rows].join('\n');
}
