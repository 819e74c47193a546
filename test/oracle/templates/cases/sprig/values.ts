import type { CaseGroup } from '../../oracle-case.ts';
import { expressions, everyKind } from './expressions.ts';

/** Defaults, reflection, JSON. */
export const valueCases: CaseGroup[] = [
  expressions(
    'default',
    everyKind('default "d" _') +
      `
default "d" "v"
default "d" ""
default "d" .null
default "d" 0
default "d" 0.0
default "d" false
default "d" true
default "d"
default
default "d" "" "v"
default "d" "v" ""
default "d" .l0
default "d" .e
default "d" .work
default "d" .nilPtr
default nil ""
.empty | default "piped"
.nope | default "d"
default "d" .nope
default "d" .s.x
default 5 .zero | add 1
default "d" .b0
default "d" (list nil)
`,
  ),
  expressions(
    'empty',
    everyKind('empty _') +
      `
empty ""
empty "a"
empty .l0
empty (list nil)
empty (dict)
empty 0i
empty .work.Owner
empty
empty 1 2
empty .nope
empty .s.x
empty (semver "1.2.3")
`,
  ),
  expressions(
    'coalesce',
    `
coalesce 0 1 2
coalesce
coalesce nil
coalesce "" .l0 .e .no "x"
coalesce .null .nilPtr
coalesce .empty .s
coalesce false 0 "" nil
coalesce .nope
coalesce .s.x
coalesce 1)
.s | coalesce .empty
coalesce .time
`,
  ),
  expressions(
    'ternary',
    `
ternary "yes" "no" true
ternary "yes" "no" false
true | ternary "yes" "no"
eq 1 2 | ternary "yes" "no"
ternary nil "no" true
ternary .m .list false
ternary 1 2 .t
ternary 1 2 .no
ternary 1 2 1
ternary 1 2 "true"
ternary 1 2 nil
ternary 1 2
ternary 1 2 .null
ternary 1 2 .s
ternary 1
`,
  ),
  expressions(
    'toJson',
    everyKind('toJson _') +
      `
toJson .m
toJson "<a&b>\\u2028"
toJson "\\xff\\x00\\x1f\\x7f\\b\\f"
toJson (dict "b" 1 "a" (list 1 "x" nil true 1.5))
toJson .nan
toJson (list .inf)
toJson (dict "x" 2i)
toJson 1e21
toJson 1e-7
toJson 123456789.0
toJson 0.000001
toJson -0.0
toJson .time
toJson .wait
toJson .work
toJson .bin
toJson (semver "1.2.3-a+b")
toJson
toJson 1 2
toJson .nope
toJson .s.x
toJson (dict "é<" "☃")
toJson .counts
toJson .data
toJson (list)
toJson (dict)
`,
  ),
  expressions(
    'toPrettyJson',
    everyKind('toPrettyJson _') +
      `
toPrettyJson .m
toPrettyJson (dict "a" (list 1 2 (dict "b" nil)))
toPrettyJson (list)
toPrettyJson (dict)
toPrettyJson (dict "a" (list) "b" (dict))
toPrettyJson "a"
toPrettyJson .nan
toPrettyJson .work
toPrettyJson "<&>"
toPrettyJson
toPrettyJson 1 2
toPrettyJson .nope
toPrettyJson .s.x
`,
  ),
  expressions(
    'deepCopy',
    everyKind('deepCopy _ | printf "%T %v" _ | len | lt 1') +
      `
deepCopy .m
deepCopy (list 1 (list 2))
deepCopy "a"
deepCopy 1
deepCopy nil
deepCopy .null
deepCopy .time
deepCopy .work.Meta
{{ $a := dict "x" (dict "y" 1) }}{{ $b := deepCopy $a }}{{ $_ := set $b.x "y" 2 }}{{ $a }}{{ $b }}
{{ $a := dict "x" (dict "y" 1) }}{{ $b := $a }}{{ $_ := set $b.x "y" 2 }}{{ $a }}{{ $b }}
printf "%T" (deepCopy .words)
deepCopy
deepCopy 1 2
deepCopy .nope
deepCopy .b
deepCopy .e
deepCopy .nilMap
deepCopy (list nil)
deepCopy (dict "a" nil)
deepCopy .nilList
printf "%#v" (deepCopy .nilMap)
printf "%#v" (deepCopy .nilList)
`,
  ),
  expressions(
    'deepEqual',
    `
deepEqual 1 1
deepEqual 1 .i
deepEqual .n 42
deepEqual "a" "a"
deepEqual (list 1 2) (list 1 2)
deepEqual (list 1 2) (list 2 1)
deepEqual .m .m
deepEqual (dict "a" 1) (dict "a" 1)
deepEqual (dict "a" 1) (dict "a" 2)
deepEqual (dict "a" 1) (dict "b" 1)
deepEqual nil nil
deepEqual nil .null
deepEqual nil .nilPtr
deepEqual .nan .nan
deepEqual .floats .floats
deepEqual (list .nan) (list .nan)
deepEqual .l0 (list)
deepEqual .nilList .l0
deepEqual .e .nilMap
deepEqual .b .b
deepEqual .b "hello"
deepEqual .time .time
deepEqual .time .berlin
deepEqual .work .work
deepEqual .work .ptr
deepEqual .ptr .ptr
deepEqual .level "low"
deepEqual .words (list "one" "two" "three")
deepEqual .words (splitList "," "one,two,three")
deepEqual .nilBytes .b0
deepEqual 1
deepEqual
deepEqual 1 2 3
deepEqual .nope 1
deepEqual (semver "1.2.3") (semver "1.2.3")
deepEqual (semver "v1.2.3") (semver "1.2.3")
deepEqual 1i 1i
deepEqual .nzero .f0
`,
  ),
  expressions(
    'typeOf',
    everyKind('typeOf _') +
      `
typeOf .m
typeOf (list)
typeOf (dict)
typeOf (split "," "a")
typeOf now
typeOf (semver "1.0.0")
typeOf (genCA "a" 1)
typeOf .time.Month
typeOf
typeOf 1 2
typeOf .nope
typeOf .s.x
typeOf (until 2)
typeOf (add 1 2)
typeOf 'a'
`,
  ),
  expressions(
    'kindOf',
    everyKind('kindOf _') +
      `
kindOf .m
kindOf (list)
kindOf now
kindOf (semver "1.0.0")
kindOf 'a'
kindOf 1.0
kindOf (until 2)
kindOf
kindOf 1 2
kindOf .nope
kindOf .s.x
kindOf .time.Month
`,
  ),
  expressions(
    'typeIs',
    `
typeIs "string" "a"
typeIs "int" 1
typeIs "int64" 1
typeIs "int64" .i
typeIs "*shape.Workload" .ptr
typeIs "shape.Workload" .ptr
typeIs "<nil>" nil
typeIs "map[string]interface {}" .m
typeIs "[]interface {}" .list
typeIs "" 1
typeIs 1 1
typeIs "a"
typeIs .b 1
typeIs "a" .nope
`,
  ),
  expressions(
    'typeIsLike',
    `
typeIsLike "string" "a"
typeIsLike "int" 1
typeIsLike "*shape.Workload" .ptr
typeIsLike "shape.Workload" .ptr
typeIsLike "shape.Workload" .work
typeIsLike "*shape.Workload" .work
typeIsLike "string" .textPtr
typeIsLike "<nil>" nil
typeIsLike "" 1
typeIsLike 1 1
typeIsLike "a"
typeIsLike .b 1
typeIsLike "a" .nope
`,
  ),
  expressions(
    'kindIs',
    `
kindIs "string" "a"
kindIs "int" 1
kindIs "int64" .i
kindIs "ptr" .ptr
kindIs "struct" .work
kindIs "map" .m
kindIs "slice" .list
kindIs "slice" .b
kindIs "invalid" nil
kindIs "string" .level
kindIs 1 1
kindIs "a"
kindIs .b 1
kindIs "a" .nope
`,
  ),
];
