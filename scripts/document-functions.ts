/** Writes docs/functions.md from the definitions of the functions: `node scripts/document-functions.ts`. A test tells when it is due. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { functions } from '../src/functions/index.ts';
import { functionsPage } from './functions-page.ts';

await writeFile(fileURLToPath(new URL('../docs/functions.md', import.meta.url)), functionsPage(functions));
