import { formatDuration } from './duration.ts';
import { define } from './function.ts';
import type { TemplateFunction } from './function.ts';
import {
  addNanoseconds,
  civil,
  dayNumber,
  formatTime,
  monthNames,
  time,
  weekdayNames,
  zeroTime,
} from './time.ts';
import type { TimeValue } from './time.ts';
import { utc } from './time-zone.ts';
import { bool, float, int, int64, string } from './value.ts';
import type { IntegerValue } from './value.ts';

/** The methods of Go's `time.Time`, `time.Duration`, `time.Month` and `time.Weekday` that a template can use. */
export function timeMethod(value: TimeValue | IntegerValue, name: string): TemplateFunction | undefined {
  const methods = value.kind === 'time' ? methodsOfTime(value) : methodsOfInteger(value);
  return Object.hasOwn(methods, name) ? methods[name] : undefined;
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

function methodsOfTime(value: TimeValue): Record<string, TemplateFunction> {
  const parts = civil(value);
  const unixNanoseconds = value.seconds * 1_000_000_000n + BigInt(value.nanoseconds);
  const compare = (other: TimeValue): bigint => nanosecondsBetween(value, other);
  return {
    Format: define(['string'], (layout) => string(formatTime(value, layout))),
    String: define([], () => string(formatTime(value, '2006-01-02 15:04:05.999999999 -0700 MST'))),
    Unix: define([], () => int64(value.seconds)),
    UnixMilli: define([], () => int64(value.seconds * 1000n + BigInt(Math.trunc(value.nanoseconds / 1e6)))),
    UnixMicro: define([], () =>
      int64(value.seconds * 1_000_000n + BigInt(Math.trunc(value.nanoseconds / 1e3))),
    ),
    UnixNano: define([], () => int64(unixNanoseconds)),
    Year: define([], () => int(parts.year)),
    Month: define([], () => named('time.Month', parts.month, monthNames[parts.month - 1])),
    Day: define([], () => int(parts.day)),
    YearDay: define([], () => int(parts.yearDay)),
    Weekday: define([], () => named('time.Weekday', parts.weekday, weekdayNames[parts.weekday])),
    Hour: define([], () => int(parts.hour)),
    Minute: define([], () => int(parts.minute)),
    Second: define([], () => int(parts.second)),
    Nanosecond: define([], () => int(value.nanoseconds)),
    UTC: define([], () => ({ ...value, zone: utc })),
    IsZero: define([], () => bool(value.seconds === zeroTime.seconds && value.nanoseconds === 0)),
    Add: define(['time.Duration'], (nanoseconds) => addNanoseconds(value, nanoseconds)),
    AddDate: define(['int', 'int', 'int'], (years, months, days) =>
      addDate(value, Number(years), Number(months), Number(days)),
    ),
    Sub: define(['time.Time'], (other) => duration(compare(other))),
    After: define(['time.Time'], (other) => bool(compare(other) > 0n)),
    Before: define(['time.Time'], (other) => bool(compare(other) < 0n)),
    Equal: define(['time.Time'], (other) => bool(compare(other) === 0n)),
  };
}

function methodsOfInteger(value: IntegerValue): Record<string, TemplateFunction> {
  const { text, type } = value;
  if (text === undefined) return {};
  const common = { String: define([], () => string(text)) };
  if (type !== 'time.Duration') return common;
  return {
    ...common,
    Hours: define([], () => float(Number(value.value) / 3.6e12)),
    Minutes: define([], () => float(Number(value.value) / 6e10)),
    Seconds: define([], () => float(Number(value.value) / 1e9)),
    Milliseconds: define([], () => int64(value.value / 1_000_000n)),
    Microseconds: define([], () => int64(value.value / 1000n)),
    Nanoseconds: define([], () => int64(value.value)),
  };
}

/** Go's `Sub`: saturates at the longest duration. */
function nanosecondsBetween(value: TimeValue, other: TimeValue): bigint {
  const exact =
    (value.seconds - other.seconds) * 1_000_000_000n + BigInt(value.nanoseconds - other.nanoseconds);
  const limit = 2n ** 63n;
  return exact >= limit ? limit - 1n : exact < -limit ? -limit : exact;
}

function addDate(value: TimeValue, years: number, months: number, days: number): TimeValue {
  const parts = civil(value);
  const day = dayNumber(parts.year + years, parts.month + months, parts.day + days);
  const clock = BigInt(day) * 86400n + BigInt(parts.hour * 3600 + parts.minute * 60 + parts.second);
  const { offset } = value.zone.at(Number(clock) - parts.offset);
  return time(clock - BigInt(offset), BigInt(value.nanoseconds), value.zone);
}

function named(type: string, value: number, text: string | undefined): IntegerValue {
  return { kind: 'integer', size: 'int', value: BigInt(value), type, text: text ?? '' };
}
