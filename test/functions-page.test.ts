import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionPage, pageNameOf } from '../scripts/function-page.ts';
import { functionsPage } from '../scripts/functions-page.ts';
import { functions } from '../src/functions/index.ts';
import { startCluster, type Cluster } from './kanctl/cluster.ts';
import { examplesOf } from './functions/page-examples.ts';
import { mistakesIn, readPage } from './support/page-documents.ts';

const DOCS = join(import.meta.dirname, '../docs');
const DUE = 'run: node scripts/document-functions.ts';
const names = functions.map(({ name }) => name);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

it('docs/functions.md lists the functions', () => {
  expect(readPage('functions.md'), DUE).toBe(functionsPage(functions));
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

it('there is no page without a function', () => {
  const pages = names.map(pageNameOf).toSorted();
  const files = (folder: string) => readdirSync(join(DOCS, folder)).filter((file) => file.endsWith('.md'));
  expect(files('functions').toSorted()).toEqual(pages);
  expect(files('functions/prose').toSorted()).toEqual(pages);
});

describe.each(functions)('the page of $name', (definition) => {
  const page = pageNameOf(definition.name);

  it('says what the function is', () => {
    const prose = join(DOCS, 'functions/prose', page);
    expect(existsSync(prose), `write ${prose}`).toBe(true);
    const expected = functionPage(definition, readFileSync(prose, 'utf8'));
    expect(readPage(`functions/${page}`), DUE).toBe(expected);
  });

  it('says something about how it behaves, and has an example that uses it and is valid', async () => {
    const [text = ''] = readPage(`functions/prose/${page}`).split('```yaml');
    expect(text.length, `say more in docs/functions/prose/${page}`).toBeGreaterThan(100);
    const examples = examplesOf(definition.name);
    expect(JSON.stringify(examples)).toContain(`"func":"${definition.name}"`);
    for (const { text: manifest, resource } of examples) {
      expect(mistakesIn(resource)).toEqual([]);
      const flags = ['validate', 'blueprint', '-f', '-'];
      const { code, stderr } = await cluster.kanctl(flags, { stdin: manifest });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
  });
});
