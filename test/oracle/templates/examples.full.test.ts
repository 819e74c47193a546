import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goIsHere, startOracle } from './oracle.ts';
import type { OracleCase } from './oracle-case.ts';
import { renderCase } from './render-case.ts';
import { goParameters } from './sample-parameters.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');

describe.skipIf(!goIsHere())('the templates of the examples (needs Go)', () => {
  it('give what Go gives', async () => {
    const cases = await casesOfExamples();
    expect(cases.length).toBeGreaterThan(5);
    const oracle = await startOracle();
    try {
      const answers = await oracle.ask(cases);
      expect(cases.map(renderCase)).toEqual(answers);
    } finally {
      await oracle.close();
    }
  }, 120_000);
});

/** Every line with an action in it, and every file as a whole. */
async function casesOfExamples(): Promise<OracleCase[]> {
  const templates: string[] = [];
  for await (const file of glob('**/*.yaml', { cwd: EXAMPLES })) {
    const text = await readFile(join(EXAMPLES, file), 'utf8');
    templates.push(text, ...text.split('\n').filter((line) => line.includes('{{')));
  }
  return templates.map((template) => ({ template, data: { parameters: goParameters } }));
}
