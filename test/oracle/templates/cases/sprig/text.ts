import type { CaseGroup } from '../../oracle-case.ts';
import { expressions, everyKind } from './expressions.ts';

/** Arguments that a function of one string refuses. */
const wrongText = (name: string) => `
${name}
${name} 1
${name} nil
${name} .b
${name} .level
${name} .null
${name} .list
${name} "a" "b"
${name} .textPtr
${name} .nilText
.nope | ${name}
`;

/** Texts that between them have what functions on text meet. */
const everyText = (form: string) => texts.map((text) => form.replaceAll('_', text)).join('\n');

const texts = [
  '""',
  '" "',
  '"a"',
  '"  padded\\t\\n"',
  '"hello world"',
  '"HelloWorld"',
  '"HTTPServer"',
  '"http2xx"',
  '"Bld4Floor3rd"',
  '"some-words_and more"',
  '"_leading"',
  '"trailing_"',
  '"__"',
  '"a--b__c"',
  '"ID"',
  '"ABC DEF ghi"',
  '"x1Y2z3"',
  '"It\'s 5 o\'clock"',
  '"a.b/c:d"',
  '"\\u00a0nbsp\\u2003em"',
  '.uni',
  '.lines',
  '.html',
  '"ÄÖÜ äöü ß ǆ ǅ ﬁ İ ı"',
  '"\\xff\\xfe"',
  '"a\\xffb c\\xfe"',
  '"日本語 テキスト"',
  '"1234567890"',
  '"-5"',
  '"É́e\\u0301"',
];

export const textCases: CaseGroup[] = [
  expressions('trim', everyText('printf "%q" (trim _)') + wrongText('trim')),
  expressions('upper', everyText('printf "%q" (upper _)') + wrongText('upper')),
  expressions('lower', everyText('printf "%q" (lower _)') + wrongText('lower')),
  expressions('title', everyText('printf "%q" (title _)') + wrongText('title')),
  expressions('untitle', everyText('printf "%q" (untitle _)') + wrongText('untitle')),
  expressions('swapcase', everyText('printf "%q" (swapcase _)') + wrongText('swapcase')),
  expressions(
    'snakecase',
    everyText('printf "%q" (snakecase _)') +
      wrongText('snakecase') +
      `
snakecase "FirstName"
snakecase "HTTPServer"
snakecase "NoHTTPS"
snakecase "GO_PATH"
snakecase "GO PATH"
snakecase "GO-PATH"
snakecase "http2xx"
snakecase "HTTP20xOK"
snakecase "Duration2m3s"
snakecase "Bld4Floor3rd"
snakecase " _-_ "
snakecase "aB1C2d"
snakecase "a1.b2"
snakecase "1a2B3c"
snakecase "A.B"
snakecase "12ABC34"
snakecase "日本A語b"
snakecase "x_1"
snakecase "X1 "
snakecase "userID2FA"
snakecase "ß1ẞ"
snakecase "a²b"
snakecase "%_/x"
snakecase "a.-_b"
snakecase "a_.b"
`,
  ),
  expressions('kebabcase', everyText('printf "%q" (kebabcase _)') + wrongText('kebabcase')),
  expressions(
    'camelcase',
    everyText('printf "%q" (camelcase _)') +
      wrongText('camelcase') +
      `
camelcase "http_server"
camelcase "no_https"
camelcase "_complex__case_"
camelcase "all"
camelcase "GOLANG_IS_GREAT"
camelcase "--"
camelcase "-"
camelcase " a b "
camelcase "ünder_ähn"
`,
  ),
  expressions('nospace', everyText('printf "%q" (nospace _)') + wrongText('nospace')),
  expressions('initials', everyText('printf "%q" (initials _)') + wrongText('initials')),
  expressions(
    'trimAll',
    `
trimAll "$" "$5.00$"
trimAll "" " a "
trimAll "ab" "abcba"
trimAll "é" "éaé"
trimAll "\\xff" "\\xffa\\xff"
trimAll "☃ " " ☃ a ☃ "
trimAll "a" ""
trimAll "a" "aaa"
trimAll "a-c" "abc-"
trimAll "a"
trimAll 1 "a"
trimAll "a" 1
trimAll "a" .b
.null | trimAll "a"
trimAll "a" "b" "c"
trimAll "x" "\\xff"
trimAll "\\u00e9" "\\xc3\\xa9x"
`,
  ),
  expressions(
    'trimall',
    `
trimall "$" "$5.00$"
trimall "" " a "
trimall "ab" "abcba"
trimall "é" "éaé"
trimall "a" ""
trimall "-" "a-b"
trimall " " .lines
trimall "a"
trimall 1 "a"
trimall "a" 1
trimall "a" .b
`,
  ),
  ...['trimPrefix', 'trimSuffix', 'contains', 'hasPrefix', 'hasSuffix'].map((name) =>
    expressions(
      name,
      `
${name} "-" "-hello-"
${name} "" "hello"
${name} "hello" "hello"
${name} "hello" "he"
${name} "lo" "hello"
${name} "he" "hello"
${name} "é" "éa"
${name} "\\xc3" "é"
${name} "\\xa9" "é"
${name} "\\xff" "a\\xff"
${name} "\\xff" "\\xffa"
${name} "a" ""
${name} "" ""
"hello" | ${name} "ell"
${name} "a"
${name} 1 "a"
${name} "a" 1
${name} .b "a"
${name} "a" .b
${name} "a" .null
${name} "a" "b" "c"
${name} .level "low"
printf "%q" (${name} "\\xf0\\x9d" "𝄞x")
printf "%q" (${name} "\\x84\\x9e" "x𝄞")
`,
    ),
  ),
  expressions(
    'trunc',
    `
trunc 3 "hello"
trunc 0 "hello"
trunc 5 "hello"
trunc 6 "hello"
trunc -2 "hello"
trunc -1 ""
trunc 1 "é"
printf "%q" (trunc 1 "é")
printf "%q" (trunc 4 .uni)
trunc 3 ""
trunc 9223372036854775807 "a"
trunc -9223372036854775808 "a"
trunc 1.5 "a"
trunc 2.0 "abc"
trunc "1" "a"
trunc .i "abcdefg"
trunc .n "abcdefg"
trunc nil "a"
trunc 1
trunc 1 2
trunc 1 .b
trunc 'a' "abc"
trunc 1e1 "abcdefghijklm"
`,
  ),
  expressions(
    'substr',
    `
substr 0 3 "hello"
substr 1 3 "hello"
substr -1 3 "hello"
substr 2 -1 "hello"
substr 2 99 "hello"
substr 3 2 "hello"
substr 9 2 "hello"
substr 9 99 "hello"
substr 6 6 "hello"
substr 5 5 "hello"
substr -1 -1 "hello"
substr -1 9 "hello"
substr -1 0 "hello"
substr 0 0 ""
substr 1 -1 ""
substr 0 1 "é"
printf "%q" (substr 1 2 "é")
printf "%q" (substr 0 1 "é")
substr 0 1
substr "0" 1 "a"
substr 0 1.5 "a"
substr 0 1 .b
substr .i .n "abcdefg"
substr 0 .n .null
substr 6 5 "hello"
substr 9 5 "hello"
`,
  ),
  expressions(
    'repeat',
    `
repeat 3 "ab"
repeat 0 "ab"
repeat -1 "ab"
repeat 1 ""
repeat 1000000 ""
repeat 2 "é\\xff"
repeat 2 .lines
printf "%q" (repeat 2 "\\xc3")
printf "%q" (repeat 2 "\\xa9\\xc3")
repeat 9223372036854775807 "ab"
repeat 4611686018427387904 "abcd"
repeat "3" "ab"
repeat 1.5 "a"
repeat 3
repeat 3 4
repeat .i "a"
repeat .n .null
repeat nil "a"
"x" | repeat 3
`,
  ),
  expressions(
    'abbrev',
    `
abbrev 5 "hello world"
abbrev 4 "hello world"
abbrev 3 "hello world"
abbrev 0 "hello world"
abbrev -1 "hello world"
abbrev 10 "hello world"
abbrev 11 "hello world"
abbrev 12 "hello world"
abbrev 5 ""
abbrev 4 "éééé"
printf "%q" (abbrev 4 "éééé")
printf "%q" (abbrev 5 "éééé")
abbrev 7 "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff"
abbrev "5" "hello"
abbrev 5 1
abbrev 5
abbrev 5 .b
abbrev 5.5 "a"
abbrev .i "hello world"
`,
  ),
  expressions(
    'abbrevboth',
    `
abbrevboth 5 10 "1234 5678 9123"
abbrevboth 5 9 "1234 5678 9123"
abbrevboth 0 10 "1234 5678 9123"
abbrevboth 4 10 "1234 5678 9123"
abbrevboth 5 7 "1234 5678 9123"
abbrevboth 6 7 "1234 5678 9123"
abbrevboth 5 6 "1234 5678 9123"
abbrevboth 0 6 "1234 5678 9123"
abbrevboth -1 6 "1234 5678 9123"
abbrevboth -9 6 "1234 5678 9123"
abbrevboth 0 3 "1234 5678 9123"
abbrevboth 99 10 "1234 5678 9123"
abbrevboth 14 10 "1234 5678 9123"
abbrevboth 10 10 "1234 5678 9123"
abbrevboth 5 20 "1234 5678 9123"
abbrevboth 5 14 "1234 5678 9123"
abbrevboth 12 8 "abcdefghijklmnopqrstuvwxyz"
abbrevboth 5 8 "abcdefghijklmnopqrstuvwxyz"
abbrevboth 5 10 "abcdefghijklmnopqrstuvwxyz"
abbrevboth 7 7 "abcdefghijklmnopqrstuvwxyz"
abbrevboth 20 10 "abcdefghijklmnopqrstuvwxyz"
abbrevboth 5 10 ""
printf "%q" (abbrevboth 5 8 "éééééééééééé")
printf "%q" (abbrevboth 6 9 "éééééééééééé")
abbrevboth 5 10
abbrevboth "5" 10 "a"
abbrevboth 5 10 .b
abbrevboth 5 10.5 "a"
`,
  ),
  expressions(
    'wrap',
    `
wrap 5 "hello world and more"
wrap 11 "hello world and more"
wrap 1 "hello world"
wrap 0 "hello world"
wrap -5 "hello world"
wrap 5 "verylongword and short"
wrap 5 ""
wrap 5 "     "
wrap 5 "a    b    c"
wrap 80 "hello world"
wrap 3 "a b c d e f"
wrap 3 "ab cd ef"
wrap 4 "héllo wörld"
printf "%q" (wrap 1 "é é")
wrap 5 .lines
wrap 5 "a\\nb c d e f g"
wrap 5 " lead"
wrap 5 "trail    "
wrap "5" "a"
wrap 5
wrap 5 .b
wrap 1.5 "a"
wrap .i "hello world and more"
`,
  ),
  expressions(
    'wrapWith',
    `
wrapWith 5 "|" "hello world and more"
wrapWith 5 "" "hello world and more"
wrapWith 5 "\\t" "Hello World"
wrapWith 5 "|" "verylongword and short"
wrapWith 5 "|" "12345"
wrapWith 5 "|" "1234567890"
wrapWith 5 "|" "12345678901"
wrapWith 0 "|" "abc"
wrapWith -1 "|" "abc"
wrapWith 1 "|" "a b c"
wrapWith 5 "|" ""
wrapWith 5 "☃" "éééé éééé"
printf "%q" (wrapWith 3 "|" "éééé")
wrapWith 3 "|" "   abc"
wrapWith 3 "|" "abc   "
wrapWith 5 "|" "a b     c"
wrapWith 5 "|"
wrapWith "5" "|" "a"
wrapWith 5 1 "a"
wrapWith 5 "|" .b
wrapWith 9223372036854775807 "|" "a b"
`,
  ),
  expressions(
    'quote',
    everyKind('quote _') +
      `
quote "a"
quote "a" "b"
quote
quote .null
quote nil "a" nil
quote 1 1.5 true
quote "with \\"quotes\\" and \\\\ and \\n"
quote .uni
quote "\\xff\\u2028\\x00\\x7f\\u00ad\\U000e0001"
quote .b .bin
quote .list .m
quote .time .wait .level
quote .nilPtr
quote .work.Meta
quote .textPtr | len | lt 10
quote .nope
quote .s.x
quote (1
quote '☃'
.null | quote "x"
quote .l0 .nilList .e .nilMap
quote (semver "1.2.3")
quote .time.Month
`,
  ),
  expressions(
    'squote',
    everyKind('squote _') +
      `
squote "a"
squote "a" "b"
squote
squote .null
squote nil "a" nil
squote 1 1.5 true
squote "it's"
squote .uni
squote .b .bin
squote .list .m
squote .time .wait .level
squote .nope
squote .s.x
squote (1
squote .work.Meta
`,
  ),
  expressions(
    'cat',
    everyKind('cat _ "x" _') +
      `
cat "a" "b"
cat "a" nil "b"
cat
printf "%q" (cat "" "")
printf "%q" (cat " a " " b ")
cat 1 2.5 true
cat .list .m
cat .b
cat .null
cat "%d" "%s"
cat .time .wait .level
cat "\\xc3" "\\xa9"
cat .nope
cat .s.x
cat 1)
cat .work.Meta .nilPtr
`,
  ),
  expressions(
    'indent',
    `
indent 2 "a"
indent 2 "a\\nb"
indent 2 "a\\n\\nb\\n"
indent 0 "a\\nb"
indent 2 ""
indent -1 "a"
indent 4 .lines
indent 2 "a\\r\\nb"
indent "2" "a"
indent 2
indent 2 .b
indent 1.5 "a"
indent 2 "\\xff\\n"
indent .n "x"
indent .i "x"
`,
  ),
  expressions(
    'nindent',
    `
nindent 2 "a"
nindent 2 "a\\nb"
nindent 2 "a\\n\\nb\\n"
nindent 0 "a\\nb"
nindent 2 ""
nindent -1 "a"
nindent 4 .lines
nindent "2" "a"
nindent 2
nindent 2 .b
nindent 1.5 "a"
`,
  ),
  expressions(
    'replace',
    `
replace "a" "b" "banana"
replace "" "-" "abc"
replace "" "-" ""
replace "" "" "abc"
replace "a" "" "banana"
replace "an" "AN" "banana"
replace "aa" "b" "aaaaa"
replace "é" "e" "héé"
replace "" "-" "é☃𝄞"
replace "" "-" "a\\xffb"
printf "%q" (replace "\\xa9" "x" "é")
printf "%q" (replace "\\xc3" "x" "é")
printf "%q" (replace "x" "\\xc3" "x\\xa9")
replace "$1" "x" "a$1b"
replace "a" "$&" "banana"
replace "a" "$$" "banana"
replace "a" "b"
replace 1 "b" "a"
replace "a" 2 "a"
replace "a" "b" .b
replace "a" "b" .null
`,
  ),
  expressions(
    'plural',
    `
plural "one" "many" 1
plural "one" "many" 0
plural "one" "many" 2
plural "one" "many" -1
len .list | plural "item" "items"
plural "one" "many" .i
plural "one" "many" 1.0
plural "one" "many" 1.5
plural "one" "many" "1"
plural "one" "many"
plural 1 "many" 1
plural "one" .null 1
plural "" "" 1
`,
  ),
  expressions(
    'toString',
    everyKind('toString _') +
      `
toString "a"
toString .b
toString .bin
toString .list
toString .nope
toString
toString 1 2
toString .s.x
printf "%T" (toString 1)
toString (list "a" .b)
toString .bytesList
toString (semver "v1.2")
`,
  ),
  expressions(
    'toStrings',
    everyKind('printf "%q" (toStrings _)') +
      `
toStrings .list
toStrings (list 1 nil "a" .b)
printf "%q" (toStrings .list)
printf "%T" (toStrings .words)
toStrings .nope
toStrings
toStrings 1 2
toStrings .s.x
toStrings (toStrings .ints)
toStrings (until 3)
`,
  ),
  expressions(
    'join',
    everyKind('join "-" _') +
      `
join "," .list
join "," .words
join "" .words
join "," "a"
join "," nil
join "," .b
join "," (list "a" nil "b")
join "," (list)
join "\\xa9" (list "\\xc3" "")
join "," .nope
join ","
join 1 .words
join .b .words
join "," .words .words
join ", " (until 3)
`,
  ),
  expressions(
    'sortAlpha',
    everyKind('printf "%q" (sortAlpha _)') +
      `
sortAlpha (list "c" "a" "b")
sortAlpha .words
sortAlpha (list 10 9 1)
sortAlpha (list "b" nil "a")
sortAlpha (list "B" "a" "é" "z" "")
sortAlpha (list)
printf "%q" (sortAlpha (list "\\xff" "é" "\\U0001D11E" "\\uffee"))
sortAlpha .nope
sortAlpha
sortAlpha .words .words
sortAlpha .s.x
printf "%T" (sortAlpha .l0)
{{ $l := list "b" "a" }}{{ sortAlpha $l }}{{ $l }}
{{ $l := splitList "," "b,a" }}{{ sortAlpha $l }}{{ $l }}
{{ sortAlpha .words }}{{ .words }}
`,
  ),
  expressions(
    'split',
    `
split "," "a,b,c"
(split "," "a,b,c")._1
(split "," "a,b,c")._9
split "" "abc"
split "" ""
split "," ""
split "," "abc"
split ",," "a,,b,c"
split "" "é☃\\xff"
printf "%q" (split "\\xa9" "éa")
printf "%T" (split "," "")
split "," "a,b,c,d,e,f,g,h,i,j,k,l"
split ","
split 1 "a"
split "," .b
split "," .null
split "$" "foo$bar$baz"
`,
  ),
  expressions(
    'splitn',
    `
splitn "," 2 "a,b,c"
(splitn "," 2 "a,b,c")._1
splitn "," 0 "a,b"
splitn "," -1 "a,b,c"
splitn "," 1 "a,b"
splitn "," 9 "a,b"
splitn "" 2 "abc"
splitn "" 2 "é☃x"
splitn "" 1 "abc"
splitn "" 5 ""
splitn "," 2 ""
printf "%q" (splitn "" 2 "\\xffé")
splitn "," 2
splitn "," "2" "a"
splitn 1 2 "a"
splitn "," 2 .b
splitn "," .i "a,b"
`,
  ),
  expressions(
    'splitList',
    `
splitList "," "a,b,c"
splitList "" "abc"
printf "%q" (splitList "" "")
printf "%q" (splitList "," "")
printf "%q" (splitList "," ",")
splitList "," "abc"
printf "%q" (splitList "" "é\\xff")
printf "%q" (splitList "\\xa9" "éa")
printf "%T" (splitList "," "")
splitList ","
splitList 1 "a"
splitList "," .b
splitList "," .null
splitList "," 1
`,
  ),
  expressions(
    'fail',
    `
fail "message"
fail ""
fail "with \\"quotes\\" %d {{"
fail .uni
fail "\\xff"
fail "two\\nlines"
fail
fail 1
fail .null
fail "a" "b"
"x" | fail
if .no }}{{ fail "no" }}{{ end
`,
  ),
  expressions(
    'hello',
    `
hello
hello | len
hello 1
hello nil
hello hello
hello.x
"a" | hello
(hello)
printf "%T" hello
hello | upper
print hello
`,
  ),
];
