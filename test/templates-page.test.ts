import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  bytes,
  compileTemplate,
  int64,
  list,
  map,
  originalFunctions,
  sprigFunctions,
  string,
  TemplateError,
  textTemplateFunctions,
} from '../src/gotemplate/index.ts';
import type { Value } from '../src/gotemplate/index.ts';

const page = readFileSync(new URL('../docs/templates.md', import.meta.url), 'utf8');
const options = { now: () => new Date('2024-02-29T12:00:00Z'), random: randomBytes };
const functions = sprigFunctions(options);
const original = originalFunctions(options);

/** The data that the page gives, with the types that it has in a Blueprint. */
const data = (): Value =>
  map({
    labels: map({ app: string('shop'), tier: string('db') }),
    names: list(['web', 'db', 'web'].map((name) => string(name))),
    replicas: int64(3),
    empty: string(''),
    password: bytes(Buffer.from('czNjcmV0', 'base64')),
    Time: string('2024-02-29T12:00:00Z'),
  });

interface Row {
  name: string;
  isAddition: boolean;
  example: string;
  gives: string;
}

const rows: Row[] = page.split('\n').flatMap((line) => {
  const match = /^\| `(\w+)`(³?) \| .* \| `((?:[^`]|\\\|)+)` \| ([^|]*(?:\\\|[^|]*)*) \|$/.exec(line);
  if (match === null) return [];
  const [, name = '', mark = '', example = '', gives = ''] = match;
  return [{ name, isAddition: mark !== '', example: example.replaceAll('\\|', '|'), gives }];
});

describe('docs/templates.md', () => {
  it.each(rows)('$name: $example gives what the page says', ({ example, gives }) => {
    expect(shown(example)).toBe(gives.replaceAll('\\|', '|'));
  });

  it('has an example of every function that templates have, and of no other', () => {
    const all = new Set([...Object.keys(textTemplateFunctions), ...Object.keys(functions)]);
    expect(rows.map(({ name }) => name).toSorted()).toEqual([...all].toSorted());
    for (const { name, example } of rows) expect(example).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('marks the functions that Kanister does not have', () => {
    const unknown = rows
      .map(({ name }) => name)
      .filter((name) => !(name in original) && !(name in textTemplateFunctions));
    expect(rows.filter(({ isAddition }) => isAddition).map(({ name }) => name)).toEqual(unknown);
  });
});

function shown(example: string): string {
  try {
    const text = compileTemplate(example, { functions, missingKey: 'error' }).execute(data());
    return text === '' ? 'nothing' : `\`${text}\``;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return `fails: \`${error.message.replace(/^.*?error calling \w+: /, '')}\``;
  }
}
