import { casesOf } from '../oracle-case.ts';
import type { CaseGroup } from '../oracle-case.ts';
import type { TypedData } from '../typed-data.ts';

const integer = (value: string, size: 'int' | 'int64' | 'uint8' | 'uint64' | 'int8' = 'int'): TypedData => ({
  integer: value,
  size,
});
const float = (text: string): TypedData => ({ float: text });

/** What each format is applied to, one line of output each. */
const values: Record<'integers' | 'floats' | 'texts' | 'others', TypedData[]> = {
  integers: [
    '0',
    '1',
    '-1',
    '42',
    '-255',
    '65',
    '233',
    '128169',
    '1114112',
    '55296',
    '1000000',
    '9223372036854775807',
    '-9223372036854775808',
  ]
    .map((text) => integer(text))
    .concat([
      integer('200', 'uint8'),
      integer('18446744073709551615', 'uint64'),
      integer('-8', 'int8'),
      { duration: '1500000000' },
    ]),
  floats: [
    '0',
    '-0',
    '1',
    '-1',
    '0.5',
    '2.5',
    '3.5',
    '1.005',
    '123456.789',
    '1234567',
    '12345678',
    '1e6',
    '1e20',
    '1e21',
    '1e-4',
    '1e-5',
    '0.000123456',
    '1e100',
    '5e-324',
    '1.7976931348623157e308',
    '0.1',
    '100',
    'NaN',
    '+Inf',
    '-Inf',
    '99.995',
    '0.3333333333333333',
  ].map(float),
  texts: [
    '',
    'a',
    'text',
    'héllo ☃',
    'a b',
    `q"'\`\\`,
    'l1\nl2\t',
    '\u0000\u007f\u200b\ufeff',
    '𝄞',
    { bytes: '/wBhw6k=' },
    { bytes: '' },
    { nil: '[]uint8' },
    { text: 'high', type: 'shape.Level' },
  ],
  others: [
    true,
    false,
    null,
    { list: ['a', integer('1'), null, float('2.5')] },
    { list: [] },
    { nil: '[]string' },
    { list: ['x', 'y'], of: 'string' },
    { list: [integer('1'), integer('-2')], of: 'int' },
    { list: [float('1.5')], of: 'float64' },
    { list: [{ bytes: 'YWI=' }], of: '[]uint8' },
    { list: [true], of: 'bool' },
    { map: { b: 'x', a: integer('1') } },
    { map: {} },
    { nil: 'map[string]interface {}' },
    { map: { k: { bytes: 'YQ==' } }, of: '[]uint8' },
    { map: { k: integer('5') }, of: 'int' },
    { struct: 'shape.Meta', fields: { Name: 'n', Labels: { map: { k: 'v' }, of: 'string' } } },
    { pointer: { struct: 'shape.Meta', fields: { Name: 'n' } } },
    { nil: '*shape.Meta' },
    { pointer: { list: ['p'], of: 'string' } },
    { pointer: { map: { k: 'v' }, of: 'string' } },
    { nil: '*string' },
    { seconds: 1704164645, nanoseconds: 120000000, zone: 'UTC' },
    { list: [{ struct: 'shape.Meta', fields: {} }], of: 'shape.Meta' },
    {
      list: [
        { duration: '1' },
        { list: [null] },
        { map: { x: null } },
        { nil: '*shape.Meta' },
        { nil: 'map[string]string' },
        { bytes: 'YQ==' },
      ],
    },
  ],
};

/** Verbs for which the exact form of a number matters. */
const numeric = 'bdoOxXUceEfFgGqv';
const everyVerb = [
  'v',
  'T',
  't',
  'b',
  'c',
  'd',
  'o',
  'O',
  'q',
  'x',
  'X',
  'U',
  'e',
  'E',
  'f',
  'F',
  'g',
  'G',
  's',
  'p',
  'w',
  'z',
];
/** Flags, width and precision; those that say most come first. */
const flags = [
  '',
  '+',
  '#',
  '-10',
  '010',
  '.3',
  '# ',
  '#+.0',
  '-',
  ' ',
  '0',
  '10',
  '.0',
  '010.3',
  '-10.3',
  '+10',
  '10.3',
  '+#',
  '+010.2',
  ' 08',
  '#.3',
  '#012',
  '.20',
  '6.8',
];

/** How many of the flags a kind of value is tried with. */
const tried = { integers: 24, floats: 24, texts: 15, others: 8 };

const apply = (format: string): string =>
  `{{ range $i, $value := . }}{{ $i }} [{{ printf ${JSON.stringify(format)} $value }}]\n{{ end }}`;

/** Only what has no address: those differ from run to run. */
const withoutAddress = (verb: string, list: TypedData[]): TypedData[] =>
  verb === 'p'
    ? list.filter(
        (value) =>
          value === null ||
          typeof value !== 'object' ||
          !('list' in value || 'map' in value || 'bytes' in value || 'pointer' in value),
      )
    : list;

/** Each verb with each combination of flags, applied to all values of a kind. */
export const verbs: CaseGroup[] = [
  ...everyVerb.map((verb) => ({
    subject: `%${verb}`,
    cases: [
      ...casesOf(
        [`%${verb}`, `%${verb} %${verb}`, `%[3]${verb}`, `%*${verb}`].map(
          (format) => `{{ printf ${JSON.stringify(format)} }}`,
        ),
      ),
      ...casesOf([`{{ printf "%${verb}" 1 "x" }}`, `{{ printf "%.*${verb}" "x" 1 }}`]),
      ...(['integers', 'floats', 'texts', 'others'] as const).flatMap((kind) =>
        casesOf(
          flags
            .slice(0, numeric.includes(verb) || kind === 'texts' || kind === 'others' ? tried[kind] : 8)
            .map((flag) => apply(`%${flag}${verb}`)),
          { data: { list: withoutAddress(verb, values[kind]) } },
        ),
      ),
    ],
  })),
  {
    subject: '%%',
    cases: casesOf([
      '{{ printf "%%" }}',
      '{{ printf "%%%%" }}',
      '{{ printf "%d%%" 1 }}',
      '{{ printf "%5%" }}',
      '{{ printf "%-5%|" }}',
      '{{ printf "%+%" }}',
      '{{ printf "%.3%" }}',
      '{{ printf "%" }}',
      '{{ printf "%d%" 1 }}',
      '{{ printf "%5" 1 }}',
      '{{ printf "%% %" 2 }}',
      '{{ printf "%%" 2 }}',
    ]),
  },
];
