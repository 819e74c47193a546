import { formatYaml } from '../../../../src/kubernetes/yaml.ts';
import { defineNeighbour } from '../neighbour.ts';
import type { Random } from '../random.ts';
import { POD_LIST, someObject } from './json-values.ts';
import { DOCUMENTS, SCALARS } from './yaml-texts.ts';

interface Input {
  json: string;
}

export const yamlWriter = defineNeighbour<Input>({
  name: 'yaml-writer',
  neverRefuses: true,
  sameText: (text) => text,
  fixed: [
    ...SCALARS.map((text, index) => [{ a: text }, [text], { [text]: 1 }, text][index % 4]),
    ...DOCUMENTS.map((text, index) => [{ a: { b: text } }, [[text]], { [text]: [1] }, text][index % 4]),
    POD_LIST,
    {},
    [],
    [[]],
    [{}],
    { a: [] },
    { a: {} },
    [[[1], 2], { a: [{ b: 1 }] }],
    1,
    null,
    true,
    1e20,
    1e21,
    2 ** 63,
    2 ** 64,
    -(2 ** 63),
    1.5,
    1234567.5,
    1e-5,
    0.0001,
    5e-324,
    -0.5,
    123456789012,
    'word '.repeat(40),
    'word  '.repeat(40),
    `'${'word '.repeat(40)}x`,
    `${'word '.repeat(40)}\t`,
    'x'.repeat(200),
    ` ${'word '.repeat(40)}x`,
    { [`${'k '.repeat(63)}k`]: 1 },
    { ['k'.repeat(128)]: 1 },
    { ['k'.repeat(129)]: 1 },
    { ['k'.repeat(129)]: { a: 1, b: [2] } },
    { ['k'.repeat(129)]: [1, { a: 2 }] },
    { 'a\nb': { c: 'd\ne' } },
  ].map((value) => ({ json: JSON.stringify(value) })),
  generate: (random) => ({ json: JSON.stringify(random.chance(0.3) ? someText(random) : nested(random, 3)) }),
  // The library reads JSON as YAML, in which these are breaks or nothing at all.
  differs: ({ json }) => /[\u007f-\u009f\u2028\u2029\ufffe\uffff]/.test(json),
  answer: ({ json }) => ({ yaml: formatYaml(JSON.parse(json)) }),
});

function nested(random: Random, depth: number): unknown {
  const kind = random.below(depth > 0 ? 4 : 2);
  if (kind === 0) return someObject(random, 2);
  if (kind === 1) return someText(random);
  if (kind === 2) return random.some(3, () => nested(random, depth - 1));
  return Object.fromEntries(random.some(4, () => [someText(random), nested(random, depth - 1)]));
}

const PIECES = [
  ' ',
  '  ',
  '\n',
  '\t',
  'a',
  'word',
  ':',
  ': ',
  ' #',
  '#',
  '-',
  '- ',
  "'",
  '"',
  '\\',
  '1',
  '0x1',
  'é',
  '€',
  '\u{1f600}',
  '\r',
  '\u00a0',
  '[',
  '}',
  ',',
  '?',
  '!',
  '&',
  '*',
  '|',
  '>',
  '%',
  '@',
  '.',
  '...',
  '---',
  'yes',
  'long words to fill a line with',
];

function someText(random: Random): string {
  const pieces = random.some(random.pick([2, 4, 12]), () => random.pick(PIECES));
  return pieces.join(random.chance(0.3) ? ' ' : '');
}
