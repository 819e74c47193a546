import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from './conversation.ts';

const FOLDER = join(import.meta.dirname, 'recordings');

/** Name of the case → its transcript on the real cluster. */
export type Recordings = Record<string, Step[]>;

const fileOf = (behaviour: string): string => join(FOLDER, `${behaviour}.json`);

export function readRecordings(behaviour: string): Recordings {
  const file = fileOf(behaviour);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recordings) : {};
}

/** One step on a line: small enough to keep, and a change shows as the step that changed. */
export function writeRecordings(behaviour: string, recordings: Recordings): void {
  const cases = Object.entries(recordings).map(([name, steps]) => {
    const lines = steps.map((step) => `    ${JSON.stringify(sorted(step))}`);
    return `  ${JSON.stringify(name)}: [\n${lines.join(',\n')}\n  ]`;
  });
  writeFileSync(fileOf(behaviour), `{\n${cases.join(',\n')}\n}\n`);
}

/** The order of keys says nothing, and should not show as a change. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
