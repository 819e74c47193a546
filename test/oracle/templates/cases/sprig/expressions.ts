import { casesOf } from '../../oracle-case.ts';
import type { CaseGroup, OracleCase } from '../../oracle-case.ts';
import { sample } from '../sample-data.ts';

/** Cases of one function: an expression a line, or a whole template where a line has actions of its own. */
export function expressions(
  subject: string,
  lines: string,
  shared: Omit<OracleCase, 'template'> = {},
): CaseGroup {
  const templates = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => (line.includes('{{') ? line : `{{ ${line} }}`));
  return { subject, cases: casesOf(templates, { data: sample, ...shared }) };
}

/** Lines with every kind of operand in the place of `_`. */
export function everyKind(expression: string): string {
  return operands.map((operand) => `\n${expression.replaceAll('_', operand)}`).join('');
}

const operands = [
  'nil',
  '.null',
  '1',
  '-1',
  '1.5',
  '1e300',
  '2i',
  '"a"',
  '"12"',
  '"0x1f"',
  '""',
  'true',
  'false',
  "'x'",
  '.s',
  '.uni',
  '.empty',
  '.b',
  '.bin',
  '.nilBytes',
  '.level',
  '.textPtr',
  '.nilText',
  '.bytesList',
  '.i',
  '.n',
  '.neg',
  '.zero',
  '.big',
  '.max',
  '.min',
  '.i8',
  '.u',
  '.u8',
  '.umax',
  '.intPtr',
  '.f',
  '.f2',
  '.f21',
  '.third',
  '.small',
  '.nan',
  '.inf',
  '.ninf',
  '.nzero',
  '.f0',
  '.t',
  '.no',
  '.list',
  '.nums',
  '.ints',
  '.floats',
  '.words',
  '.l0',
  '.nilList',
  '.deepList',
  '.list2',
  '.m',
  '.e',
  '.nilMap',
  '.texts',
  '.counts',
  '.data',
  '.lists',
  '.maps',
  '.mapPtr',
  '.meta',
  '.metas',
  '.time',
  '.wait',
  '.time.Month',
  '.work',
  '.ptr.Meta',
  '.nilPtr',
  '.work.Owner',
  '.work.Anything',
];
