import { readFile, writeFile } from 'node:fs/promises';
import type { Answer, CaseGroup } from './oracle-case.ts';

/** Answers of Go to the cases of one subject, in their order. */
export interface GoldenSubject {
  subject: string;
  cases: ({ template: string } & Answer)[];
}

/** Reads what was recorded for an area; nothing when it never was. */
export async function readGolden(area: string): Promise<GoldenSubject[]> {
  try {
    return JSON.parse(await readFile(fileOf(area), 'utf8')) as GoldenSubject[];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

export async function writeGolden(
  area: string,
  groups: readonly CaseGroup[],
  answers: readonly Answer[],
): Promise<void> {
  let next = 0;
  const subjects = groups.map(({ subject, cases }) => ({
    subject,
    cases: cases.map(({ template }) => ({ template, ...answers[next++] })),
  }));
  await writeFile(fileOf(area), `${JSON.stringify(subjects, undefined, 1)}\n`);
}

function fileOf(area: string): URL {
  return new URL(`golden/${area}.json`, import.meta.url);
}
