/**
 * Writes docs/functions.md, and a page for each function, from the definitions of the functions and docs/functions/prose:
 * `node scripts/document-functions.ts`. A test tells when it is due.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { functions } from '../src/functions/index.ts';
import { functionPage, pageNameOf } from './function-page.ts';
import { functionsPage } from './functions-page.ts';

const DOCS = join(import.meta.dirname, '../docs');

await writeFile(join(DOCS, 'functions.md'), functionsPage(functions));
const withoutProse: string[] = [];
for (const definition of functions) {
  const name = pageNameOf(definition.name);
  const prose = join(DOCS, 'functions/prose', name);
  if (existsSync(prose)) {
    await writeFile(join(DOCS, 'functions', name), functionPage(definition, await readFile(prose, 'utf8')));
  } else {
    withoutProse.push(prose);
  }
}
if (withoutProse.length > 0) throw new Error(`functions without prose: write ${withoutProse.join(', ')}`);
