import { InvalidYaml, yamlToJson } from '../../../../src/kubernetes/yaml.ts';
import { defineNeighbour } from '../neighbour.ts';
import { DOCUMENTS, PLAIN, SCALARS } from './yaml-texts.ts';
import type { Random } from '../random.ts';

interface Input {
  text: string;
  strict: boolean;
}

export const yaml = defineNeighbour<Input>({
  name: 'yaml',
  sameText: withoutValues,
  fixed: fixed(),
  generate: (random) => ({ text: document(random), strict: random.chance(0.5) }),
  answer({ text, strict }) {
    try {
      return { json: yamlToJson(text, undefined, { duplicates: strict ? 'strict' : 'last' }) };
    } catch (error) {
      if (error instanceof InvalidYaml) return { error: error.goMessage };
      throw error;
    }
  },
});

function fixed(): Input[] {
  const texts = [
    ...SCALARS.map((scalar) => `a: ${scalar}`),
    ...SCALARS.filter((_, i) => i % 5 === 0).map((scalar) => `- ${scalar}\n- x`),
    ...DOCUMENTS,
  ];
  return texts
    .map((text, index) => ({ text, strict: index % 2 === 0 }))
    .concat(
      DOCUMENTS.filter((text) => /(^|\n)(\S+):[^]*\n\2:|<<|1|yes/.test(text)).map((text) => ({
        text,
        strict: true,
      })),
      DOCUMENTS.filter((text) => /(^|\n)(\S+):[^]*\n\2:|<<|1|yes/.test(text)).map((text) => ({
        text,
        strict: false,
      })),
    );
}

/** Ours never show what the text holds. Of several faults that make no JSON any may be the first. */
function withoutValues(text: string): string {
  if (/^(?:unsupported map key|json: unsupported value)/.test(text)) return 'no JSON';
  return text
    .replace(/^(yaml: invalid map key): [^]*$/, '$1')
    .replace(/^(yaml: cannot decode) (?:a )?(!!\w+) (?:`[^]*` )?as/, '$1 $2 as');
}

function document(random: Random): string {
  const text = node(random, 0, 3).replace(/^\n/, '');
  const start = random.chance(0.1) ? '---\n' : '';
  return start + (random.chance(0.15) ? damaged(random, text) : text);
}

function node(random: Random, indent: number, depth: number): string {
  if (depth === 0 || random.chance(0.3)) return someScalar(random, indent);
  switch (random.below(4)) {
    case 0:
      return flow(random, depth - 1);
    case 1:
      return lines(random, indent, () => `- ${node(random, indent + 2, depth - 1)}`);
    default:
      return lines(random, indent, () => `${key(random)}: ${node(random, indent + 2, depth - 1)}`);
  }
}

function lines(random: Random, indent: number, make: () => string): string {
  const margin = ' '.repeat(indent);
  const made = [make(), ...random.some(3, make)].map((line) => margin + line);
  const comment = () => (random.chance(0.1) ? `\n${random.pick(['', margin])}# comment` : '');
  return `\n${made.map((line) => line + comment()).join('\n')}`;
}

function flow(random: Random, depth: number): string {
  const item = () => (depth > 0 && random.chance(0.4) ? flow(random, depth - 1) : random.pick(PLAIN));
  return random.chance(0.5)
    ? `[${random.some(4, item).join(random.pick([', ', ',', ' , ']))}]`
    : `{${random.some(4, () => `${key(random)}: ${item()}`).join(', ')}}`;
}

function key(random: Random): string {
  return random.pick([
    'a',
    'b',
    'c',
    'd',
    'name',
    'x-y',
    '"q"',
    "'s'",
    '1',
    'yes',
    'é',
    'a b',
    '1.5',
    '0x10',
    'k.io/n',
  ]);
}

function someScalar(random: Random, indent: number): string {
  const margin = ' '.repeat(indent);
  const text = () => random.pick(['a', 'b c', 'x: y', '# no', 'é', '', '  deep', '"q"', '- d', 'tab\t']);
  switch (random.below(6)) {
    case 0:
      return `${random.pick(['|', '>', '|-', '>-', '|+', '>+'])}\n${[text() || 'a', ...random.some(4, text)].map((line) => (line === '' ? '' : margin + line)).join('\n')}`;
    case 1:
      return JSON.stringify(random.some(4, text).join(random.pick([' ', '\n', '\t', '\u00e9'])));
    case 2:
      return `'${random.some(3, text).join(' ').replaceAll("'", "''")}'`;
    default:
      return random.pick(random.chance(0.8) ? PLAIN : SCALARS);
  }
}

function damaged(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const end = at + random.below(3);
  return (
    text.slice(0, at) +
    random.pick(['', ' ', '\n', ':', '-', '"', "'", '[', '}', '#', '&', '*', '!', '|', ',', '\t', '?', '%']) +
    text.slice(end)
  );
}
