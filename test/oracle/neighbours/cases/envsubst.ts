import { substitute } from '../../../../src/kubernetes/envsubst/envsubst.ts';
import { InvalidSubstitution } from '../../../../src/kubernetes/envsubst/invalid-substitution.ts';
import { defineNeighbour } from '../neighbour.ts';
import type { Random } from '../random.ts';

interface Input {
  text: string;
  values: Record<string, string>;
}

/** All have values: where there is none, KubeStash's library and the one asked here differ. */
const VALUES = {
  a: 'A',
  path: '/data/db/file.tar.gz',
  Name_1: 'hello World',
  n: '2',
  star: '*',
  dot: 'a.b.c',
  x: 'aXbXc',
};

export const envsubst = defineNeighbour<Input>({
  name: 'envsubst',
  sameText: (text) => text,
  fixed: [
    '',
    'text',
    '$',
    '$$',
    '$a',
    '$(a)',
    '${a}',
    '${a}${a}',
    'x${a}y',
    '$${a}',
    '$$$${a}',
    '$$$a',
    '${a',
    '${',
    '${}',
    '${ a}',
    '${a }',
    '${a-b}',
    '${a.b}',
    '${a$}',
    '}',
    '{a}',
    '${a:=d}',
    '${a:-d}',
    '${a=d}',
    '${a:?d}',
    '${a:+d}',
    '${a:=}',
    '${a:= /:}',
    '${a:=${n}}',
    '${a:=x${n}y}',
    '${a:=${a:=${n}}}',
    '${a:=',
    '${a:',
    '${a=',
    '${a==x}',
    '${a?x}',
    '${a+x}',
    '${a-x}',
    '${a:=$n}',
    '${a:=${x}',
    '${a^}',
    '${a^^}',
    '${a,}',
    '${a,,}',
    '${Name_1^}',
    '${Name_1^^}',
    '${Name_1,,}',
    '${Name_1,}',
    '${a,^}',
    '${a^,}',
    '${a^^^}',
    '${a^x}',
    '${a,,',
    '${#a}',
    '${#path}',
    '${#}',
    '${#a',
    '${# a}',
    '${##a}',
    '${#a:1}',
    '${path#/}',
    '${path##*/}',
    '${path#*/}',
    '${path%.*}',
    '${path%%.*}',
    '${path%.gz}',
    '${path%%/*}',
    '${path#}',
    '${path#x}',
    '${path#?}',
    '${path##?}',
    '${path%?}',
    '${path#[/]}',
    '${path%[z]}',
    '${path#[^a]}',
    '${path#[}',
    '${path#\\/}',
    '${path###}',
    '${path%%%}',
    '${path#${star}}',
    '${path##${star}/}',
    '${path%${star}',
    '${path#*}',
    '${path##*}',
    '${path%*}',
    '${path%%*}',
    '${path#*d*}',
    '${path##*d*}',
    '${path#[a-z/]}',
    '${path#[]}',
    '${path#[a-]}',
    '${dot%.?}',
    '${dot#?.}',
    '${path:1}',
    '${path:1:4}',
    '${path:-4}',
    '${path: -4}',
    '${path:0}',
    '${path:99}',
    '${path:0:99}',
    '${path:3:0}',
    '${path:a}',
    '${path:1:a}',
    '${path:}',
    '${path::2}',
    '${path:1:}',
    '${path:1:2:3}',
    '${path:${n}}',
    '${path:${n}:${n}}',
    '${path:+2}',
    '${path:1::2}',
    '${path:-99:2}',
    '${x/X/-}',
    '${x//X/-}',
    '${x/X/}',
    '${x//X/}',
    '${x/X}',
    '${x//X}',
    '${x/#a/-}',
    '${x/#X/-}',
    '${x/%c/-}',
    '${x/%X/-}',
    '${x/#a/}',
    '${x/%c/}',
    '${x/\\//y}',
    '${path/\\//-}',
    '${path//\\//-}',
    '${x/a/$$}',
    '${x/a/$&}',
    '${x///-}',
    '${x//${a}/-}',
    '${x/X/${a}}',
    '${x/X//}',
    '${x/X/a/b}',
    '${x/$${a}/b}',
    '\\',
    '\\\\',
    '\\/',
    'a\\\\b',
    '\\${a}',
    '\\$a',
    '\\n',
    '$$\\\\',
    'é${a}é',
    '$é',
    '${a}$',
    '$${',
    '$$$',
    '$$$$',
    'a$$b',
    '{"x":"${a}"}',
    '${a:="q"}',
    "${a:='q'}",
    '${a:=\n}',
    '${a}\n${n}\n',
    '${a:=${',
    '${a:=${}}',
    '${a/${',
    '${a#${n}}',
  ].map((text) => ({ text, values: VALUES })),
  generate: (random) => ({ text: random.some(4, () => part(random, 2)).join(''), values: VALUES }),
  answer({ text, values }) {
    try {
      return { text: substitute(text, values) };
    } catch (error) {
      if (error instanceof InvalidSubstitution) return { error: error.reason };
      throw error;
    }
  },
});

function part(random: Random, depth: number): string {
  const name = () => random.pick(Object.keys(VALUES));
  const text = () =>
    random
      .some(3, () => random.pick(['a', 'X', '.', '/', '*', '?', ' ', ':', '$', '1', '-', '[a]', '\\/', '"']))
      .join('');
  const argument = () => (depth > 0 && random.chance(0.2) ? part(random, depth - 1) : text());
  switch (random.below(9)) {
    case 0:
      return `${text()}${random.pick(['', '$$', '\\', '\\\\'])}`;
    case 1:
      return `\${${name()}}`;
    case 2:
      return `\${${name()}${random.pick([':=', ':-', '=', ':?', ':+'])}${argument()}}`;
    case 3:
      return `\${${name()}${random.pick(['^', '^^', ',', ',,'])}}`;
    case 4:
      return `\${${name()}${random.pick(['#', '##', '%', '%%'])}${argument()}}`;
    case 5:
      return `\${${name()}:${random.pick(['0', '1', '2', '-1', '-3', '9', '${n}'])}${random.chance(0.4) ? `:${random.pick(['0', '1', '3', '20'])}` : ''}}`;
    case 6:
      return `\${${name()}${random.pick(['/', '//', '/#', '/%'])}${argument()}/${random.chance(0.8) ? argument() : ''}}`;
    case 7:
      return `\${#${name()}}`;
    default:
      return `\${${name()}${random.pick(['', '.', '/', ' ', '$', '-', '?', '*', '[a]', '::'])}${random.chance(0.8) ? '}' : ''}`;
  }
}
