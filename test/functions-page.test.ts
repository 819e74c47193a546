import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { functionsPage } from '../scripts/functions-page.ts';
import { functions } from '../src/functions/index.ts';

it('docs/functions.md says what the functions are', () => {
  const page = readFileSync(new URL('../docs/functions.md', import.meta.url), 'utf8');
  expect(page, 'run: node scripts/document-functions.ts').toBe(functionsPage(functions));
});

it('every function has a documentation, down to its arguments', () => {
  for (const { name, doc, afterRestart, args } of functions) {
    expect(doc, name).toBeTruthy();
    expect(afterRestart, name).toBeTruthy();
    expect(
      Object.values(args).filter((schema) => schema.doc === ''),
      name,
    ).toEqual([]);
  }
});
