import type { CaseGroup } from '../../oracle-case.ts';
import { expressions } from './expressions.ts';

const paths = [
  '',
  '.',
  '..',
  '/',
  '//',
  '///',
  'a',
  'a/',
  '/a',
  '/a/',
  'a/b',
  'a//b',
  'a/./b',
  'a/../b',
  '../a',
  '../../a',
  '/..',
  '/../a',
  'a/..',
  'a/../..',
  '/a/b/../../..',
  './a',
  'a/b.txt',
  'a.tar.gz',
  '.hidden',
  'a.b/c',
  'a.',
  '..a',
  'é/☃.ü',
  'a\\b',
  'a b/c d',
  '/a/b/c/',
  'a/./.',
  '/.',
];

const urls = [
  'https://example.com',
  'http://user:pass@host:8080/p/a/t/h?query=string#hash',
  'HTTP://EXAMPLE.com/',
  '',
  '/',
  '*',
  '//host/path',
  '///path',
  'mailto:a@b.c',
  'http:',
  'http://',
  'http:///path',
  'http:/path',
  'a:b:c',
  ':',
  ':a',
  '1a:b',
  'relative/path',
  'a:b/c',
  './a:b',
  'path?',
  'path?a',
  'path?a?',
  '?a=b',
  '#frag',
  '#',
  'a#b#c',
  'http://h#%41%zz',
  'http://h/%41',
  'http://h/a%2Fb',
  'http://h/a b',
  'http://h/%',
  'http://h/%4',
  'http://h/%zz',
  'http://h%41/',
  'http://h%20x/',
  'http://h x/',
  'http://[::1]:80/',
  'http://[::1]',
  'http://[::1',
  'http://::1]',
  'http://[::1]x',
  'http://[fe80::1%25en0]:80/',
  'http://[fe80::1%25%20]/',
  'http://[fe80::1%en0]/',
  'http://[1.2.3.4]/',
  'http://[x]/',
  'http://h:/',
  'http://h:x/',
  'http://h:1:2/',
  'a://h:1:2/',
  'http://h:99999/',
  'http://a@b@c/',
  'http://a:b:c@d/',
  'http://a%20b@c/',
  'http://a b@c/',
  'http://é@c/',
  'http://é.com/ü',
  'http://user@/path',
  'http://:p@h/',
  'http://@h/',
  'http://h\\path',
  'http://h/',
  'http://h/',
  'http://h/é?ü#ö',
  'http://h/a;b,c:d@e&f=g+h$i',
  's3://bucket/key',
  'file:///etc/passwd',
  'git+ssh://git@host/x.git',
  'urn:isbn:123',
  'x:?q',
  'x:#f',
  'http://h?q#f',
  'http://h/p#a%20b c',
  'http://h/p?a=b c',
  'http://[::ffff:1.2.3.4]/',
  'http://[::1%2541]/',
  'http://h<>/',
  'http://h"/',
  'http://h/[x]',
  '%',
  'http://[]/',
  'http://[::g]/',
  'http://[1::2::3]/',
  'http://[12345::]/',
  'http://[1:2:3:4:5:6:7:8:9]/',
  'http://[1:2]/',
];

export const placeCases: CaseGroup[] = [
  ...['base', 'dir', 'clean', 'ext', 'isAbs'].map((name) =>
    expressions(
      name,
      paths.map((path) => `${name} ${JSON.stringify(path)}`).join('\n') +
        `
${name}
${name} 1
${name} .b
${name} nil
${name} "a" "b"
printf "%q" (${name} "\\xff/\\xfe.\\xfd")
`,
    ),
  ),
  expressions(
    'urlParse',
    urls.map((url) => `urlParse ${JSON.stringify(url)}`).join('\n') +
      `
urlParse "http://h/\\xff"
urlParse "http://\\xff/"
urlParse "http://h/%ff"
(urlParse "http://h/p").path
(urlParse "http://h/p").nope
typeOf (urlParse "")
urlParse
urlParse 1
urlParse .b
urlParse nil
urlParse "a" "b"
`,
  ),
  expressions(
    'urlJoin',
    urls.map((url) => `urlJoin (urlParse ${JSON.stringify(url)})`).join('\n') +
      `
urlJoin (dict "fragment" "fragment" "host" "host:80" "path" "/path" "query" "query" "scheme" "http")
urlJoin (dict "fragment" "f r" "host" "h st" "path" "/p th" "query" "q ry" "scheme" "http")
urlJoin (dict)
urlJoin (dict "path" "a:b")
urlJoin (dict "path" "a")
urlJoin (dict "path" "//a")
urlJoin (dict "path" "//a" "scheme" "x")
urlJoin (dict "path" "*")
urlJoin (dict "host" "h" "path" "*")
urlJoin (dict "host" "h" "path" "p")
urlJoin (dict "scheme" "x" "path" "p")
urlJoin (dict "scheme" "x")
urlJoin (dict "scheme" "x" "opaque" "o" "path" "p" "host" "h" "query" "q" "fragment" "f")
urlJoin (dict "userinfo" "u:p" "host" "h")
urlJoin (dict "userinfo" "u" "scheme" "x")
urlJoin (dict "userinfo" "u:" "host" "h")
urlJoin (dict "userinfo" ":p" "host" "h")
urlJoin (dict "userinfo" "u@v" "host" "h")
urlJoin (dict "userinfo" "u/v" "host" "h")
urlJoin (dict "userinfo" "a b" "host" "h")
urlJoin (dict "userinfo" "a%zz" "host" "h")
urlJoin (dict "userinfo" "é" "host" "h")
urlJoin (dict "host" "[::1]:80" "scheme" "http")
urlJoin (dict "host" "é<>\\"" "scheme" "http")
urlJoin (dict "path" "/é%?#;=+ \\xff" "fragment" "é%?#!")
urlJoin (dict "port" 80)
urlJoin (dict "host" 1)
urlJoin (dict "path" nil)
urlJoin (dict "query" .list)
urlJoin (dict "host" .level "path" .level)
urlJoin (dict "fragment" .b)
urlJoin
urlJoin nil
urlJoin .texts
urlJoin "a"
urlJoin (dict) (dict)
`,
  ),
];
