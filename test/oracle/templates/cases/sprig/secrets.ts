import { readFileSync } from 'node:fs';
import type { CaseGroup } from '../../oracle-case.ts';
import type { TypedData } from '../../typed-data.ts';
import { expressions } from './expressions.ts';

/** Certificates that sprig has made, and keys of several kinds, for nothing but these cases. */
const keys = JSON.parse(readFileSync(new URL('keys.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;
const withKeys: TypedData = {
  map: { ...keys, m: { map: { k: 'v' } }, words: { list: ['one'], of: 'string' } },
};

const randomText = (name: string, pattern: string) =>
  expressions(
    name,
    `
regexMatch "^${pattern}{30}$" (${name} 30)
len (${name} 5)
len (${name} 0)
ne (${name} 30) (${name} 30)
printf "%q" (${name} 0)
typeOf (${name} 1)
printf "%q" (${name} -1)
${name}
${name} "5"
${name} 1.5
${name} .i
${name} nil
${name} 1 2
`,
  );

/** What draws from randomness shows its shape; what it is made of differs with every run. */
export const secretCases: CaseGroup[] = [
  randomText('randAlphaNum', '[a-zA-Z0-9]'),
  randomText('randAlpha', '[a-zA-Z]'),
  randomText('randNumeric', '[0-9]'),
  randomText('randAscii', '[ -~]'),
  expressions(
    'shuffle',
    `
shuffle "abc" | splitList "" | sortAlpha
shuffle ""
shuffle "a"
shuffle "aaa"
shuffle "☃☃"
shuffle "é☃x" | splitList "" | sortAlpha
shuffle "abc" | len
shuffle
shuffle 1
shuffle .b
shuffle nil
shuffle "a" "b"
`,
  ),
  expressions(
    'uuidv4',
    `
regexMatch "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$" uuidv4
len uuidv4
typeOf uuidv4
ne uuidv4 uuidv4
uuidv4 | splitList "-" | len
uuidv4 | upper | len
(uuidv4) | trunc 0
uuidv4 1
uuidv4 nil
"a" | uuidv4
uuidv4.x
`,
  ),
  expressions(
    'derivePassword',
    `
derivePassword 1 "long" "password" "user" "example.com"
derivePassword 1 "nope" "password" "user" "example.com"
derivePassword 4294967295 "long" "p" "u" "s"
derivePassword 4294967296 "long" "p" "u" "s"
derivePassword -1 "long" "p" "u" "s"
derivePassword "1" "long" "p" "u" "s"
derivePassword 1.5 "long" "p" "u" "s"
derivePassword .i "long" "p" "u" "s"
derivePassword .u "long" "p" "u" "s"
derivePassword
derivePassword 1 2 3 4 5
derivePassword 1 "long" "p" "u" .b
"s" | derivePassword 1 "long" "p" "u"
`,
  ),
  expressions(
    'genPrivateKey',
    `
genPrivateKey "ecdsa" | trunc 30
genPrivateKey "ecdsa" | splitList "\\n" | len
genPrivateKey "rsa" | trunc 31
genPrivateKey "ed25519"
genPrivateKey "dsa"
genPrivateKey ""
genPrivateKey "nope"
genPrivateKey "RSA"
genPrivateKey
genPrivateKey 1
genPrivateKey nil
genPrivateKey .b
genPrivateKey "ecdsa" "x"
`,
  ),
  expressions(
    'encryptAES',
    `
encryptAES "secret" "" | printf "%q"
encryptAES "secret" "text" | decryptAES "secret"
encryptAES "" "text" | decryptAES ""
encryptAES "a password that is longer than thirty-two bytes" "text" | decryptAES "a password that is longer than t"
encryptAES "é" "héllo ☃" | decryptAES "é"
encryptAES "k" "exactly sixteen." | decryptAES "k"
encryptAES "k" "\\xff\\x00" | decryptAES "k" | printf "%q"
encryptAES "k" "text" | len
encryptAES "k" "exactly sixteen." | len
ne (encryptAES "k" "a") (encryptAES "k" "a")
encryptAES "k"
encryptAES 1 "a"
encryptAES "k" .b
encryptAES "k" nil
encryptAES "a" "b" "c"
`,
  ),
  expressions(
    'decryptAES',
    `
decryptAES "k" ""
decryptAES "secretpassword" "8TdOgRTP8jYmbMvbU3nGAxOYFpY3e5Zvw6iAn+Pav30="
decryptAES "secretkey" "30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ="
decryptAES "k" "not base64!"
decryptAES "k" "YWJj"
decryptAES "k" "YQ=="
decryptAES "k" "AAAAAAAAAAAAAAAAAAAAAA=="
decryptAES "k" "AAAAAAAAAAAAAAAAAAAAAAA="
decryptAES "k" "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
decryptAES "k" "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
decryptAES "other" "30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ="
decryptAES "secretkey" "30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ"
decryptAES "secretkey" "30tEfhuJSVRhpG97XCuWgz2o\\nkj7L8vQ1s6V9zVUPeDQ="
decryptAES "k"
decryptAES 1 "a"
decryptAES "k" .b
decryptAES "a" "b" "c"
`,
  ),
  expressions(
    'genCA',
    `
typeOf (genCA "ca" 365)
{{ with genCA "" -1 }}{{ .Cert | trunc 27 }}{{ .Key | trunc 31 }}{{ kindOf . }}{{ end }}
(genCA "ü ☃" 9223372036854775807).Cert | trunc 27
(genCA "ca" 365).Nope
genCA "ca"
genCA
genCA 1 365
genCA "ca" "365"
genCA "ca" 1.5
genCA "ca" .i
genCA "ca" 365 1
genCA nil 1
genCA "\\xff" 1
`,
  ),
  expressions(
    'genSelfSignedCert',
    `
(genSelfSignedCert "a" (list "10.0.0.1" "::1") (list "a.b" "*.c" "") 365).Key | trunc 31
(genSelfSignedCert "" (list) (list) 0).Cert | trunc 27
genSelfSignedCert "a" (list "nope") nil 1
genSelfSignedCert "a" (list 1) nil 1
genSelfSignedCert "a" (list nil) nil 1
genSelfSignedCert "a" (list "") nil 1
genSelfSignedCert "a" (list "1.2.3") nil 1
genSelfSignedCert "a" (list "01.2.3.4") nil 1
genSelfSignedCert "a" (list "fe80::1%en0") nil 1
genSelfSignedCert "a" nil (list 1.5) 1
genSelfSignedCert "a" nil (list .m) 1
genSelfSignedCert "a" nil (list "ü") 1
genSelfSignedCert "a" .words nil 1
genSelfSignedCert "a" "10.0.0.1" nil 1
genSelfSignedCert "a" nil nil
genSelfSignedCert "a" nil nil "1"
genSelfSignedCert 1 nil nil 1
`,
    { data: withKeys },
  ),
  expressions(
    'genSignedCert',
    `
{{ $ca := buildCustomCert (b64enc .certificate) (b64enc .key) }}{{ with genSignedCert "a" (list "10.0.0.1") (list "a.b") 365 $ca }}{{ .Cert | trunc 27 }}{{ .Key | trunc 31 }}{{ end }}
{{ $ca := buildCustomCert (b64enc .certificate) (b64enc .otherKey) }}{{ genSignedCert "a" nil nil 1 $ca }}
{{ $ca := buildCustomCert (b64enc .certificate) (b64enc .key) }}{{ genSignedCert "a" (list "nope") nil 1 $ca }}
{{ $ca := buildCustomCert (b64enc .certificate) (b64enc .key) }}{{ genSignedCert "a" nil (list 1) 1 $ca }}
genSignedCert "a" nil nil 1 nil
genSignedCert "a" nil nil 1 .m
genSignedCert "a" nil nil 1 .certificate
genSignedCert "a" nil nil 1
genSignedCert "a" nil nil 1 "x"
genSignedCert "a" nil nil 1 (dict "Cert" "x" "Key" "y")
genSignedCert "a" nil nil
`,
    { data: withKeys },
  ),
  expressions(
    'buildCustomCert',
    `
{{ with buildCustomCert (b64enc .certificate) (b64enc .key) }}{{ eq .Cert $.certificate }}{{ eq .Key $.key }}{{ typeOf . }}{{ end }}
buildCustomCert (b64enc .certificate) (b64enc .key)
buildCustomCert (b64enc .certificate) (b64enc .otherKey)
buildCustomCert (b64enc .certificate) (b64enc .ecKey)
buildCustomCert (b64enc .certificate) (b64enc .pkcs8Key)
buildCustomCert (b64enc .key) (b64enc .key)
buildCustomCert (b64enc .certificate) ""
buildCustomCert (b64enc .certificate) "!"
buildCustomCert (b64enc (print "text\\n" .certificate "more")) (b64enc .key)
buildCustomCert (b64enc (print .otherCertificate .certificate)) (b64enc .key)
buildCustomCert (b64enc (replace "\\n" "\\r\\n" .certificate)) (b64enc .key)
buildCustomCert (b64enc (replace "CERTIFICATE" "ANYTHING" .certificate)) (b64enc .key)
buildCustomCert (b64enc (replace "-----BEGIN CERTIFICATE-----\\n" "-----BEGIN CERTIFICATE-----\\nName: value\\n\\n" .certificate)) (b64enc .key)
buildCustomCert (b64enc (print "x" .certificate)) (b64enc .key)
buildCustomCert (b64enc (trim .certificate)) (b64enc .key)
buildCustomCert (b64enc (indent 1 .certificate)) (b64enc .key)
buildCustomCert (b64enc (replace "\\n" " \\n" .certificate)) (b64enc .key)
buildCustomCert "" ""
buildCustomCert "!" ""
buildCustomCert "YQ==" "YQ=="
buildCustomCert (b64enc "-----BEGIN CERTIFICATE-----\\nYQ==\\n-----END CERTIFICATE-----\\n") ""
buildCustomCert (b64enc "-----BEGIN X-----\\n-----END X-----\\n") ""
buildCustomCert (b64enc "-----BEGIN X-----\\nYQ==\\n-----END Y-----\\n") ""
buildCustomCert "a"
buildCustomCert 1 2
buildCustomCert .m .m
`,
    { data: withKeys },
  ),
  expressions(
    'env',
    `
env "SOME_VARIABLE"
env "UNSET_VARIABLE"
env ""
env "=" | len
env "SOME_VARIABLE" | upper
env
env 1
env nil
env .b
env "a" "b"
env .null
`,
  ),
  expressions(
    'expandenv',
    `
expandenv "$SOME_VARIABLE"
expandenv "\${SOME_VARIABLE}"
expandenv "a $SOME_VARIABLE b \${UNSET} c"
expandenv "$SOME_VARIABLEx"
expandenv "\${SOME_VARIABLE}x"
expandenv "$"
expandenv "a$"
expandenv "$$"
expandenv "$1$2$*$#$@$!$?$-"
expandenv "\${}"
expandenv "\${"
expandenv "a\${b"
expandenv "\${SOME_VARIABLE"
expandenv "\${1}"
expandenv "\${a b}"
expandenv "$ SOME_VARIABLE"
expandenv "\${*}x\${*"
expandenv "\${**}"
expandenv "$é$_\\xff"
expandenv "\${é}|\${SOME-x}"
expandenv ""
expandenv
expandenv 1
expandenv .b
expandenv nil
`,
  ),
  expressions(
    'getHostByName',
    `
getHostByName "127.0.0.1"
getHostByName "::1"
getHostByName "10.1.2.3" | len
typeOf (getHostByName "127.0.0.1")
getHostByName "1.2.3.4" | splitList "." | len
getHostByName "255.255.255.255"
getHostByName "fe80::1"
getHostByName
getHostByName 1
getHostByName .b
getHostByName nil
getHostByName "a" "b"
`,
  ),
];
