import type { CaseGroup } from '../../oracle-case.ts';
import { expressions } from './expressions.ts';

const versions = [
  '1.2.3',
  'v1.2.3',
  '1.2',
  '1',
  'v1',
  '1.2.3-alpha',
  '1.2.3-alpha.1+build.5',
  '1.2.3+meta',
  '0.0.0',
  '01.2.3',
  '1.2.3.4',
  '1.2.3-',
  '1.2.3+',
  '',
  'a',
  '1.x',
  ' 1.2.3',
  '1.2.3 ',
  'V1.2.3',
  '1.2.3-01',
  '1.2.3-α',
  '1..2',
  '99999999999999999999.0.0',
  '9223372036854775807.0.0',
  '1.2.3-alpha..1',
  '1.2.3-a_b',
  '1.2-beta',
  '1-rc.1',
];

const constraints = [
  '1.2.3',
  '=1.2.3',
  '!=1.2.3',
  '>1.2.3',
  '>=1.2.3',
  '<1.2.3',
  '<=1.2.3',
  '=>1.2.3',
  '=<1.2.3',
  '~1.2.3',
  '~>1.2.3',
  '^1.2.3',
  '~1.2',
  '~1',
  '^1',
  '^1.2',
  '^0.2.3',
  '^0.0.3',
  '^0.0',
  '^0',
  '1.2.x',
  '1.x',
  '*',
  'x',
  '>1.x',
  '>=1.2.x',
  '<1.x',
  '<=1.2.X',
  '!=1.x',
  '!=1.2.x',
  '~*',
  '^*',
  '>*',
  '!=*',
  '1.2 - 1.4.5',
  '1.0.0 - 2',
  '>=1.2, <3.0.0',
  '>=1.2,<3',
  '>=1.2 <3',
  '<1 || >2',
  '>=1.2.3 || <0.5, >0.1',
  '1.2.3 || 2.0.0',
  '',
  '||',
  ',',
  '>',
  '>>1',
  'a',
  '1.2.3.4',
  '>=1.2.3-alpha',
  '>1.2.3-alpha.1',
  '~1.2.3-beta',
  '^1.2.3-0',
  '= v1.2',
  '> = 1',
  ' >= 1.2.3 ',
  '>1.2.3-α',
  '1.2.3-beta - 2',
  '<2.0.0-0',
  '=1',
  '>1.2',
  '<1.2',
  '<=1',
  '>=1.x.3',
  '1|2',
];

const checked = [
  '1.2.3',
  '1.2.2',
  '1.2.4',
  '1.3.0',
  '2.0.0',
  '0.2.3',
  '0.3.0',
  '0.0.3',
  '0.0.4',
  '1.2.3-alpha',
  '1.2.3-beta.2',
  '1.4.9',
  '3.0.0',
  '2.0.0-rc.1',
  'v1.2',
  '1',
  '0.4.0',
];

export const versionCases: CaseGroup[] = [
  expressions(
    'semver',
    versions.map((text) => `semver ${JSON.stringify(text)}`).join('\n') +
      `
(semver "v1.2.3-alpha.1+build.5").Major
(semver "v1.2.3-alpha.1+build.5").Minor
(semver "v1.2.3-alpha.1+build.5").Patch
(semver "v1.2.3-alpha.1+build.5").Prerelease
(semver "v1.2.3-alpha.1+build.5").Metadata
(semver "v1.2.3-alpha.1+build.5").Original
(semver "v1.2.3-alpha.1+build.5").String
(semver "v1.2").String
(semver "v1.2").Original
(semver "1.2.3").IncPatch
(semver "1.2.3-alpha").IncPatch
(semver "1.2.3").IncMinor
(semver "v1.2.3").IncMajor
(semver "v1.2.3-a+b").IncMajor.Original
(semver "1.2.3").SetPrerelease "beta.1"
(semver "1.2.3").SetMetadata "x.1"
(semver "1.2.3").SetPrerelease "b_1"
(semver "1.2.3").SetMetadata "b_1"
(semver "v1.2.3+m").SetPrerelease "rc"
(semver "1.2.3").Compare (semver "1.2.4")
(semver "1.2.4").Compare (semver "1.2.3")
(semver "1.2.3").Compare (semver "v1.2.3+x")
(semver "1.2.3").Equal (semver "1.2.3")
(semver "1.2.3").LessThan (semver "1.3")
(semver "1.2.3").GreaterThan (semver "1.2.3-rc")
(semver "1.2.3-alpha").Compare (semver "1.2.3-alpha.1")
(semver "1.2.3-2").Compare (semver "1.2.3-10")
(semver "1.2.3-a").Compare (semver "1.2.3-10")
(semver "1.2.3-rc.10").Compare (semver "1.2.3-rc.9")
(semver "1.2.3-Beta").Compare (semver "1.2.3-alpha")
(semver "1.2.3").Compare "1.2.3"
(semver "1.2.3").Nope
(semver "1.2.3").pre
(semver "1.2.3").MarshalJSON
toJson (semver "v1.2.3")
printf "%s|%v|%T" (semver "v1.2") (semver "v1.2") (semver "v1.2")
semver
semver 1
semver .b
semver nil
semver "1" "2"
eq (semver "1.2.3").Major 1
(semver "1.2.3").Major | printf "%T"
semver "1.2.3" | toString
len (semver "1.2.3")
if semver "1.2.3" }}yes{{ end
quote (semver "1.2.3")
`,
  ),
  expressions(
    'semverCompare',
    constraints
      .flatMap((constraint) =>
        checked.map((version) => `semverCompare ${JSON.stringify(constraint)} ${JSON.stringify(version)}`),
      )
      .join('\n') +
      `
semverCompare "1" "x"
semverCompare "x1" "1"
semverCompare "1"
semverCompare 1 "1"
semverCompare "1" .b
semverCompare ">=99999999999999999999" "1"
"1.19.2" | semverCompare ">=1.18-0"
semverCompare "^1.2.0" .null
`,
  ),
];
