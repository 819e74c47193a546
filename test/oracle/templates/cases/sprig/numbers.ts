import type { CaseGroup } from '../../oracle-case.ts';
import { expressions, everyKind } from './expressions.ts';

/** Pairs of operands of arithmetic. */
const pairs = (name: string) =>
  [
    '1 2',
    '7 3',
    '-7 3',
    '7 -3',
    '0 5',
    '5 0',
    '5 "x"',
    '1.9 2.9',
    '"3" "4"',
    '.max 1',
    '.min -1',
    '.umax 1',
    '.f2 .third',
    'true true',
    'nil 1',
    '.nan 2',
    '.inf 1',
    '.list .m',
    '.big 2',
    '.level 1',
    '.min 2',
    '.max .max',
    '.min .min',
    '.intPtr 2',
    '.work.Anything .work.Replicas',
    '.wait 1000',
    '1',
    '',
    '1 2 3',
    '.nope 1',
    '(1',
    '1 .s.x',
    '0x10 0b11',
    "'a' 1",
    '"1_000" "0x10"',
    '"-0" "+7"',
    '-1 nil',
  ]
    .map((args) => `${name} ${args}`)
    .join('\n');

export const numberCases: CaseGroup[] = [
  ...['add', 'sub', 'mul', 'div', 'mod', 'max', 'biggest', 'min'].map((name) =>
    expressions(name, pairs(name)),
  ),
  ...['int', 'int64', 'float64', 'toDecimal', 'add1', 'floor', 'ceil'].flatMap((name) => [
    expressions(
      name,
      everyKind(`${name} _`) +
        `
printf "%T" (${name} 1)
${name} "12"
${name} "-12"
${name} "+12"
${name} "1.5"
${name} "-1.5"
${name} "1e3"
${name} "0x10"
${name} "0b1"
${name} "0o17"
${name} "017"
${name} "777"
${name} "888"
${name} "1_000"
${name} " 1"
${name} ""
${name} "abc"
${name} "99999999999999999999"
${name} "-99999999999999999999"
${name} "9223372036854775807"
${name} "-9223372036854775808"
${name} "inf"
${name} "-Infinity"
${name} "NaN"
${name} "0x1p-2"
${name} "0x.8p1"
${name} ".5"
${name} "5."
${name} "1e400"
${name} "1e-400"
${name} "infinit"
${name} -0.5
${name} -1.5
${name} 1e19
${name} -1e19
${name} 9007199254740993
${name} 2.5
${name}
${name} 1 2
${name} .nope
${name} .s.x
${name} 0o755
${name} 0644
`,
    ),
  ]),
  expressions(
    'atoi',
    `
atoi "12"
atoi "-12"
atoi "+12"
atoi "012"
atoi "0x12"
atoi "1.5"
atoi ""
atoi "abc"
atoi "1_000"
atoi " 1"
atoi "99999999999999999999"
atoi "-99999999999999999999"
atoi "9223372036854775807"
atoi "9223372036854775808"
printf "%T" (atoi "1")
atoi
atoi 1
atoi nil
atoi .b
atoi "1" "2"
atoi "१"
`,
  ),
  expressions(
    'round',
    `
round 1.5 0
round 2.5 0
round -1.5 0
round -2.5 0
round 1.2345 2
round 1.235 2
round 1.005 2
round 123.5555 3
round 123.5555 3 .6
round 123.555555 3 .4
round "1.555" 2
round 1555 -2
round 12 1
round 1.5 400
round 1.5 -400
round .nan 1
round .inf 1
round nil 1
round .list 1
round 1.5 0 0.9
round 1.5 0 0.1
round 0.1 20
round 1e300 10
round 5.015 2
round -5.015 2 0.5
round 2.675 2
round 1.45 1
round .big 0
round 1.5
round
round 1.5 "1"
round 1.5 1.5
round 1.5 1 "x"
round 1.5 1 1
round 1.5 1 0.5 0.6
round 1.5 .i
`,
  ),
  expressions(
    'until',
    `
until 5
until 0
until -3
until 1
printf "%T" (until 2)
{{ range until 3 }}{{ . }},{{ end }}
until (int 3)
until (int64 3)
until .n | len
until .i
until "3"
until 1.5
until nil
until
until 1 2
`,
  ),
  expressions(
    'untilStep',
    `
untilStep 0 10 2
untilStep 10 0 -2
untilStep 0 10 -1
untilStep 10 0 1
untilStep 0 0 1
untilStep 0 10 0
untilStep 10 0 0
untilStep -5 5 3
untilStep 5 -5 -3
untilStep 0 3 9
untilStep 0 1 2
printf "%T" (untilStep 0 1 1)
untilStep 0 10
untilStep 0 "10" 1
untilStep 0 10 1.5
untilStep .i 10 1
untilStep nil 10 1
`,
  ),
];
