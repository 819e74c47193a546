import type { CaseGroup } from '../../oracle-case.ts';
import { expressions } from './expressions.ts';

/** Regular expressions with a text each, from the plain to the broken. */
const patterns: readonly [pattern: string, text: string][] = [
  ['a', 'banana'],
  ['', 'abc'],
  ['', ''],
  ['a*', 'baaac'],
  ['a+?', 'aaa'],
  ['x*', 'aé☃𝄞b'],
  ['^', 'abc'],
  ['$', 'abc\n'],
  ['(?m)^', 'a\nb\n'],
  ['(?m)$', 'a\nb\n'],
  ['(?s).+', 'a\nb'],
  ['.+', 'a\nb'],
  ['(?i)HELLO', 'say Hello'],
  ['(?i)straße|ſ|K', 'STRASSE ſK k'],
  ['(?U)a+', 'aaa'],
  ['(?U)a+?', 'aaa'],
  ['\\bfoo\\b', 'a foo bar food'],
  ['\\Boo\\B', 'foo food'],
  ['\\w+\\s\\d{2,3}', 'abc 1234'],
  ['[[:alpha:]]+', 'ab1cd é'],
  ['[^[:space:]]+', ' a b '],
  ['\\pL+', 'aé☃日'],
  ['\\p{Greek}+', 'abc αβγ'],
  ['\\P{Lu}', 'ABc'],
  ['[\\x{1F600}-\\x{1F64F}]', 'x😀y'],
  ['(a)(b)?', 'ac ab'],
  ['(?P<first>\\w+) (?P<second>\\w+)', 'hello world foo bar'],
  ['(?<n>\\d+)', 'a12b3'],
  ['a|ab', 'ab'],
  ['(a|ab)(c|bcd)(d*)', 'abcd'],
  ['\\Aab\\z', 'ab'],
  ['\\Qa.b\\E', 'a.b axb'],
  ['a{2}', 'aaaaa'],
  ['a{2,}', 'aaaaa'],
  ['a{,2}', 'a{,2}'],
  ['(?:)', 'ab'],
  ['(|a)*', 'aa'],
  ['(a*)*', 'b'],
  ['(a*)+', 'b'],
  ['[a-c&&b]', 'abc&'],
  ['\\C', 'é'],
  ['[^a]', 'aé\u{fffd}'],
  ['.', 'é☃'],
  ['\\a\\f\\t\\n\\r\\v', 'x'],
  ['\\123', 'S'],
  ['\\x{e9}', 'é'],
  [',', 'a,b,,c,'],
  [',', ',a,'],
  ['\\s*,\\s*', 'a , b,c ,d'],
  ['b*', 'abc'],
  ['', 'héé'],
  ['z', 'abc'],
  ['(?i)İı', 'i̇ı'],
  ['[α-ω]', 'xΩω'],
  ['\\d', '１2'],
  ['^a|b$', 'ab'],
  ['(', 'a'],
  [')', 'a'],
  ['[', 'a'],
  ['a**', 'a'],
  ['*a', 'a'],
  ['a{1001}', 'a'],
  ['a{2,1}', 'a'],
  ['(?=a)', 'a'],
  ['(?<!a)', 'a'],
  ['(?P<n>a)(?P<n>b)', 'ab'],
  ['(?P<1>a)', 'a'],
  ['(?P<n', 'a'],
  ['(?z)', 'a'],
  ['\\8', 'a'],
  ['\\1', 'a'],
  ['\\', 'a'],
  ['\\pX', 'a'],
  ['\\p{Nope}', 'a'],
  ['[b-a]', 'a'],
  ['[[:nope:]]', 'a'],
  ['\\x{110000}', 'a'],
  ['\\x{zz}', 'a'],
  ['a`b(', 'a'],
  ['((((a{100}){100}){100}){100})', 'a'],
  ['x{2}{3}', 'xxxxxx'],
  ['\\Z', 'a'],
  ['\\Ga', 'a'],
];

const literal = (text: string) => JSON.stringify(text);

/** The calls of a function with every pattern; `p` and `t` stand for a pattern and its text. */
const everyPattern = (...forms: ((pattern: string, text: string) => string)[]) =>
  patterns
    .flatMap(([pattern, text]) => forms.map((form) => form(literal(pattern), literal(text))))
    .join('\n');

export const patternCases: CaseGroup[] = [
  expressions(
    'regexMatch',
    everyPattern((p, t) => `regexMatch ${p} ${t}`) +
      `
regexMatch "\\xff" "\\xff"
regexMatch "a\\xff" "b"
regexMatch "." "\\xff"
regexMatch "[^a]" "\\xff"
regexMatch "\\ufffd" "\\xff"
regexMatch "a"
regexMatch 1 "a"
regexMatch "a" 1
regexMatch "a" .b
regexMatch .null "a"
regexMatch "a" "b" "c"
`,
  ),
  expressions(
    'regexFind',
    everyPattern((p, t) => `regexFind ${p} ${t}`) +
      `
printf "%q" (regexFind "." "\\xff")
printf "%q" (regexFind "\\xff" "\\xff")
printf "%q" (regexFind "a.c" "xa\\xffc")
regexFind "a"
regexFind 1 "a"
regexFind "a" .b
`,
  ),
  expressions(
    'regexFindAll',
    everyPattern(
      (p, t) => `printf "%q" (regexFindAll ${p} ${t} -1)`,
      (p, t) => `printf "%q" (regexFindAll ${p} ${t} 2)`,
    ) +
      `
regexFindAll "a" "aaa" 0
printf "%#v" (regexFindAll "a" "aaa" 0)
printf "%#v" (regexFindAll "z" "aaa" -1)
regexFindAll "a" "aaa" -5
printf "%q" (regexFindAll "" "\\xffé\\xfe" -1)
printf "%q" (regexFindAll "." "\\xffé\\xfe" -1)
regexFindAll "a" "b"
regexFindAll "a" "b" "1"
regexFindAll "a" "b" 1.5
regexFindAll "a" "b" .i
`,
  ),
  expressions(
    'regexReplaceAll',
    everyPattern((p, t) => `regexReplaceAll ${p} ${t} "<$0>"`) +
      `
regexReplaceAll "a(x*)b" "-ab-axxb-" "\${1}W"
regexReplaceAll "a(x*)b" "-ab-axxb-" "$1W"
regexReplaceAll "a(x*)b" "-ab-axxb-" "$1"
regexReplaceAll "a(x*)b" "-ab-axxb-" "$$1"
regexReplaceAll "a(x*)b" "-ab-axxb-" "$"
regexReplaceAll "a(x*)b" "-ab-axxb-" "$$"
regexReplaceAll "a(x*)b" "-ab-axxb-" "\${1"
regexReplaceAll "a(x*)b" "-ab-axxb-" "\${}"
regexReplaceAll "a(x*)b" "-ab-axxb-" "\${1}\${2}"
regexReplaceAll "a(x*)b" "-ab-axxb-" "$-$1$ $é"
regexReplaceAll "a(x*)b" "-ab-axxb-" "\\\\1"
regexReplaceAll "a(x*)b" "-ab-axxb-" "$&"
regexReplaceAll "(?P<first>\\\\w+) (?P<second>\\\\w+)" "hello world" "$second $first"
regexReplaceAll "(?P<first>\\\\w+) (?P<second>\\\\w+)" "hello world" "\${second}_\${first}"
regexReplaceAll "(?P<first>\\\\w+) (?P<second>\\\\w+)" "hello world" "$second_$first"
regexReplaceAll "(?P<x>a)" "a" "$x$nope\${nope}|"
regexReplaceAll "(a)|(b)" "ab" "[$1$2]"
regexReplaceAll "a" "banana" "$0$00$000"
regexReplaceAll "a" "banana" "$99999999999$1x"
regexReplaceAll "a" "banana" "\${0}\${ 0}\${0 }"
regexReplaceAll "a" "banana" "\${0}$0é$_x"
regexReplaceAll "" "é☃\\xff" "-"
regexReplaceAll "\\\\s+" " a  b " ""
regexReplaceAll "(?i)A" "aA" "x"
regexReplaceAll "^" "" "x"
regexReplaceAll "[^a-z]" "A-b_C" "-"
regexReplaceAll "a"
regexReplaceAll "a" "b"
regexReplaceAll "a" "b" 1
regexReplaceAll "a" .b "c"
regexReplaceAll .null "a" "b"
`,
  ),
  expressions(
    'regexReplaceAllLiteral',
    everyPattern((p, t) => `regexReplaceAllLiteral ${p} ${t} "<$0>"`) +
      `
regexReplaceAllLiteral "a(x*)b" "-ab-axxb-" "\${1}W"
regexReplaceAllLiteral "a" "banana" "$$"
regexReplaceAllLiteral "a" "banana" ""
regexReplaceAllLiteral "a"
regexReplaceAllLiteral "a" "b" 1
regexReplaceAllLiteral "a" .b "c"
`,
  ),
  expressions(
    'regexSplit',
    everyPattern(
      (p, t) => `printf "%q" (regexSplit ${p} ${t} -1)`,
      (p, t) => `printf "%q" (regexSplit ${p} ${t} 2)`,
    ) +
      `
printf "%#v" (regexSplit "a" "banana" 0)
regexSplit "a" "banana" 1
regexSplit "z" "pizza" 3
printf "%q" (regexSplit "" "" -1)
printf "%q" (regexSplit "a" "" -1)
printf "%q" (regexSplit "a*" "" 2)
printf "%q" (regexSplit "" "é\\xff" -1)
regexSplit "a" "b"
regexSplit "a" "b" "1"
regexSplit "a" .b 1
regexSplit "(" "b" 0
`,
  ),
];
