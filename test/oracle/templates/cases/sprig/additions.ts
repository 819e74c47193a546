import { readFileSync } from 'node:fs';
import type { CaseGroup } from '../../oracle-case.ts';
import type { TypedData } from '../../typed-data.ts';
import { sample } from '../sample-data.ts';
import { expressions } from './expressions.ts';

const keys = JSON.parse(readFileSync(new URL('keys.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;
const withKeys: TypedData = { map: keys };

const added = (subject: string, lines: string, data: TypedData = sample) =>
  expressions(subject, lines, { data, functions: 'additions', now: '2024-01-02T03:04:05Z' });

const ofOneList = (name: string) =>
  added(
    name,
    `
${name} (list 1 2 3)
${name} (list)
${name} (list 1 1 "" nil)
${name} .words
${name} (until 3)
${name} .b
${name} "abc"
${name} nil
${name} 1
${name} .m
${name}
${name} .words .words
`,
  );

const decimals = (name: string) =>
  added(
    name,
    `
${name} 1.5 2.25
${name} 0.1 0.2
${name} 10 4
${name} 1 3
${name} 2 3
${name} -2 3
${name} 1 2 3
${name} "1.5" "x"
${name} nil 1
${name} true 2
${name} .big 3
${name} 1e20 1e-20
${name} 1e300 1e-300
${name} 5 0
${name} 0 0
${name} .nan 1
${name} 1 .inf
${name} .ninf
${name} .third 3
${name} 7
${name} .nope
${name}
${name} 1)
${name} 1.005 100
${name} 123456789.123456789 1e-7
`,
  );

const regex = (name: string, tail: string) =>
  added(
    name,
    `
${name} "a(b)?" "xabxa" ${tail}
${name} "z" "abc" ${tail}
${name} "" "abc" ${tail}
${name} "(" "abc" ${tail}
${name} "a**" "abc" ${tail}
${name} "\\xff" "abc" ${tail}
${name} "(?P<n>a)(?P<n>b)" "ab" ${tail}
${name} "[" "" ${tail}
${name} "." "\\xffé" ${tail}
${name}
${name} 1 "a" ${tail}
${name} "a" .b ${tail}
`,
  );

const merge = (name: string) =>
  added(
    name,
    `
${name} (dict "a" 1) (dict "b" 2)
${name} (dict "a" 1) (dict "a" 2)
${name} (dict "a" (dict "x" 1)) (dict "a" (dict "y" 2))
${name} (dict "a" (list 1)) (dict "a" (list 2))
${name} (dict "a" "") (dict "a" "x")
${name} (dict) (dict)
${name} (dict)
{{ $a := dict "x" 1 }}{{ $_ := ${name} $a (dict "y" 2) }}{{ $a }}
${name}
${name} 1
${name} (dict) 1
${name} .texts (dict)
`,
  );

const modified = (name: string) =>
  added(
    name,
    `
${name} "1h" .time
${name} "-1.5h" .time
${name} "0" .berlin
${name} "100ms" .time
${name} "1d" .time
${name} "nonsense" .time
${name} "" .time
${name} "1h" nil
${name} "1h"
${name} 1 .time
`,
  );

export const additionCases: CaseGroup[] = [
  ...['mustFirst', 'mustLast', 'mustRest', 'mustInitial', 'mustReverse', 'mustUniq', 'mustCompact'].map(
    ofOneList,
  ),
  ...['mustAppend', 'mustPush', 'mustPrepend'].map((name) =>
    added(
      name,
      `
${name} (list 1) 2
${name} (list) nil
${name} .words 1
${name} (until 2) "x"
${name} (list 1) (list 2)
${name} .b 1
${name} "a" 1
${name} nil 1
${name} .m 1
${name} (list)
`,
    ),
  ),
  added(
    'mustWithout',
    `
mustWithout (list 1 2 3) 2
mustWithout (list 1 2 3) 1 3
mustWithout (list) 1
mustWithout .words "one"
mustWithout (list nil) nil
mustWithout (list 1 2)
mustWithout "a" 1
mustWithout nil 1
mustWithout .m 1
mustWithout
`,
  ),
  added(
    'mustHas',
    `
mustHas 1 (list 1 2)
mustHas 3 (list 1 2)
mustHas "one" .words
mustHas nil (list nil)
mustHas 1 nil
mustHas 1 (list)
mustHas 1 "a"
mustHas 1 .m
mustHas 1
mustHas
`,
  ),
  added(
    'mustSlice',
    `
mustSlice (list 1 2 3)
mustSlice (list 1 2 3) 1
mustSlice (list 1 2 3) 1 2
mustSlice (list)
mustSlice .words 1
mustSlice (list 1 2 3) 4
mustSlice (list 1 2 3) 2 1
mustSlice (list 1 2 3) "1"
mustSlice "abc"
mustSlice nil
mustSlice
`,
  ),
  ...['mustMerge', 'mustMergeOverwrite'].map(merge),
  added(
    'mustDeepCopy',
    `
mustDeepCopy .m
mustDeepCopy (list 1 (list 2))
mustDeepCopy "a"
mustDeepCopy 1
mustDeepCopy .b
mustDeepCopy (dict)
{{ $a := dict "x" (dict "y" 1) }}{{ $b := mustDeepCopy $a }}{{ $_ := set $b.x "y" 2 }}{{ $a }}{{ $b }}
mustDeepCopy nil
mustDeepCopy
mustDeepCopy 1 2
`,
  ),
  ...['osBase', 'osDir', 'osClean', 'osExt', 'osIsAbs'].map((name) =>
    added(
      name,
      `
${name} ""
${name} "/"
${name} "a/b.txt"
${name} "/a/../b/"
${name} "a//b/./c.tar.gz"
${name} "../.."
${name} ".hidden"
${name} "a\\\\b"
${name}
${name} 1
${name} .b
`,
    ),
  ),
  regex('mustRegexMatch', ''),
  regex('mustRegexFind', ''),
  regex('mustRegexFindAll', '-1'),
  regex('mustRegexReplaceAll', '"<$1>"'),
  regex('mustRegexReplaceAllLiteral', '"<$1>"'),
  regex('mustRegexSplit', '-1'),
  added(
    'regexQuoteMeta',
    `
regexQuoteMeta "1.2.3"
regexQuoteMeta "\\\\.+*?()|[]{}^$"
regexQuoteMeta "a-b#c/d&e~f"
regexQuoteMeta ""
regexQuoteMeta "é☃\\xff"
regexQuoteMeta .lines
regexMatch (regexQuoteMeta "a.c") "abc"
regexQuoteMeta
regexQuoteMeta 1
regexQuoteMeta .b
`,
  ),
  added(
    'randBytes',
    `
randBytes 0
randBytes 16 | len
randBytes 3 | b64dec | len
ne (randBytes 16) (randBytes 16)
randBytes 1 | len
typeOf (randBytes 1)
randBytes -1
randBytes
randBytes "1"
randBytes 1.5
`,
  ),
  added(
    'randInt',
    `
randInt 5 6
randInt -3 -2
typeOf (randInt 0 9)
lt (randInt 0 9) 9
ge (randInt 5 9) 5
randInt 0 1
randInt 5 5
randInt 6 5
randInt 1
randInt "1" 2
randInt 1.5 2
`,
  ),
  added(
    'seq',
    `
seq 5
seq -3
seq 0
seq 1
seq 0 2
seq 2 -2
seq 3 3
seq 0 2 10
seq 0 -2 -5
seq 10 -3 0
seq 0 -2 5
seq 10 2 0
seq 1 0 5
seq
seq 1 2 3 4
seq "1"
seq 1.5
seq nil
`,
  ),
  added(
    'get',
    `
get .m "k"
get .m "nope"
get (dict "a" nil) "a"
get (dict "a" (list 1)) "a"
get .nilMap "a"
get (dict) ""
typeOf (get .m "nope")
get .texts "a"
get .m
get nil "a"
get .m 1
get .list "a"
`,
  ),
  added(
    'dig',
    `
dig "deep" "x" "d" .m
dig "deep" "y" "d" .m
dig "nope" "y" "d" .m
dig "k" "d" .m
dig "null" "d" .m
dig "deep" "d" .m
dig "k" "x" "d" .m
dig "a" "b" "c" "d" (dict "a" (dict "b" (dict "c" 1)))
dig "a" .m
dig .m
dig "a" "d" .texts
dig 1 "d" .m
dig "a" "d" nil
dig "null" "x" "d" .m
dig "x" "a" "d" (dict "x" .texts)
`,
  ),
  ...['chunk', 'mustChunk'].map((name) =>
    added(
      name,
      `
${name} 3 (list 1 2 3 4 5 6 7 8)
${name} 2 (list 1 2)
${name} 5 (list 1 2)
${name} 1 .words
${name} 3 (list)
typeOf (${name} 3 (list 1))
${name} 2 .b
${name} 3 "abc"
${name} 3 .m
${name} 3
${name} "3" (list)
${name} 3 nil
`,
    ),
  ),
  ...['all', 'any'].map((name) =>
    added(
      name,
      `
${name}
${name} 1 2
${name} 1 0
${name} 0 ""
${name} nil
${name} .list .m
${name} .l0 .e
${name} .null .s
${name} .nope
${name} .s.x
${name} 1)
`,
    ),
  ),
  ...['fromJson', 'mustFromJson'].map((name) =>
    added(
      name,
      `
${name} "{\\"a\\": [1, 2.5, \\"x\\", null, true]}"
(${name} "{\\"a\\": 1}").a | typeOf
${name} "9007199254740993"
${name} "\\"<é☃>\\""
${name} "\\"\\\\ud800\\""
${name} "null"
${name} " [ ] "
${name} "{\\"b\\":1,\\"a\\":2,\\"b\\":3}"
${name} 1
${name} .b
${name}
`,
    ),
  ),
  ...['mustToJson', 'mustToPrettyJson', 'toRawJson', 'mustToRawJson'].map((name) =>
    added(
      name,
      `
${name} .m
${name} "<a&b>\\u2028\\\\u003c"
${name} (dict "b" 1 "a" (list 1 "x" nil))
${name} (list)
${name} nil
${name} .b
${name} .time
${name} .nan
${name} (list .inf)
${name} 1i
${name}
`,
    ),
  ),
  ...['add1f', 'addf', 'subf', 'mulf', 'divf', 'maxf', 'minf'].map(decimals),
  added(
    'duration',
    `
duration "95"
duration "-95"
duration "x"
duration 95
duration .i
duration .max
duration (int64 3600)
duration nil
duration 1.5
duration .wait
duration
duration 1 2
duration .nope
`,
  ),
  added(
    'durationRound',
    `
durationRound "2400h"
durationRound "2h10m5s"
durationRound "-90m"
durationRound "59s"
durationRound "1s"
durationRound "1.5s"
durationRound "61s"
durationRound "9000h"
durationRound "800h"
durationRound "x"
durationRound 100
durationRound (int64 3700000000000)
durationRound .wait
durationRound nil
durationRound .list
durationRound
durationRound 1 2
durationRound .nope
`,
  ),
  added(
    'mustToDate',
    `
mustToDate "2006-01-02" "2024-02-29"
mustToDate "2006-01-02T15:04:05Z07:00" "2024-01-02T03:04:05+02:00"
mustToDate "15:04" "03:04"
(mustToDate "2006-01-02" "2024-02-29").Unix
mustToDate "2006" "2024"
mustToDate "Jan 2 2006" "Mar 3 2024"
mustToDate "2006"
mustToDate 1 "a"
mustToDate "2006" 2024
mustToDate "2006" .b
`,
  ),
  ...['mustDateModify', 'must_date_modify'].map(modified),
  added(
    'genCAWithKey',
    `
(genCAWithKey "ca" 365 .key).Cert | trunc 27
eq (genCAWithKey "ca" 365 .key).Key .key
(genCAWithKey "" -1 .key).Cert | trunc 27
typeOf (genCAWithKey "ca" 365 .pkcs8Key)
(genCAWithKey "ü" 1 .pkcs8Key).Key | trunc 31
kindOf (genCAWithKey "ca" 365 .key)
(genCAWithKey "ca" 365 .key).Nope
genCAWithKey "ca" 365
genCAWithKey "ca" "365" .key
genCAWithKey 1 365 .key
`,
    withKeys,
  ),
  added(
    'genSelfSignedCertWithKey',
    `
(genSelfSignedCertWithKey "a" nil nil 1 .key).Cert | trunc 27
eq (genSelfSignedCertWithKey "a" (list "1.2.3.4" "::1") (list "a.b") 1 .key).Key .key
(genSelfSignedCertWithKey "" nil (list "a") 1 .pkcs8Key).Key | trunc 31
typeOf (genSelfSignedCertWithKey "a" nil nil 1 .key)
genSelfSignedCertWithKey "a" (list "nope") nil 1 .key
genSelfSignedCertWithKey "a" (list 1) nil 1 .key
genSelfSignedCertWithKey "a" nil (list 1) 1 .key
genSelfSignedCertWithKey "a" nil (list "ü") 1 .key
genSelfSignedCertWithKey "a" nil nil 1
genSelfSignedCertWithKey "a" nil nil "1" .key
`,
    withKeys,
  ),
  added(
    'genSignedCertWithKey',
    `
(genSignedCertWithKey "a" nil nil 1 (genCAWithKey "ca" 365 .otherKey) .otherKey).Cert | trunc 27
eq (genSignedCertWithKey "a" nil nil 1 (genCAWithKey "ca" 365 .otherKey) .otherKey).Key .otherKey
(genSignedCertWithKey "a" (list "::1") (list "b") 1 (genCAWithKey "ca" 365 .otherKey) .pkcs8Key).Key | trunc 31
typeOf (genSignedCertWithKey "a" nil nil 1 (genCAWithKey "ca" 365 .otherKey) .key)
genSignedCertWithKey "a" (list "nope") nil 1 (genCAWithKey "ca" 365 .otherKey) .key
genSignedCertWithKey "a" nil (list 1) 1 (genCAWithKey "ca" 365 .otherKey) .key
genSignedCertWithKey "a" nil nil 1 (dict) .key
genSignedCertWithKey "a" nil nil 1 nil .key
genSignedCertWithKey "a" nil nil 1 "x" .key
genSignedCertWithKey "a" nil nil 1
`,
    withKeys,
  ),
];
