import type { CaseGroup } from '../../oracle-case.ts';
import { expressions, everyKind } from './expressions.ts';

const ofOneList = (name: string) => [
  expressions(
    name,
    everyKind(`printf "%v %T" (${name} _) (${name} _)`) +
      `
${name} (list 1 2 3)
${name} (list)
${name} (list nil)
${name} (list 1)
${name} (list "" 0 nil false "x")
${name} (list 1 1 2 "1" 1.0)
${name} (list (list 1) (list 1) (dict "a" 1) (dict "a" 1))
${name} .words
${name} (until 3)
${name} .list2
${name} "abc"
${name} nil
${name} 1
${name} .m
${name}
${name} .words .words
${name} .nope
{{ $l := list 3 1 2 }}{{ $_ := ${name} $l }}{{ $l }}
`,
  ),
];

export const collectionCases: CaseGroup[] = [
  ...['list', 'tuple'].flatMap((name) => [
    expressions(
      name,
      everyKind(`${name} _ "x"`) +
        `
${name}
${name} 1
${name} 1 "a" 2.5 nil true
${name} .m .list
${name} (${name} 1 2) (${name})
printf "%T" (${name} "a")
len (${name} 1 2 3)
index (${name} "x" "y") 1
index (${name} "x" "y") 2
.s | ${name} 1
${name} .nope
${name} .s.x
{{ range ${name} 1 2 }}[{{ . }}]{{ end }}
{{ range $i, $v := ${name} "a" nil }}{{ $i }}={{ $v }},{{ end }}
eq (${name}) (${name})
`,
    ),
  ]),
  ...['append', 'push', 'prepend'].flatMap((name) => [
    expressions(
      name,
      `
${name} (list 1 2) 3
${name} (list) nil
${name} (list) (list 1)
${name} .words 1
printf "%T" (${name} .words "x")
${name} (until 2) "x"
${name} .b 1
${name} .list2 1
${name} nil 1
${name} "abc" "d"
${name} .m 1
${name} 1 2
${name} (list 1)
${name}
${name} (list 1) 2 3
${name} .nope 1
{{ $l := list 1 }}{{ $_ := ${name} $l 2 }}{{ $l }}
{{ $l := list 1 2 3 }}{{ $a := ${name} $l 4 }}{{ $b := ${name} $l 5 }}{{ $a }}{{ $b }}
`,
    ),
  ]),
  ...['first', 'last', 'rest', 'initial', 'reverse', 'compact', 'uniq'].flatMap(ofOneList),
  expressions(
    'without',
    everyKind('without (list 1 "a" nil) _') +
      `
without (list 1 2 3) 2
without (list 1 2 3 1) 1 3
without (list 1 2) "1"
without (list 1 2)
without (list) 1
without (list nil 1) nil
without .words "one" "nope"
without (list (list 1) (list 2)) (list 1)
without .ints 10
without .b 104
without (list 1 2) 1.0
without .l0 1
without .nilList 1
without "abc" "a"
without nil 1
without .m 1
without 1 1
without
without .nope 1
printf "%T" (without .words "one")
`,
  ),
  expressions(
    'has',
    everyKind('has "a" _') +
      `
has 2 (list 1 2 3)
has 4 (list 1 2 3)
has "2" (list 1 2 3)
has nil (list nil)
has nil nil
has 1 nil
has "one" .words
has 10 .ints
has 104 .b
has (list 1) (list (list 1))
has .nan (list .nan)
has 1 .l0
has 1 .nilList
has 1 "1"
has 1 .m
has 1 1
has 1
has
has .nope .list
has 1 .list2
has 1 .nilPtr
`,
  ),
  expressions(
    'slice',
    everyKind('slice _ 0') +
      `
slice (list 1 2 3)
slice (list 1 2 3) 1
slice (list 1 2 3) 1 2
slice (list 1 2 3) 0 3
slice (list 1 2 3) 3
slice (list 1 2 3) 3 3
slice (list 1 2 3) 4
slice (list 1 2 3) 2 1
slice (list 1 2 3) -1
slice (list 1 2 3) 0 4
slice (list 1 2 3) "1"
slice (list 1 2 3) "x" 2
slice (list 1 2 3) 1.9
slice (list 1 2 3) nil 2
slice (list 1 2 3) 0 1 2
slice (list)
slice (list) 5 9
slice .words 1
printf "%T" (slice .words 1)
slice .b 1 3
printf "%T %v" (slice .b 1 3) (slice .b 1 3)
slice "abc" 1
slice nil
slice .m
slice
slice .nope 1
slice .list2 0
slice (list 1 2 3 4 5) 1 3 | append 9
{{ slice (list 1 2 3) 0 (len (list 1 2 3)) }}
slice (without (list 1 2 3) 3) 0 4
slice (without (list 1 2 3) 3) 0 3
slice (rest (list 1 2 3)) 0 3
`,
  ),
  expressions(
    'concat',
    everyKind('concat (list 1) _') +
      `
concat (list 1) (list 2)
concat
concat (list)
concat (list) (list)
concat .words .ints
concat (list 1 (list 2)) (list 3)
concat .b (list "x")
concat .nilList .l0
printf "%T" (concat .words)
printf "%#v" (concat)
concat "a"
concat nil
concat (list 1) nil
concat (list 1) "a"
concat .m
concat .nope
concat .list2
eq (concat) nil
`,
  ),
  expressions(
    'dict',
    everyKind('dict _ 1') +
      `
dict
dict "a" 1
dict "a" 1 "b" 2
dict "a"
dict "a" 1 "b"
dict 1 "x" 1.5 "y" true "z" nil "n"
dict .b "bytes"
dict .list "list"
dict "a" 1 "a" 2
dict "a" nil
(dict "a" 1).a
(dict "a" 1).b
dict .time 1
dict (list 1 2) 3
dict .level 1
printf "%T" (dict)
len (dict "a" 1 "b" 2)
{{ range $k, $v := dict "b" 1 "a" 2 }}{{ $k }}={{ $v }};{{ end }}
dict .nope 1
dict .s.x 1
dict "a" .nope
dict "é" "☃" "\\xff" "x"
`,
  ),
  expressions(
    'set',
    `
set (dict) "a" 1
set (dict "a" 1) "a" 2
set .m "x" "y"
{{ $d := dict }}{{ $_ := set $d "a" 1 }}{{ $d }}
{{ $d := dict "a" (dict) }}{{ $_ := set $d.a "b" 1 }}{{ $d }}
{{ $_ := set $ "new" 1 }}{{ .new }}
set (dict) "a" nil
set .nilMap "a" 1
set nil "a" 1
set .null "a" 1
set .texts "a" "b"
set (dict) 1 2
set (dict) "a"
set .work "a" 1
set (dict) .b 1
set .mapPtr "a" 1
set .maps "a" 1
set .e "a" 1
`,
  ),
  expressions(
    'unset',
    `
unset (dict "a" 1) "a"
unset (dict "a" 1 "b" 2) "a"
unset (dict "a" 1) "b"
unset (dict) "a"
{{ $d := dict "a" 1 "b" 2 }}{{ $_ := unset $d "a" }}{{ $d }}
unset .nilMap "a"
unset nil "a"
unset .texts "a"
unset (dict) 1
unset (dict)
unset .work "a"
unset (dict) .null
`,
  ),
  expressions(
    'hasKey',
    `
hasKey .m "k"
hasKey .m "nope"
hasKey .m "null"
hasKey (dict "" 1) ""
hasKey (dict) ""
hasKey .nilMap "a"
hasKey nil "a"
hasKey .texts "a"
hasKey .m 1
hasKey .m
hasKey .work "Name"
hasKey .null "a"
hasKey . "s"
`,
  ),
  expressions(
    'pluck',
    `
pluck "a" (dict "a" 1) (dict "a" 2)
pluck "a" (dict "a" 1) (dict "b" 2)
pluck "a" (dict)
pluck "a"
pluck "a" (dict "a" nil)
pluck "a" nil
pluck "k" .m .e .nilMap
printf "%T" (pluck "a")
pluck "a" (dict "a" (list 1 2)) | first
pluck 1 (dict)
pluck
pluck "a" "b"
pluck "a" .texts
pluck "a" (dict) 1
`,
  ),
  expressions(
    'keys',
    `
keys (dict "b" 1 "a" 2) | sortAlpha
keys .m | sortAlpha
keys (dict)
keys
keys (dict "a" 1)
keys (dict "a" 1) (dict "a" 2)
keys .nilMap
printf "%T" (keys (dict))
keys (dict "a" 1) (dict "b" 2) | join ","
keys nil
keys .texts
keys .list
keys 1
keys "a"
keys .nope
`,
  ),
  expressions(
    'values',
    `
values (dict "a" 1)
values (dict "a" (list 1 2))
values (dict)
values .nilMap
values (dict "a" nil)
printf "%T" (values (dict))
values (dict "b" 2 "a" 1) | sortAlpha
values nil
values
values .texts
values .list
values (dict) (dict)
values .nope
`,
  ),
  expressions(
    'pick',
    `
pick (dict "a" 1 "b" 2) "a"
pick (dict "a" 1 "b" 2) "a" "b"
pick (dict "a" 1 "b" 2) "c"
pick (dict "a" 1)
pick (dict)
pick (dict "a" nil) "a"
pick .m "k" "n"
pick .nilMap "a"
pick nil "a"
pick
pick .texts "a"
pick .m 1
pick .m "k" 1
pick .m .b
pick (dict "a" 1) "a" "a"
{{ $d := dict "a" 1 "b" 2 }}{{ $_ := set (pick $d "a") "c" 3 }}{{ $d }}
`,
  ),
  expressions(
    'omit',
    `
omit (dict "a" 1 "b" 2) "a"
omit (dict "a" 1 "b" 2) "a" "b"
omit (dict "a" 1 "b" 2) "c"
omit (dict "a" 1)
omit (dict)
omit .m "k" "deep"
omit .nilMap "a"
omit nil "a"
omit
omit .texts "a"
omit .m 1
omit .m .b
printf "%T" (omit (dict))
`,
  ),
  ...['merge', 'mergeOverwrite'].map((name) =>
    expressions(
      name,
      `
${name} (dict "a" 1) (dict "b" 2)
${name} (dict "a" 1) (dict "a" 2)
${name} (dict "a" 1) (dict "a" 2) (dict "a" 3 "c" 4)
${name} (dict)
${name} (dict) (dict)
${name} (dict "a" (dict "x" 1)) (dict "a" (dict "y" 2))
${name} (dict "a" (dict "x" 1)) (dict "a" (dict "x" 2))
${name} (dict "a" (dict "x" (dict "p" 1))) (dict "a" (dict "x" (dict "q" 2 "p" 3)))
${name} (dict "a" (list 1)) (dict "a" (list 2 3))
${name} (dict "a" (list)) (dict "a" (list 2 3))
${name} (dict "a" (list 1)) (dict "a" (list))
${name} (dict "a" "") (dict "a" "x")
${name} (dict "a" "x") (dict "a" "")
${name} (dict "a" 0) (dict "a" 5)
${name} (dict "a" 5) (dict "a" 0)
${name} (dict "a" false) (dict "a" true)
${name} (dict "a" true) (dict "a" false)
${name} (dict "a" nil) (dict "a" 1)
${name} (dict "a" 1) (dict "a" nil)
${name} (dict) (dict "a" nil)
${name} (dict "a" 1) (dict "a" "text")
${name} (dict "a" 1) (dict "a" (dict "x" 1))
${name} (dict "a" (dict "x" 1)) (dict "a" 1)
${name} (dict "a" (dict)) (dict "a" (dict "x" 1))
${name} (dict "a" (dict "x" 1)) (dict "a" (dict))
${name} (dict "a" (list 1)) (dict "a" "x")
${name} (dict "a" "x") (dict "a" (list 1))
${name} (dict "a" (dict "x" 1)) (dict "a" (list 1))
${name} (dict "a" (list 1)) (dict "a" (dict "x" 1))
${name} (dict "a" .words) (dict "a" .ints)
${name} (dict) (dict "a" .words)
${name} (dict "b" 1) (dict "a" .words)
${name} (dict "a" .b) (dict "a" .bin)
${name} (dict "b" 1) (dict "a" .bin)
${name} (dict "a" .texts) (dict "a" .texts)
${name} (dict "a" .texts) (dict "a" (dict "a" "new" "z" 1))
${name} (dict "a" (dict "a" "x")) (dict "a" .texts)
${name} (dict "a" .time) (dict "a" .berlin)
${name} (dict "b" 1) (dict "a" .time)
${name} (dict "a" .work) (dict "a" .work) | len
${name} (dict "a" 1.5) (dict "a" .f0)
${name} .nilMap (dict "a" 1)
${name} .nilMap .nilMap
${name} .e .nilMap
${name} (dict "a" 1) .nilMap
${name} (dict "a" .nilMap) (dict "a" (dict "x" 1))
${name} (dict "a" (dict "x" 1)) (dict "a" .nilMap)
${name} (dict "a" .nilList) (dict "a" (list 1))
${name} (dict "a" (list (dict "x" 1))) (dict "a" (list (dict "y" 1)))
${name} (dict "a" (dict "l" (list 1))) (dict "a" (dict "l" (list 2) "m" (list 3)))
${name} (dict "a" (dict)) (dict "a" (dict "l" (list 2)))
${name} (dict "a" (dict "l" (list))) (dict "a" (dict "l" (list 2)))
${name} (dict "a" .textPtr) (dict "a" "x") | len
${name} (dict "a" "") (dict "a" .nilText) | len
{{ $a := dict "x" 1 }}{{ $_ := ${name} $a (dict "y" 2) }}{{ $a }}
{{ $b := dict "x" (dict "y" 1) }}{{ $a := ${name} (dict) $b }}{{ $_ := set $a.x "y" 2 }}{{ $b }}
{{ $b := dict "x" (dict "y" 1) }}{{ $a := ${name} (dict "x" (dict)) $b }}{{ $_ := set $a.x "y" 2 }}{{ $b }}
${name}
${name} 1
${name} nil (dict "a" 1)
${name} (dict) nil
${name} (dict) 1
${name} .texts (dict)
${name} (dict) .texts
${name} (dict) .nope
`,
    ),
  ),
];
