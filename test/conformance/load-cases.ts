import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { registeredCases } from './conformance-case.ts';
import type { ConformanceCase } from './conformance-case.ts';

const CASES = join(import.meta.dirname, 'cases');

/** All cases, by file and then in the order in which the files have them. */
export async function loadCases(): Promise<readonly ConformanceCase[]> {
  const files = (await readdir(CASES)).filter((file) => file.endsWith('.ts')).toSorted();
  for (const file of files) await import(pathToFileURL(join(CASES, file)).href);
  return registeredCases();
}
