import type { CaseGroup } from '../../oracle-case.ts';
import { expressions } from './expressions.ts';

const ofOneText = (name: string) => `
${name} ""
${name} "a"
${name} "ab"
${name} "abc"
${name} "abcd"
${name} "abcde"
${name} "hello world"
${name} .uni
${name} "\\x00\\xff\\xfe"
${name} .lines
"piped" | ${name}
${name}
${name} 1
${name} .b
${name} nil
${name} .null
${name} .level
${name} .textPtr
${name} "a" "b"
`;

/** Base64, base32, hashes. */
export const encodingCases: CaseGroup[] = [
  ...['b64enc', 'b32enc', 'sha1sum', 'sha256sum', 'adler32sum'].map((name) =>
    expressions(name, ofOneText(name)),
  ),
  expressions(
    'adler32sum of long texts',
    `
adler32sum (repeat 10000 "\\xff")
adler32sum (repeat 70000 "z")
adler32sum (repeat 3 "Wikipedia")
adler32sum "\\x00"
adler32sum (repeat 5552 "\\xff")
adler32sum (repeat 5553 "\\xff")
adler32sum (b64enc "x")
adler32sum 1.5
adler32sum true
adler32sum .m
`,
  ),
  expressions(
    'b64dec',
    `
b64dec "aGVsbG8="
b64dec "aGVsbG8"
b64dec "aGVsbG8=="
b64dec ""
b64dec "="
b64dec "=="
b64dec "===="
b64dec "a"
b64dec "aa"
b64dec "aaa"
b64dec "aa="
b64dec "aa=="
b64dec "aa==a"
b64dec "aa==\\n"
b64dec "aa\\n==\\n"
b64dec "aa=\\n="
b64dec "aaa=\\r\\n"
b64dec "aaa=a"
b64dec "aaa=="
b64dec "aGVs\\nbG8="
b64dec " aGVsbG8="
b64dec "aGVs bG8="
b64dec "aGVsbG8=\\n\\n"
b64dec "_-_-"
b64dec "+/+/"
b64dec "aGV☃"
b64dec "aG\\xffV"
b64dec "aaaaaaaaaaaaaaaaaa!"
b64dec "aa=a"
b64dec "a==="
b64dec "aaaa=aaa"
b64dec "aaaaa"
b64dec "aR=="
printf "%q" (b64dec "//79")
b64dec
b64dec 1
b64dec .b
b64dec nil
`,
  ),
  expressions(
    'b32dec',
    `
b32dec "NBSWY3DP"
b32dec "ME======"
b32dec "MFRA===="
b32dec "MFRGG==="
b32dec "MFRGGZA="
b32dec "MFRGGZDF"
b32dec ""
b32dec "="
b32dec "M"
b32dec "ME"
b32dec "ME====="
b32dec "ME======="
b32dec "ME======\\n"
b32dec "ME==\\n===="
b32dec "M======="
b32dec "MFR====="
b32dec "MFRGGZ=="
b32dec "nbswy3dp"
b32dec "NBSWY3D1"
b32dec "NBSWY3DP!"
b32dec "NBSW\\nY3DP"
b32dec "NBSW Y3DP"
b32dec "ME======MFRA===="
b32dec "ME===A=="
b32dec "========"
b32dec "NBSWY3DPNBSWY3DP"
b32dec "NBSWY3DPNB"
b32dec "☃"
b32dec "\\xff"
b32dec "MF======"
b32dec
b32dec 1
b32dec .b
`,
  ),
];
