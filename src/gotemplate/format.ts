import { formatFloat } from './float-text.ts';
import { defaultFlags, padded, zeroless } from './format-flags.ts';
import type { Flags } from './format-flags.ts';
import { FunctionError } from './function.ts';
import { compareStrings, fromBytes, normalise, runesOf, toBytes } from './go-string.ts';
import { canBackquote, quote, quoteRune } from './quote.ts';
import { formatTime, goSyntaxOfTime, zeroTime } from './time.ts';
import type { TimeValue } from './time.ts';
import { isPrint } from './unicode.ts';
import {
  anyType,
  concrete,
  int,
  int64,
  kindName,
  nil,
  nilPointer,
  string,
  struct,
  typeName,
} from './value.ts';
import type {
  BytesValue,
  ComplexValue,
  IntegerValue,
  ListValue,
  MapValue,
  Operand,
  PointerValue,
  StructValue,
  Value,
} from './value.ts';

/** What Go's `%v` prints: the text of a value. Untyped nil is `<nil>`. */
export function format(operand: Operand): string {
  return formatVerb(operand, 'v', defaultFlags);
}

/** What `{{ . }}` prints: pointers are followed, and untyped nil is `<no value>`. */
export function printed(operand: Operand): string {
  let value = concrete(operand);
  while (value.kind === 'pointer' && value.target !== undefined) value = value.target;
  if (value.kind === 'nil') return '<no value>';
  return value.kind === 'string' ? value.value : format(value);
}

/** What Go's `%s` prints for it; used in messages that Go builds with that verb. */
export function formatAsString(operand: Operand): string {
  return formatVerb(operand, 's', defaultFlags);
}

/** Go's `fmt.Sprint`: a space between operands when neither is a string. */
export function sprint(operands: readonly Operand[]): string {
  let result = '';
  operands.forEach((operand, i) => {
    const previous = operands[i - 1];
    if (previous !== undefined && !isString(operand) && !isString(previous)) result += ' ';
    result += format(operand);
  });
  return normalise(result);
}

/** Go's `fmt.Sprintln`. */
export function sprintln(operands: readonly Operand[]): string {
  return normalise(`${operands.map(format).join(' ')}\n`);
}

/** Formats one operand by a verb, `%v` and its kin included; a verb that does not fit gives Go's `%!d(string=x)`. */
export function formatVerb(operand: Operand, verb: string, flags: Flags): string {
  const value = concrete(operand);
  if (value.kind === 'nil') {
    return verb === 'v' || verb === 'T' ? padded('<nil>', flags) : `%!${verb}(<nil>)`;
  }
  if (verb === 'T') return formatText(typeName(value), 's', flags, value);
  if (verb === 'p') return formatPointer(value, verb, flags);
  return formatValue(value, verb, flags, 0);
}

function isString(operand: Operand): boolean {
  return concrete(operand).kind === 'string';
}

function badVerb(value: Value, verb: string, flags: Flags): string {
  return `%!${verb}(${typeName(value)}=${formatValue(value, 'v', { ...flags, erroring: true }, 0)})`;
}

function formatValue(value: Value, verb: string, flags: Flags, depth: number): string {
  if (verb === 'w' && value.kind !== 'nil' && (depth > 0 || !isPlain(value)))
    return badVerb(value, verb, flags);
  if (value.kind === 'time' && flags.sharpV === true && flags.erroring !== true)
    return padded(truncated(goSyntaxOfTime(value), flags), flags);
  const text = textOf(value);
  if (text !== undefined && flags.erroring !== true && flags.sharpV !== true && 'vsxXq'.includes(verb)) {
    return formatText(text, verb, flags, value);
  }
  switch (value.kind) {
    case 'nil':
      return flags.sharpV === true ? `${anyType}(nil)` : '<nil>';
    case 'bool':
      return verb === 't' || verb === 'v' ? padded(String(value.value), flags) : badVerb(value, verb, flags);
    case 'integer':
      return formatInteger(value, verb, flags);
    case 'float':
      return formatFloatVerb(value.value, verb, flags, value);
    case 'complex':
      return formatComplex(value, verb, flags);
    case 'string':
      return formatText(value.value, verb, flags, value);
    case 'bytes':
      return formatBytes(value, verb, flags, depth);
    case 'list':
      return formatList(value, verb, flags, depth);
    case 'map':
      return formatMap(value, verb, flags, depth);
    case 'struct':
      return formatStruct(value, verb, flags, depth);
    case 'pointer':
      return formatPointed(value, verb, flags, depth);
    case 'time':
      return formatStruct(structOfTime(value), verb, flags, depth);
    case 'opaque':
      return formatText(text ?? '', verb, flags, value);
  }
}

/** Of a type that fmt knows without reflection. */
function isPlain(value: Value): boolean {
  if (value.kind === 'integer' || value.kind === 'string') return value.type === undefined;
  return ['bool', 'float', 'complex', 'bytes'].includes(value.kind);
}

/** What the String method gives, for types that have one. */
function textOf(value: Value): string | undefined {
  if (value.kind === 'time') return formatTime(value, '2006-01-02 15:04:05.999999999 -0700 MST');
  return value.kind === 'opaque' || value.kind === 'integer' ? value.text : undefined;
}

/** What verbs for numbers see of a time. An address stands for any zone but UTC. */
function structOfTime(value: TimeValue): StructValue {
  const location: Value =
    value.zone.name === 'UTC'
      ? nilPointer('time.Location')
      : { kind: 'opaque', type: '*time.Location', text: value.zone.name, methods: {} };
  return struct('time.Time', [
    { name: 'wall', value: int(value.nanoseconds, 'uint64') },
    { name: 'ext', value: int64(value.seconds - zeroTime.seconds) },
    { name: 'loc', value: location },
  ]);
}

function formatText(text: string, verb: string, flags: Flags, value: Value): string {
  switch (verb) {
    case 'v':
      return flags.sharpV === true ? formatQuoted(text, flags) : padded(truncated(text, flags), flags);
    case 's':
      return padded(truncated(text, flags), flags);
    case 'x':
      return formatHex(toBytes(text), false, flags);
    case 'X':
      return formatHex(toBytes(text), true, flags);
    case 'q':
      return formatQuoted(text, flags);
    default:
      return badVerb(value, verb, flags);
  }
}

function truncated(text: string, flags: Flags): string {
  if (flags.precision === undefined) return text;
  let result = '';
  let count = 0;
  for (const rune of runesOf(toBytes(text))) {
    if (count++ >= flags.precision) break;
    result += rune.text;
  }
  return result;
}

function formatQuoted(text: string, flags: Flags): string {
  const shown = truncated(text, flags);
  if (flags.sharp && canBackquote(shown)) return padded(`\`${shown}\``, flags);
  return padded(quote(shown, { ascii: flags.plus }), flags);
}

function formatHex(bytes: Uint8Array, upper: boolean, flags: Flags): string {
  const shown = bytes.subarray(0, flags.precision ?? bytes.length);
  const prefix = flags.sharp ? (upper ? '0X' : '0x') : '';
  const digits = [...shown].map((byte) => byte.toString(16).padStart(2, '0'));
  const text = upper ? digits.map((pair) => pair.toUpperCase()) : digits;
  if (text.length === 0) return padded('', flags);
  return padded(flags.space ? text.map((pair) => prefix + pair).join(' ') : prefix + text.join(''), flags);
}

function formatInteger(value: IntegerValue, verb: string, flags: Flags): string {
  const isUnsigned = value.size.startsWith('u');
  switch (verb) {
    case 'v':
      if (flags.sharpV === true && isUnsigned)
        return integerText(value.value, 16, verb, { ...flags, sharp: true });
      return integerText(value.value, 10, verb, flags);
    case 'd':
      return integerText(value.value, 10, verb, flags);
    case 'b':
      return integerText(value.value, 2, verb, flags);
    case 'o':
    case 'O':
      return integerText(value.value, 8, verb, flags);
    case 'x':
    case 'X':
      return integerText(value.value, 16, verb, flags);
    case 'c':
      return padded(String.fromCodePoint(codePoint(value.value)), flags);
    case 'q': {
      const code = codePoint(value.value);
      return padded(quoteRune(code, { ascii: flags.plus }), flags);
    }
    case 'U':
      return formatUnicode(value.value, flags);
    default:
      return badVerb(value, verb, flags);
  }
}

function codePoint(value: bigint): number {
  if (value < 0n || value > 0x10ffffn || (value >= 0xd800n && value <= 0xdfffn)) return 0xfffd;
  return Number(value);
}

function integerText(value: bigint, base: 2 | 8 | 10 | 16, verb: string, flags: Flags): string {
  const isNegative = value < 0n;
  const sign = isNegative ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
  let digits = (isNegative ? -value : value).toString(base);
  if (verb === 'X') digits = digits.toUpperCase();
  let minimum = 0;
  if (flags.precision !== undefined) {
    if (flags.precision === 0 && value === 0n) return padded('', zeroless(flags));
    minimum = flags.precision;
  } else if (flags.zero && !flags.minus && flags.width !== undefined) {
    minimum = flags.width - sign.length;
  }
  digits = digits.padStart(minimum, '0');
  if (flags.sharp) {
    if (base === 2) digits = `0b${digits}`;
    if (base === 8 && !digits.startsWith('0')) digits = `0${digits}`;
    if (base === 16) digits = (verb === 'X' ? '0X' : '0x') + digits;
  }
  if (verb === 'O') digits = `0o${digits}`;
  return padded(sign + digits, zeroless(flags));
}

function formatUnicode(value: bigint, flags: Flags): string {
  const code = BigInt.asUintN(64, value);
  const digits = code
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(flags.precision ?? 4, 4), '0');
  const shown =
    flags.sharp && code <= 0x10ffffn && isPrint(Number(code))
      ? ` '${String.fromCodePoint(Number(code))}'`
      : '';
  return padded(`U+${digits}${shown}`, zeroless(flags));
}

function formatFloatVerb(value: number, verb: string, flags: Flags, whole: Value): string {
  switch (verb) {
    case 'v':
      return floatText(value, 'g', flags.precision ?? -1, flags);
    case 'b':
    case 'g':
    case 'G':
    case 'x':
    case 'X':
      return floatText(value, verb, flags.precision ?? -1, flags);
    case 'e':
    case 'E':
    case 'f':
      return floatText(value, verb, flags.precision ?? 6, flags);
    case 'F':
      return floatText(value, 'f', flags.precision ?? 6, flags);
    default:
      return badVerb(whole, verb, flags);
  }
}

function floatText(
  value: number,
  verb: 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X',
  precision: number,
  flags: Flags,
): string {
  let text = formatFloat(value, verb, precision);
  if (!/^[+-]/.test(text)) text = `+${text}`;
  if (flags.space && text.startsWith('+') && !flags.plus) text = ` ${text.slice(1)}`;
  if (text.endsWith('Inf') || text.endsWith('NaN')) {
    const dropSign = text.endsWith('NaN') && !flags.space && !flags.plus;
    return padded(dropSign ? text.slice(1) : text, zeroless(flags));
  }
  if (flags.sharp && verb !== 'b') text = withDecimalPoint(text, verb, precision);
  if (!flags.plus && text.startsWith('+')) return padded(text.slice(1), flags);
  if (flags.zero && !flags.minus && flags.width !== undefined && flags.width > text.length) {
    return text.charAt(0) + text.slice(1).padStart(flags.width - 1, '0');
  }
  return padded(text, flags);
}

/** The sharp flag: always a decimal point, and no trailing zero removed. */
function withDecimalPoint(text: string, verb: string, precision: number): string {
  const tail = (verb === 'x' || verb === 'X' ? /[pP].*$/ : /[eE].*$/).exec(text)?.[0] ?? '';
  let body = text.slice(0, text.length - tail.length);
  let missing = 'gGx'.includes(verb) ? (precision === -1 ? 6 : precision) : 0;
  missing -= body.slice(1).replace('.', '').replace(/^0+/, '').length;
  if (!body.includes('.')) {
    if (body.length === 2 && body.endsWith('0')) missing--;
    body += '.';
  }
  return body + '0'.repeat(Math.max(missing, 0)) + tail;
}

function formatComplex(value: ComplexValue, verb: string, flags: Flags): string {
  if (!'vbgGxXfFeE'.includes(verb)) return badVerb(value, verb, flags);
  const real = formatFloatVerb(value.real, verb, flags, value);
  return `(${real}${formatFloatVerb(value.imaginary, verb, { ...flags, plus: true }, value)}i)`;
}

function formatBytes(value: BytesValue, verb: string, flags: Flags, depth: number): string {
  switch (verb) {
    case 's':
      return padded(truncated(fromBytes(value.value), flags), flags);
    case 'q':
      return formatQuoted(fromBytes(value.value), flags);
    case 'x':
      return formatHex(value.value, false, flags);
    case 'X':
      return formatHex(value.value, true, flags);
  }
  const items = [...value.value].map((byte): Value => ({
    kind: 'integer',
    size: 'uint8',
    value: BigInt(byte),
  }));
  // []byte is its own case for fmt at the top only, where %#v shortens the name of its type.
  const name = depth === 0 && verb === 'v' ? '[]byte' : '[]uint8';
  if (flags.sharpV !== true)
    return `[${items.map((item) => formatValue(item, verb, flags, depth + 1)).join(' ')}]`;
  if (value.isNil) return `${name}(nil)`;
  return `${name}{${items.map((item) => formatValue(item, verb, flags, depth + 1)).join(', ')}}`;
}

function formatList(value: ListValue, verb: string, flags: Flags, depth: number): string {
  const items = value.items.map((item) => formatValue(item, verb, flags, depth + 1));
  if (flags.sharpV !== true) return limited(`[${items.join(' ')}]`);
  return value.isNil ? `${typeName(value)}(nil)` : limited(`${typeName(value)}{${items.join(', ')}}`);
}

function formatMap(value: MapValue, verb: string, flags: Flags, depth: number): string {
  if (flags.sharpV === true && value.isNil) return `${typeName(value)}(nil)`;
  const keys = [...value.entries.keys()].toSorted(compareStrings);
  const pairs = keys.map((key) => {
    const shownKey = formatValue(string(key), verb, flags, depth + 1);
    return `${shownKey}:${formatValue(value.entries.get(key) ?? nil, verb, flags, depth + 1)}`;
  });
  return flags.sharpV === true
    ? `${typeName(value)}{${pairs.join(', ')}}`
    : limited(`map[${pairs.join(' ')}]`);
}

function formatStruct(value: StructValue, verb: string, flags: Flags, depth: number): string {
  const named = flags.sharpV === true || flags.plusV === true;
  const fields = value.fields.map((field) => {
    const text = formatValue(field.value, verb, flags, depth + 1);
    return named ? `${field.name}:${text}` : text;
  });
  return flags.sharpV === true ? `${value.type}{${fields.join(', ')}}` : `{${fields.join(' ')}}`;
}

function formatPointed(value: PointerValue, verb: string, flags: Flags, depth: number): string {
  if (
    depth === 0 &&
    value.target !== undefined &&
    ['struct', 'map', 'list', 'bytes'].includes(value.target.kind)
  ) {
    return `&${formatValue(value.target, verb, flags, depth + 1)}`;
  }
  return formatPointer(value, verb, flags);
}

/** A pointer inside something prints as its address. Ours have none: one fixed, plausible address stands for it. */
function formatPointer(value: Value, verb: string, flags: Flags): string {
  if (!['ptr', 'map', 'slice'].includes(value.kind === 'pointer' ? 'ptr' : kindName(value)))
    return badVerb(value, verb, flags);
  const isNil = value.kind === 'pointer' ? value.target === undefined : 'isNil' in value && value.isNil;
  const address = isNil ? 0n : 0xc000000000n;
  if (verb === 'v' && flags.sharpV === true)
    return `(${typeName(value)})(${isNil ? 'nil' : `0x${address.toString(16)}`})`;
  if (verb === 'v' && isNil) return padded('<nil>', flags);
  if (verb === 'v' || verb === 'p') return integerText(address, 16, 'v', { ...flags, sharp: !flags.sharp });
  if ('bodxX'.includes(verb))
    return formatInteger({ kind: 'integer', size: 'uint64', value: address }, verb, flags);
  return badVerb(value, verb, flags);
}

/**
 * Lists can share their elements (`$x = list $x $x`), which makes the text grow without bound though the value is small.
 */
export function limited(text: string): string {
  if (text.length > maximumText)
    throw new FunctionError(`text of a value is longer than ${maximumText} characters`);
  return text;
}

const maximumText = 8 * 1024 * 1024;
