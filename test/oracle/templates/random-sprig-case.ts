import { sample } from './cases/sample-data.ts';
import type { OracleCase } from './oracle-case.ts';
import { Dice } from './random-case.ts';

/** Calls of sprig's functions with arguments that are mostly of the right kind, and at the edges; the same for the same seed. */
export function randomSprigCases(seed: number, count: number): OracleCase[] {
  const dice = new Dice(seed);
  return Array.from({ length: count }, () => ({
    template: `{{ ${dice.pick(calls)(dice)} }}`,
    data: sample,
    functions: 'additions',
    now: '2024-01-02T03:04:05Z',
  }));
}

const ofText =
  words(`trim upper lower title untitle swapcase snakecase kebabcase camelcase nospace initials b64enc b32enc b64dec
  b32dec base dir clean ext isAbs sha1sum adler32sum atoi expandenv regexQuoteMeta urlParse`);
const ofTwoTexts = words('trimAll trimPrefix trimSuffix contains hasPrefix hasSuffix split splitList');
const ofAnything =
  words(`toString toStrings sortAlpha first last rest initial reverse compact uniq int int64 float64 toDecimal add1 floor
  ceil quote squote toJson toPrettyJson typeOf kindOf empty deepCopy fromJson toRawJson durationRound`);
const ofTwo =
  words(`add sub mul div mod max min append prepend without concat default coalesce deepEqual cat addf mulf divf subf merge
  mergeOverwrite has slice list dict any all`);

const calls: readonly ((dice: Dice) => string)[] = [
  (dice) => quoted(`${dice.pick(ofText)} ${text(dice, 10)}`),
  (dice) => quoted(`${dice.pick(ofTwoTexts)} ${text(dice, 3)} ${text(dice, 10)}`),
  (dice) => `${dice.pick(ofAnything)} ${value(dice)}`,
  (dice) => `${dice.pick(ofTwo)} ${value(dice)} ${value(dice)}`,
  (dice) => quoted(`replace ${text(dice, 2)} ${text(dice, 2)} ${text(dice, 10)}`),
  (dice) => quoted(`trunc ${small(dice)} ${text(dice, 10)}`),
  (dice) => quoted(`substr ${small(dice)} ${small(dice)} ${text(dice, 10)}`),
  (dice) => quoted(`abbrev ${small(dice)} ${text(dice, 20)}`),
  (dice) => quoted(`abbrevboth ${small(dice)} ${small(dice)} ${text(dice, 20)}`),
  (dice) => quoted(`wrap ${small(dice)} ${text(dice, 20)}`),
  (dice) => quoted(`wrapWith ${small(dice)} "|" ${text(dice, 20)}`),
  (dice) => quoted(`splitn ${text(dice, 2)} ${small(dice)} ${text(dice, 10)}`),
  (dice) => quoted(`indent ${small(dice)} ${text(dice, 10)}`),
  (dice) => quoted(`repeat ${small(dice)} ${text(dice, 4)}`),
  (dice) => `round ${value(dice)} ${small(dice)}`,
  (dice) => `untilStep ${small(dice)} ${small(dice)} ${small(dice)}`,
  (dice) => `seq ${small(dice)} ${small(dice)} ${small(dice)}`,
  (dice) => `chunk ${small(dice)} .list`,
  (dice) => `dig ${text(dice, 2)} "x" "d" ${value(dice)}`,
  (dice) => `urlParse ${url(dice)}`,
  (dice) => `urlJoin (urlParse ${url(dice)})`,
  (dice) => `semver ${version(dice)}`,
  (dice) => `semverCompare ${version(dice)} ${version(dice)}`,
  (dice) => `date ${layout(dice)} ${date(dice)}`,
  (dice) => `dateInZone ${layout(dice)} ${date(dice)} "${dice.pick(zones)}"`,
  (dice) => `dateModify "${dice.pick(durations)}" ${date(dice)}`,
  (dice) => `toDate ${layout(dice)} ${text(dice, 10)}`,
  (dice) => {
    const shared = layout(dice);
    return `toDate ${shared} (date ${shared} ${date(dice)})`;
  },
  (dice) => quoted(`regexFindAll ${expression(dice)} ${matched(dice)} ${small(dice)}`),
  (dice) => quoted(`regexSplit ${expression(dice)} ${matched(dice)} ${small(dice)}`),
  (dice) => quoted(`regexReplaceAll ${expression(dice)} ${matched(dice)} "<$1$n\${0}>"`),
];

/** `%q` shows every byte of a text. */
function quoted(call: string): string {
  return `printf "%q" (${call})`;
}

const characters = [
  ...words('a b Z X é ß ☃ 𝄞 - _ . / , 1 2 0 % : @ ? # ǆ İ 日 + = [ ] ( ) * $ { } | ^ ~ < > x v T'),
  ' ',
  '  ',
  '\\n',
  '\\t',
  '\\xff',
  '\\xc3',
  '\\\\',
];

function text(dice: Dice, limit: number): string {
  return joined(dice, dice.below(limit), characters);
}

function small(dice: Dice): string {
  return String(dice.below(14) - 3);
}

const numbers = words('1.5 -2.5 1e3 "12" "1.5" "0x1f" "1_0"');
const fields = Object.keys(sample.map).map((name) => `.${name}`);

function value(dice: Dice): string {
  switch (dice.below(6)) {
    case 0:
      return text(dice, 6);
    case 1:
      return small(dice);
    case 2:
      return dice.pick(numbers);
    case 3:
      return `(list ${value(dice)} ${value(dice)})`;
    case 4:
      return `(dict ${text(dice, 3)} ${value(dice)})`;
    default:
      return dice.pick(fields);
  }
}

const urlParts = [
  ['http', 'https', 's3', '', 'a+b'],
  ['://', ':', '//', ''],
  ['', 'u@', 'u:p@', 'a%20b@', 'é@'],
  ['h', 'h.com:80', '[::1]', '[::1]:9', 'h:x', '[1::2%25e]', '1.2.3.4', 'h%41', ''],
  ['', '/', '/a b', '/%2f', '/é', '/a%zz', 'x'],
  ['', '?', '?a=b', '?a b'],
  ['', '#', '#f', '#%41'],
];

function url(dice: Dice): string {
  return `"${urlParts.map((choices) => dice.pick(choices)).join('')}"`;
}

const operators = ['', 'v', ' ', ...words('> >= < <= ~ ^ = != ~>')];
const versions = words('1 1.2 1.2.3 0.0.1 0 2.0.0-rc.1 1.x * 1.2.3+b 01.2 1.2.3.4');
const versionEnds = ['', '', ' ', ', <3', ' || 2', ' - 3', '-beta', '-0'];

function version(dice: Dice): string {
  return `"${dice.pick(operators)}${dice.pick(versions)}${dice.pick(versionEnds)}"`;
}

const layoutParts = [
  ...words(`2006 06 01 1 Jan January 02 2 _2 002 __2 15 3 03 4 04 5 05 PM pm MST -0700 -07:00 Z07:00 -07 Z0700 .000 .999 ,000 Mon
    Monday - : T / x 2007 _2006`),
  ' ',
];

function layout(dice: Dice): string {
  return joined(dice, 1 + dice.below(6), layoutParts);
}

/** Of these, editions of the time zone database say the same. */
const zones =
  words(`UTC Europe/Berlin America/New_York Asia/Kolkata Australia/Sydney America/St_Johns Europe/Dublin Asia/Tehran
  Pacific/Apia Europe/Moscow America/Sao_Paulo europe/berlin CET Etc/GMT-3 Antarctica/Troll`);
const durations = ['1h', '-30m', '1.5h', '100000h', 'x', ''];

function date(dice: Dice): string {
  return dice.pick([
    '.time',
    '.berlin',
    '.max',
    '0',
    '(int64 1000000000)',
    String(dice.below(2_000_000_000)),
    String(-dice.below(1_000_000_000)),
  ]);
}

const expressionParts = words(
  `a b . [a-c] \\\\d \\\\w \\\\s x é (a|b) (?:ab) ^ $ \\\\b [^a] (?i)A (?P<n>a) \\\\. \\\\pL ( ) [ |`,
);
const repetitions = ['', '', '', '*', '+', '?', '*?', '{2}', '{1,2}'];

function expression(dice: Dice): string {
  const parts = Array.from(
    { length: 1 + dice.below(4) },
    () => dice.pick(expressionParts) + dice.pick(repetitions),
  );
  return `"${parts.join('')}"`;
}

const matchedCharacters = ['a', 'b', 'c', 'x', 'é', '1', ' ', '.', 'A', '\\n', '\\xff'];

function matched(dice: Dice): string {
  return joined(dice, dice.below(12), matchedCharacters);
}

function joined(dice: Dice, count: number, choices: readonly string[]): string {
  return `"${Array.from({ length: count }, () => dice.pick(choices)).join('')}"`;
}

function words(list: string): string[] {
  return list.trim().split(/\s+/);
}
