import { formatDuration } from './duration.ts';
import { define } from './function.ts';
import { toBytes } from './go-string.ts';
import type { TemplateFunction } from './function.ts';
import {
  addNanoseconds,
  civil,
  dayNumber,
  formatTime,
  goSyntaxOfTime,
  monthNames,
  time,
  weekdayNames,
  zeroTime,
} from './time.ts';
import type { TimeValue } from './time.ts';
import { utc } from './time-zone.ts';
import { bool, bytes, float, int, int64, nil, string } from './value.ts';
import type { IntegerSize, IntegerValue, Value } from './value.ts';

/** The methods of Go's `time.Time`, `time.Duration`, `time.Month` and `time.Weekday` that a template can use. */
export function timeMethod(value: TimeValue | IntegerValue, name: string): TemplateFunction | undefined {
  if (value.kind === 'time') return Object.hasOwn(ofTime, name) ? ofTime[name]?.(value) : undefined;
  if (value.text !== undefined && name === 'String') return result(string(value.text));
  if (value.type !== 'time.Duration') return undefined;
  return Object.hasOwn(ofDuration, name) ? ofDuration[name]?.(value.value) : undefined;
}

/** A `time.Duration` of so many nanoseconds. */
export function duration(nanoseconds: bigint): IntegerValue {
  return {
    kind: 'integer',
    size: 'int64',
    value: nanoseconds,
    type: 'time.Duration',
    text: formatDuration(nanoseconds),
  };
}

const secondResult = (name: string): TemplateFunction => ({
  ...result(nil),
  refusal: `invalid function signature for ${name}: second return value should be error; is int`,
});
const threeResults = (name: string): TemplateFunction => ({
  ...result(nil),
  refusal: `function ${name} has 3 return values; should be 1 or 2`,
});

const ofTime: Readonly<Record<string, (value: TimeValue) => TemplateFunction>> = {
  Add: (value) => define(['time.Duration'], (nanoseconds) => addNanoseconds(value, nanoseconds)),
  AddDate: (value) =>
    define(['int', 'int', 'int'], (years, months, days) =>
      addDate(value, Number(years), Number(months), Number(days)),
    ),
  After: (value) => define(['time.Time'], (other) => bool(nanosecondsBetween(value, other) > 0n)),
  Before: (value) => define(['time.Time'], (other) => bool(nanosecondsBetween(value, other) < 0n)),
  Clock: () => threeResults('Clock'),
  Compare: (value) => define(['time.Time'], (other) => int(signOf(nanosecondsBetween(value, other)))),
  Date: () => threeResults('Date'),
  Day: (value) => result(int(civil(value).day)),
  Equal: (value) => define(['time.Time'], (other) => bool(nanosecondsBetween(value, other) === 0n)),
  Format: (value) => define(['string'], (layout) => string(formatTime(value, layout))),
  GoString: (value) => result(string(goSyntaxOfTime(value))),
  Hour: (value) => result(int(civil(value).hour)),
  ISOWeek: () => secondResult('ISOWeek'),
  IsZero: (value) => result(bool(value.seconds === zeroTime.seconds && value.nanoseconds === 0)),
  Local: (value) => result({ ...value, zone: utc }),
  Location: ({ zone }) =>
    result({
      kind: 'opaque',
      type: '*time.Location',
      text: zone.name,
      methods: { String: result(string(zone.name)) },
    }),
  MarshalJSON: (value) => result(bytes(toBytes(`"${formatTime(value, rfc3339)}"`))),
  MarshalText: (value) => result(bytes(toBytes(formatTime(value, rfc3339)))),
  Minute: (value) => result(int(civil(value).minute)),
  Month: (value) => {
    const { month } = civil(value);
    return result(named('time.Month', month, monthNames[month - 1]));
  },
  Nanosecond: (value) => result(int(value.nanoseconds)),
  Round: (value) => define(['time.Duration'], (unit) => roundTime(value, unit, true)),
  Second: (value) => result(int(civil(value).second)),
  String: (value) => result(string(formatTime(value, '2006-01-02 15:04:05.999999999 -0700 MST'))),
  Sub: (value) => define(['time.Time'], (other) => duration(saturated(nanosecondsBetween(value, other)))),
  Truncate: (value) => define(['time.Duration'], (unit) => roundTime(value, unit, false)),
  UTC: (value) => result({ ...value, zone: utc }),
  Unix: (value) => result(int64(value.seconds)),
  UnixMicro: (value) =>
    result(int64(value.seconds * 1_000_000n + BigInt(Math.trunc(value.nanoseconds / 1e3)))),
  UnixMilli: (value) => result(int64(value.seconds * 1000n + BigInt(Math.trunc(value.nanoseconds / 1e6)))),
  UnixNano: (value) => result(int64(value.seconds * 1_000_000_000n + BigInt(value.nanoseconds))),
  Weekday: (value) => {
    const { weekday } = civil(value);
    return result(named('time.Weekday', weekday, weekdayNames[weekday]));
  },
  Year: (value) => result(int(civil(value).year)),
  YearDay: (value) => result(int(civil(value).yearDay)),
  Zone: () => secondResult('Zone'),
};

const rfc3339 = '2006-01-02T15:04:05.999999999Z07:00';

const ofDuration: Readonly<Record<string, (nanoseconds: bigint) => TemplateFunction>> = {
  Abs: (value) => result(duration(saturated(value < 0n ? -value : value))),
  Hours: (value) => result(float(inUnits(value, 3_600_000_000_000n))),
  Microseconds: (value) => result(int64(value / 1000n)),
  Milliseconds: (value) => result(int64(value / 1_000_000n)),
  Minutes: (value) => result(float(inUnits(value, 60_000_000_000n))),
  Nanoseconds: (value) => result(int64(value)),
  Round: (value) => define(['time.Duration'], (unit) => duration(saturated(rounded(value, unit)))),
  Seconds: (value) => result(float(inUnits(value, 1_000_000_000n))),
  Truncate: (value) =>
    define(['time.Duration'], (unit) => duration(unit <= 0n ? value : value - (value % unit))),
};

/** A method without arguments. */
function result(value: Value): TemplateFunction {
  return { parameters: [], call: () => value };
}

/** The whole units and their fraction are added as floats, as Go does it: one division would round differently. */
function inUnits(nanoseconds: bigint, unit: bigint): number {
  return Number(nanoseconds / unit) + Number(nanoseconds % unit) / Number(unit);
}

/** Half away from zero. */
function rounded(nanoseconds: bigint, unit: bigint): bigint {
  if (unit <= 0n) return nanoseconds;
  const rest = nanoseconds % unit;
  const magnitude = rest < 0n ? -rest : rest;
  if (magnitude * 2n < unit) return nanoseconds - rest;
  return nanoseconds < 0n ? nanoseconds - unit - rest : nanoseconds + unit - rest;
}

/** To multiples of the unit since the year 1. */
function roundTime(value: TimeValue, unit: bigint, toNearest: boolean): TimeValue {
  if (unit <= 0n) return value;
  const since = (value.seconds - zeroTime.seconds) * 1_000_000_000n + BigInt(value.nanoseconds);
  const rest = ((since % unit) + unit) % unit;
  return addNanoseconds(value, toNearest && rest * 2n >= unit ? unit - rest : -rest);
}

function nanosecondsBetween(value: TimeValue, other: TimeValue): bigint {
  return (value.seconds - other.seconds) * 1_000_000_000n + BigInt(value.nanoseconds - other.nanoseconds);
}

/** The nearest duration that there is. */
function saturated(nanoseconds: bigint): bigint {
  const limit = 2n ** 63n;
  return nanoseconds >= limit ? limit - 1n : nanoseconds < -limit ? -limit : nanoseconds;
}

function signOf(value: bigint): number {
  return value === 0n ? 0 : value < 0n ? -1 : 1;
}

function addDate(value: TimeValue, years: number, months: number, days: number): TimeValue {
  const parts = civil(value);
  const day = dayNumber(parts.year + years, parts.month + months, parts.day + days);
  const clock = BigInt(day) * 86400n + BigInt(parts.hour * 3600 + parts.minute * 60 + parts.second);
  const { offset } = value.zone.at(Number(clock) - parts.offset);
  return time(clock - BigInt(offset), BigInt(value.nanoseconds), value.zone);
}

/** Another value of a named integer type. */
export function ofNamedType(type: string, value: bigint, size: IntegerSize): IntegerValue {
  if (type === 'time.Duration') return duration(value);
  const names = type === 'time.Month' ? ['', ...monthNames] : type === 'time.Weekday' ? weekdayNames : [];
  const text = names[Number(value)] || `%!${type.replace(/^.*\./, '')}(${value})`;
  return names.length > 0
    ? { kind: 'integer', size, value, type, text }
    : { kind: 'integer', size, value, type };
}

function named(type: string, value: number, text: string | undefined): IntegerValue {
  return { kind: 'integer', size: 'int', value: BigInt(value), type, text: text ?? '' };
}
