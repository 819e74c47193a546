import { define, FunctionError } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { bool, bytes, int, int64, string, struct } from '../value.ts';
import type { OpaqueValue, StructValue, Value } from '../value.ts';

/** sprig's semantic versions, by the rules of Masterminds/semver 1. */
export const semverFunctions: FunctionMap = {
  semver: define(['string'], (text) => versionValue(parseVersion(text))),
  semverCompare: define(['string', 'string'], (constraint, text) => {
    const alternatives = parseConstraints(constraint);
    const version = parseVersion(text);
    return bool(alternatives.some((all) => all.every((one) => satisfies(version, one))));
  }),
};

interface Version {
  major: bigint;
  minor: bigint;
  patch: bigint;
  prerelease: string;
  metadata: string;
  original: string;
}

function versionValue(version: Version): OpaqueValue {
  const text = versionText(version);
  const comparison = (result: (order: number) => Value) =>
    define(['*semver.Version'], (other) => result(compare(version, parseVersion(originalOf(other)))));
  return {
    kind: 'opaque',
    type: '*semver.Version',
    text,
    methods: {
      Major: define([], () => int64(version.major)),
      Minor: define([], () => int64(version.minor)),
      Patch: define([], () => int64(version.patch)),
      Prerelease: define([], () => string(version.prerelease)),
      Metadata: define([], () => string(version.metadata)),
      Original: define([], () => string(version.original)),
      String: define([], () => string(text)),
      MarshalJSON: define([], () => bytes(Buffer.from(JSON.stringify(text)))),
      Compare: comparison((order) => int(order)),
      Equal: comparison((order) => bool(order === 0)),
      LessThan: comparison((order) => bool(order < 0)),
      GreaterThan: comparison((order) => bool(order > 0)),
      ...changesOf(version),
    },
    target: structOf(version),
  };
}

function originalOf({ target }: OpaqueValue): string {
  const original = target?.fields.find(({ name }) => name === 'original')?.value;
  if (original?.kind === 'string') return original.value;
  throw new FunctionError('runtime error: invalid memory address or nil pointer dereference');
}

/** The type itself, which methods that change a version return. It prints as its fields. */
function structOf(version: Version): StructValue {
  const { major, minor, patch, prerelease, metadata, original } = version;
  const fields = [
    { name: 'major', value: int64(major), hidden: true },
    { name: 'minor', value: int64(minor), hidden: true },
    { name: 'patch', value: int64(patch), hidden: true },
    { name: 'pre', value: string(prerelease), hidden: true },
    { name: 'metadata', value: string(metadata), hidden: true },
    { name: 'original', value: string(original), hidden: true },
  ];
  return { ...struct('semver.Version', fields), methods: changesOf(version) };
}

function changesOf(version: Version): FunctionMap {
  const { major, minor, patch, prerelease } = version;
  const release = { prerelease: '', metadata: '' };
  const changed = (parts: Partial<Version>) => {
    const next = { ...version, ...parts };
    const original = (version.original.startsWith('v') ? 'v' : '') + versionText(next);
    return structOf({ ...next, original });
  };
  return {
    IncPatch: define([], () => changed({ ...release, patch: prerelease === '' ? patch + 1n : patch })),
    IncMinor: define([], () => changed({ ...release, patch: 0n, minor: minor + 1n })),
    IncMajor: define([], () => changed({ ...release, patch: 0n, minor: 0n, major: major + 1n })),
    SetPrerelease: define(['string'], (text) =>
      changed({ prerelease: checkedLabel(text, 'Invalid Prerelease string') }),
    ),
    SetMetadata: define(['string'], (text) =>
      changed({ metadata: checkedLabel(text, 'Invalid Metadata string') }),
    ),
  };
}

function checkedLabel(text: string, refusal: string): string {
  if (text === '' || /^(?:[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)$/.test(text)) return text;
  throw new FunctionError(refusal);
}

function versionText({ major, minor, patch, prerelease, metadata }: Version): string {
  return `${major}.${minor}.${patch}${prerelease === '' ? '' : `-${prerelease}`}${metadata === '' ? '' : `+${metadata}`}`;
}

const labels = '(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?';
const versionPattern = new RegExp(`^v?([0-9]+)(?:\\.([0-9]+))?(?:\\.([0-9]+))?${labels}$`);

function parseVersion(text: string): Version {
  const match = versionPattern.exec(text);
  if (match === null) throw new FunctionError('Invalid Semantic Version');
  const [original, major = '', minor = '0', patch = '0', prerelease = '', metadata = ''] = match;
  return {
    major: segment(major),
    minor: segment(minor),
    patch: segment(patch),
    prerelease,
    metadata,
    original,
  };
}

function segment(digits: string): bigint {
  const value = BigInt(digits);
  if (value < 2n ** 63n) return value;
  throw new FunctionError(
    `Error parsing version segment: strconv.ParseInt: parsing "${digits}": value out of range`,
  );
}

type Operator = '=' | '!=' | '>' | '<' | '>=' | '<=' | '~' | '^';

interface Constraint {
  operator: Operator;
  version: Version;
  /** Parts that were left out or written as x or *. */
  isPartial: boolean;
  lacksMinor: boolean;
  lacksPatch: boolean;
}

const part = '[0-9|xX*]+';
const versionShape = `v?(${part})(?:\\.(${part}))?(?:\\.(${part}))?((?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?)`;
const constraintPattern = new RegExp(`^\\s*(=<|=>|<=|>=|!=|~>|=|<|>|~|\\^|)\\s*${versionShape}\\s*$`);
const rangePattern = new RegExp(
  `\\s*(${versionShape.replaceAll(/\((?!\?)/g, '(?:')})\\s+-\\s+(${versionShape.replaceAll(/\((?!\?)/g, '(?:')})\\s*`,
  'g',
);
const operators: Readonly<Record<string, Operator>> = {
  '': '=',
  '=': '=',
  '!=': '!=',
  '>': '>',
  '<': '<',
  '>=': '>=',
  '=>': '>=',
  '<=': '<=',
  '=<': '<=',
  '~': '~',
  '~>': '~',
  '^': '^',
};

function parseConstraints(text: string): Constraint[][] {
  const ranges = text.replace(rangePattern, (_all, from: string, to: string) => `>= ${from}, <= ${to}`);
  return ranges.split('||').map((all) => all.split(',').map(parseConstraint));
}

function parseConstraint(text: string): Constraint {
  const match = constraintPattern.exec(text);
  if (match === null) throw new FunctionError(`improper constraint: ${text}`);
  const [, operator = '', major = '', minor, patch, suffix = ''] = match;
  const isAny = (value: string | undefined) => value === 'x' || value === 'X' || value === '*';
  const anyMajor = isAny(major);
  const lacksMinor = !anyMajor && (minor === undefined || isAny(minor));
  const lacksPatch = !anyMajor && !lacksMinor && isAny(patch);
  const shown = anyMajor
    ? '0.0.0'
    : lacksMinor
      ? `${major}.0.0${suffix}`
      : lacksPatch
        ? `${major}.${minor}.0${suffix}`
        : `${major}.${minor}${patch === undefined ? '' : `.${patch}`}${suffix}`;
  return {
    operator: operators[operator] ?? '=',
    version: parseLimit(shown),
    isPartial: anyMajor || lacksMinor || lacksPatch,
    lacksMinor,
    lacksPatch,
  };
}

function parseLimit(text: string): Version {
  try {
    return parseVersion(text);
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    throw new FunctionError('constraint Parser Error', { cause: error });
  }
}

function satisfies(version: Version, constraint: Constraint): boolean {
  const { operator, isPartial } = constraint;
  const wanted = constraint.version;
  const order = compare(version, wanted);
  const isForeignPrerelease = version.prerelease !== '' && wanted.prerelease === '';
  if (operator === '!=' && !isPartial) return order !== 0;
  // A constraint without a prerelease never means one.
  if (isForeignPrerelease) return false;
  switch (operator) {
    case '!=':
      return wanted.major !== version.major || (wanted.minor !== version.minor && !constraint.lacksMinor);
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return isPartial ? isWithin(version, constraint) : order < 0;
    case '<=':
      return isPartial ? isWithin(version, constraint) : order <= 0;
    case '^':
      return order >= 0 && version.major === wanted.major;
    case '~':
      return isNear(version, constraint);
    case '=':
      return isPartial ? isNear(version, constraint) : order === 0;
  }
}

function isWithin(version: Version, { version: wanted, lacksMinor }: Constraint): boolean {
  return version.major <= wanted.major && (version.minor <= wanted.minor || lacksMinor);
}

function isNear(version: Version, { version: wanted, lacksMinor, lacksPatch }: Constraint): boolean {
  if (compare(version, wanted) < 0) return false;
  const isZero = wanted.major === 0n && wanted.minor === 0n && wanted.patch === 0n;
  if (isZero && !lacksMinor && !lacksPatch) return true;
  return version.major === wanted.major && (version.minor === wanted.minor || lacksMinor);
}

function compare(a: Version, b: Version): number {
  for (const key of ['major', 'minor', 'patch'] as const)
    if (a[key] !== b[key]) return a[key] < b[key] ? -1 : 1;
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === '') return 1;
  if (b.prerelease === '') return -1;
  const [left, right] = [a.prerelease.split('.'), b.prerelease.split('.')];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = comparePart(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers come before texts, and nothing before anything. */
function comparePart(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? -1 : 1;
  const [aIsNumber, bIsNumber] = [/^[0-9]+$/.test(a), /^[0-9]+$/.test(b)];
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  if (aIsNumber) return BigInt(a) > BigInt(b) ? 1 : -1;
  return a > b ? 1 : -1;
}
