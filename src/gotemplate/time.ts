import { quote } from './quote.ts';
import { utc } from './time-zone.ts';
import type { Zone } from './time-zone.ts';

/** Go's `time.Time`. */
export interface TimeValue {
  kind: 'time';
  /** Unix time; the nanoseconds, 0 to 999999999, are added. */
  seconds: bigint;
  nanoseconds: number;
  zone: Zone;
}

/** Go's zero time: the first instant of the year 1. */
export const zeroTime: TimeValue = Object.freeze({
  kind: 'time',
  seconds: -62135596800n,
  nanoseconds: 0,
  zone: utc,
});

/** A time from Unix seconds and nanoseconds, which may be outside 0 to 999999999. */
export function time(seconds: bigint, nanoseconds: bigint, zone: Zone): TimeValue {
  const carry = (nanoseconds - BigInt.asUintN(64, modulo(nanoseconds, 1_000_000_000n))) / 1_000_000_000n;
  return {
    kind: 'time',
    seconds: seconds + carry,
    nanoseconds: Number(modulo(nanoseconds, 1_000_000_000n)),
    zone,
  };
}

export function timeFromDate(date: Date, zone: Zone): TimeValue {
  return time(0n, BigInt(date.getTime()) * 1_000_000n, zone);
}

/** The later time, or the earlier one for a negative number of nanoseconds. */
export function addNanoseconds(value: TimeValue, nanoseconds: bigint): TimeValue {
  return time(value.seconds, BigInt(value.nanoseconds) + nanoseconds, value.zone);
}

/** The parts of a time in its zone. */
export interface Civil {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** 0 is Sunday. */
  weekday: number;
  /** 1 to 366. */
  yearDay: number;
  offset: number;
  abbreviation: string;
}

export function civil(value: TimeValue): Civil {
  const { offset, abbreviation } = value.zone.at(Number(value.seconds));
  // Go counts in 64 bits from a year far in the past, and wraps around.
  const local = BigInt.asUintN(64, value.seconds + BigInt(offset) + YEAR_ZERO) - YEAR_ZERO;
  const days = Number((local - modulo(local, 86400n)) / 86400n);
  const rest = Number(modulo(local, 86400n));
  const { year, month, day } = dateOfDay(days);
  return {
    year,
    month,
    day,
    hour: Math.trunc(rest / 3600),
    minute: Math.trunc(rest / 60) % 60,
    second: rest % 60,
    weekday: (((days + 4) % 7) + 7) % 7,
    yearDay: days - dayNumber(year, 1, 1) + 1,
    offset,
    abbreviation,
  };
}

/** Seconds from the first of March of the year -292277022400 to 1970. */
const YEAR_ZERO = ((292_277_022_400n * 3_652_425n) / 10_000n + 306n) * 86_400n + 62_135_596_800n;

/** Days since 1970-01-01 of a date of the proleptic Gregorian calendar; day and month may overflow. */
export function dayNumber(year: number, month: number, day: number): number {
  const date = new Date(0);
  const cycles = Math.floor(year / 400);
  date.setUTCFullYear(year - cycles * 400, month - 1, 1);
  return Math.round(date.getTime() / 86_400_000) + cycles * DAYS_OF_400_YEARS + day - 1;
}

/** The calendar repeats itself; dates of the runtime reach only to the year 275760. */
const DAYS_OF_400_YEARS = 146_097;

function dateOfDay(days: number): { year: number; month: number; day: number } {
  const cycles = Math.floor(days / DAYS_OF_400_YEARS);
  const date = new Date((days - cycles * DAYS_OF_400_YEARS) * 86_400_000);
  const year = date.getUTCFullYear() + cycles * 400;
  return { year, month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function modulo(value: bigint, by: bigint): bigint {
  return ((value % by) + by) % by;
}

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const weekdayNames = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;

/** Elements of a Go layout: the parts of the reference time `Mon Jan 2 15:04:05 MST 2006`. */
const layoutElements =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|__2|_2(?!006)|[345]|PM|pm|[-Z]07(?::00(?::00)?|00(?:00)?)?|[.,](?:0+|9+)(?![0-9])/g;

/** Splits a layout into literal texts (even places) and elements (odd places). */
export function splitLayout(layout: string): string[] {
  const parts: string[] = [];
  let end = 0;
  layoutElements.lastIndex = 0;
  for (let match = layoutElements.exec(layout); match !== null; match = layoutElements.exec(layout)) {
    parts.push(layout.slice(end, match.index), match[0]);
    end = match.index + match[0].length;
  }
  parts.push(layout.slice(end));
  return parts;
}

/** Go's `Time.Format`. */
export function formatTime(value: TimeValue, layout: string): string {
  const parts = civil(value);
  let text = '';
  for (const [i, part] of splitLayout(layout).entries())
    text += i % 2 === 0 ? part : formatElement(part, parts, value.nanoseconds);
  return text;
}

function formatElement(element: string, parts: Civil, nanoseconds: number): string {
  const hour12 = parts.hour % 12 === 0 ? 12 : parts.hour % 12;
  switch (element) {
    case 'January':
      return monthNames[parts.month - 1] ?? '';
    case 'Jan':
      return (monthNames[parts.month - 1] ?? '').slice(0, 3);
    case 'Monday':
      return weekdayNames[parts.weekday] ?? '';
    case 'Mon':
      return (weekdayNames[parts.weekday] ?? '').slice(0, 3);
    case 'MST':
      return parts.abbreviation === '' ? formatOffset('-0700', parts.offset) : parts.abbreviation;
    case '1':
      return String(parts.month);
    case '01':
      return two(parts.month);
    case '2':
      return String(parts.day);
    case '02':
      return two(parts.day);
    case '_2':
      return String(parts.day).padStart(2);
    case '002':
      return String(parts.yearDay).padStart(3, '0');
    case '__2':
      return String(parts.yearDay).padStart(3);
    case '15':
      return two(parts.hour);
    case '3':
      return String(hour12);
    case '03':
      return two(hour12);
    case '4':
      return String(parts.minute);
    case '04':
      return two(parts.minute);
    case '5':
      return String(parts.second);
    case '05':
      return two(parts.second);
    case '2006':
      return parts.year < 0
        ? `-${String(-parts.year).padStart(4, '0')}`
        : String(parts.year).padStart(4, '0');
    case '06':
      return two(((parts.year % 100) + 100) % 100);
    case 'PM':
      return parts.hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return parts.hour >= 12 ? 'pm' : 'am';
  }
  if (/^[-Z]07/.test(element)) return formatOffset(element, parts.offset);
  return formatFraction(element, nanoseconds);
}

function formatOffset(element: string, offset: number): string {
  if (element.startsWith('Z') && offset === 0) return 'Z';
  const magnitude = Math.abs(offset);
  const colon = element.includes(':') ? ':' : '';
  const hours = two(Math.trunc(magnitude / 3600));
  const minutes = element.length > 3 ? colon + two(Math.trunc(magnitude / 60) % 60) : '';
  const seconds = element.length > 6 ? colon + two(magnitude % 60) : '';
  return `${offset < 0 ? '-' : '+'}${hours}${minutes}${seconds}`;
}

function formatFraction(element: string, nanoseconds: number): string {
  const digits = String(nanoseconds)
    .padStart(9, '0')
    .padEnd(element.length - 1, '0')
    .slice(0, element.length - 1);
  if (element.charAt(1) === '0') return element.charAt(0) + digits;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : element.charAt(0) + trimmed;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Go's `Time.GoString`, which `%#v` prints. */
export function goSyntaxOfTime(value: TimeValue): string {
  const { year, month, day, hour, minute, second } = civil(value);
  const { name } = value.zone;
  const zone = name === 'UTC' || name === 'Local' ? `time.${name}` : `time.Location(${quote(name)})`;
  const date = `${year}, time.${monthNames[month - 1] ?? ''}, ${day}`;
  return `time.Date(${date}, ${hour}, ${minute}, ${second}, ${value.nanoseconds}, ${zone})`;
}
