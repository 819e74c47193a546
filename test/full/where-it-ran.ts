import type { Outcome } from './outcome.ts';

/** A table of all files with how many of their tests passed in each place. Places are numbered, and named above it. */
export function whereItRan(places: ReadonlyMap<string, readonly Outcome[]>): string {
  const files = [...new Set([...places.values()].flat().map(({ file }) => file))].toSorted();
  const names = [...places.keys()];
  const rows = files.map((file) => {
    const cells = names.map((place) => cellOf((places.get(place) ?? []).filter((one) => one.file === file)));
    return `${cells.map((cell) => cell.padStart(9)).join('')}  ${file}`;
  });
  const heading = names.map((_, index) => String(index + 1).padStart(9)).join('');
  return [...names.map((name, index) => `${index + 1}: ${name}`), '', heading, ...rows].join('\n');
}

function cellOf(outcomes: readonly Outcome[]): string {
  const ran = outcomes.filter(({ status }) => status !== 'skipped');
  if (ran.length === 0) return outcomes.length === 0 ? '' : 'skipped';
  return `${ran.filter(({ status }) => status === 'passed').length}/${ran.length}`;
}

/** Each test that failed, or passed only at its second attempt, with where and why: the last that is printed, since a log is often kept by its end only. */
export function failuresOf(places: ReadonlyMap<string, readonly Outcome[]>): string {
  return [...places]
    .flatMap(([place, outcomes]) =>
      outcomes
        .filter(({ status, flaky }) => status === 'failed' || flaky)
        .map(({ file, name, message, flaky }) => {
          const mark = flaky ? '~ (passed at the second attempt)' : '✗';
          return `${mark} ${place}: ${file}: ${name}\n${excerptOf(message)}`;
        }),
    )
    .join('\n');
}

const EXCERPT_LINES = 25;

function excerptOf(message: string): string {
  return message
    .split('\n')
    .slice(0, EXCERPT_LINES)
    .map((line) => `    ${line.slice(0, 200)}`)
    .join('\n');
}
