import { civil, dayNumber, monthNames, splitLayout, time, weekdayNames } from './time.ts';
import type { TimeValue } from './time.ts';
import { fixedZone, utc } from './time-zone.ts';
import type { Zone } from './time-zone.ts';

/** What has been read of a time. */
interface Fields {
  year: number;
  month: number | undefined;
  day: number | undefined;
  yearDay: number | undefined;
  hour: number;
  minute: number;
  second: number;
  nanoseconds: number;
  afternoon: boolean | undefined;
  offset: number | undefined;
  abbreviation: string;
  isUtc: boolean;
}

/** Go's `time.ParseInLocation`: undefined where Go returns an error. */
export function parseTime(layout: string, text: string, local: Zone): TimeValue | undefined {
  const fields: Fields = {
    year: 0,
    month: undefined,
    day: undefined,
    yearDay: undefined,
    hour: 0,
    minute: 0,
    second: 0,
    nanoseconds: 0,
    afternoon: undefined,
    offset: undefined,
    abbreviation: '',
    isUtc: false,
  };
  const parts = splitLayout(layout);
  let rest: string | undefined = text;
  for (const [i, part] of parts.entries()) {
    rest = i % 2 === 0 ? skipLiteral(rest, part) : readElement(fields, rest, part, parts[i + 2] ?? '');
    if (rest === undefined) return undefined;
  }
  return rest === '' ? assemble(fields, local) : undefined;
}

/** A run of spaces in the layout matches any run, also an empty one at the end of the text. */
function skipLiteral(text: string, literal: string): string | undefined {
  let rest = text;
  for (let i = 0; i < literal.length; i++) {
    const char = literal.charAt(i);
    if (char === ' ') {
      if (rest !== '' && !rest.startsWith(' ')) return undefined;
      rest = rest.replace(/^ +/, '');
      while (literal.charAt(i + 1) === ' ') i++;
    } else {
      if (!rest.startsWith(char)) return undefined;
      rest = rest.slice(1);
    }
  }
  return rest;
}

function readElement(fields: Fields, text: string, element: string, nextElement: string): string | undefined {
  const take = (pattern: RegExp, accept: (match: string) => boolean | void): string | undefined => {
    const match = pattern.exec(text)?.[0];
    return match === undefined || accept(match) === false ? undefined : text.slice(match.length);
  };
  const upTo = (limit: number, set: (value: number) => void) => (match: string) => {
    const value = Number(match);
    set(value);
    return value <= limit;
  };
  switch (element) {
    case 'January':
      return takeName(text, monthNames, (i) => (fields.month = i + 1));
    case 'Jan':
      return takeName(
        text,
        monthNames.map((name) => name.slice(0, 3)),
        (i) => (fields.month = i + 1),
      );
    case 'Monday':
      return takeName(text, weekdayNames, () => undefined);
    case 'Mon':
      return takeName(
        text,
        weekdayNames.map((name) => name.slice(0, 3)),
        () => undefined,
      );
    case '2006':
      return take(/^[0-9]{4}/, (match) => void (fields.year = Number(match)));
    case '06':
      return take(
        /^[0-9]{2}/,
        (match) => void (fields.year = Number(match) + (Number(match) >= 69 ? 1900 : 2000)),
      );
    case '1':
      return take(/^[0-9]{1,2}/, (match) => (fields.month = Number(match)) >= 1 && fields.month <= 12);
    case '01':
      return take(/^[0-9]{2}/, (match) => (fields.month = Number(match)) >= 1 && fields.month <= 12);
    case '2':
    case '_2':
      return take(
        element === '_2' ? /^ ?[0-9]{1,2}/ : /^[0-9]{1,2}/,
        (match) => void (fields.day = Number(match)),
      );
    case '02':
      return take(/^[0-9]{2}/, (match) => void (fields.day = Number(match)));
    case '002':
      return take(/^[0-9]{3}/, (match) => void (fields.yearDay = Number(match)));
    case '__2':
      return take(/^ {0,2}[0-9]{1,3}/, (match) => void (fields.yearDay = Number(match)));
    case '15':
      return take(
        /^[0-9]{1,2}/,
        upTo(23, (value) => (fields.hour = value)),
      );
    case '3':
      return take(
        /^[0-9]{1,2}/,
        upTo(12, (value) => (fields.hour = value)),
      );
    case '03':
      return take(
        /^[0-9]{2}/,
        upTo(12, (value) => (fields.hour = value)),
      );
    case '4':
      return take(
        /^[0-9]{1,2}/,
        upTo(59, (value) => (fields.minute = value)),
      );
    case '04':
      return take(
        /^[0-9]{2}/,
        upTo(59, (value) => (fields.minute = value)),
      );
    case '5':
    case '05': {
      const rest = take(
        element === '5' ? /^[0-9]{1,2}/ : /^[0-9]{2}/,
        upTo(59, (value) => (fields.second = value)),
      );
      // A fraction is read after the seconds even where the layout has none.
      if (rest === undefined || !/^[.,][0-9]/.test(rest) || /^[.,]/.test(nextElement)) return rest;
      return readFraction(fields, rest, /^[.,][0-9]+/);
    }
    case 'PM':
      return take(/^(?:AM|PM)/, (match) => void (fields.afternoon = match === 'PM'));
    case 'pm':
      return take(/^(?:am|pm)/, (match) => void (fields.afternoon = match === 'pm'));
    case 'MST':
      return readAbbreviation(fields, text);
  }
  if (/^[.,]/.test(element)) {
    if (element.charAt(1) === '9')
      return /^[.,][0-9]/.test(text) ? readFraction(fields, text, /^[.,][0-9]+/) : text;
    return readFraction(fields, text, new RegExp(`^[.,][0-9]{${element.length - 1}}`));
  }
  return readOffset(fields, text, element);
}

function takeName(
  text: string,
  names: readonly string[],
  found: (index: number) => void,
): string | undefined {
  const index = names.findIndex((name) => text.slice(0, name.length).toLowerCase() === name.toLowerCase());
  if (index < 0) return undefined;
  found(index);
  return text.slice(names[index]?.length);
}

function readFraction(fields: Fields, text: string, pattern: RegExp): string | undefined {
  const match = pattern.exec(text)?.[0];
  if (match === undefined) return undefined;
  fields.nanoseconds = Number(match.slice(1, 10).padEnd(9, '0'));
  return text.slice(match.length);
}

function readOffset(fields: Fields, text: string, element: string): string | undefined {
  if (element.startsWith('Z') && text.startsWith('Z')) {
    fields.isUtc = true;
    return text.slice(1);
  }
  const separator = element.includes(':') ? ':' : '';
  const groups = element.length <= 3 ? 1 : element.length <= 6 ? 2 : 3;
  const pattern = new RegExp(`^([+-])(\\d\\d)${`${separator}(\\d\\d)`.repeat(groups - 1)}`);
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [all, sign, hours, minutes = '0', seconds = '0'] = match;
  if (Number(hours) > 24 || Number(minutes) > 60 || Number(seconds) > 60) return undefined;
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  fields.offset = sign === '-' ? -offset : offset;
  return text.slice(all.length);
}

/** UTC, three or four capital letters, `GMT+3`, or a numeric `+03`. */
function readAbbreviation(fields: Fields, text: string): string | undefined {
  if (text.startsWith('UTC')) {
    fields.isUtc = true;
    return text.slice(3);
  }
  const match =
    /^(?:ChST|MeST|GMT[+-][0-9]{1,2}|[+-][0-9]{2}|[A-Z]{4}T|WITA|[A-Z]{3}T|[A-Z]{3})(?![A-Z])/.exec(
      text,
    )?.[0];
  if (match === undefined) return undefined;
  fields.abbreviation = match;
  return text.slice(match.length);
}

function assemble(fields: Fields, local: Zone): TimeValue | undefined {
  if (fields.afternoon === true && fields.hour < 12) fields.hour += 12;
  else if (fields.afternoon === false && fields.hour === 12) fields.hour = 0;
  const days = dayOf(fields);
  if (days === undefined) return undefined;
  const clock = BigInt(days) * 86400n + BigInt(fields.hour * 3600 + fields.minute * 60 + fields.second);
  const nanoseconds = BigInt(fields.nanoseconds);
  if (fields.isUtc) return time(clock, nanoseconds, utc);
  if (fields.offset !== undefined) {
    const seconds = clock - BigInt(fields.offset);
    const here = local.at(Number(seconds));
    const isLocal =
      here.offset === fields.offset &&
      (fields.abbreviation === '' || here.abbreviation === fields.abbreviation);
    return time(seconds, nanoseconds, isLocal ? local : fixedZone(fields.abbreviation, fields.offset));
  }
  const seconds = clock - BigInt(offsetAtWallClock(local, Number(clock)));
  if (fields.abbreviation === '' || local.at(Number(seconds)).abbreviation === fields.abbreviation) {
    return time(seconds, nanoseconds, local);
  }
  // An abbreviation that means nothing here gets the offset 0, as in Go; only GMT+3 tells its own.
  const hours = /^(?:GMT)?([+-]\d{1,2})$/.exec(fields.abbreviation)?.[1];
  const offset = Number(hours ?? 0) * 3600;
  // Quirk: the offset changes what the time shows, not which one it is.
  return time(clock, nanoseconds, fixedZone(fields.abbreviation, offset));
}

function dayOf(fields: Fields): number | undefined {
  if (fields.yearDay !== undefined) {
    const days = dayNumber(fields.year, 1, 1) + fields.yearDay - 1;
    const isInYear = fields.yearDay >= 1 && days < dayNumber(fields.year + 1, 1, 1);
    const date = civil(time(BigInt(days) * 86400n, 0n, utc));
    const agrees = (fields.month ?? date.month) === date.month && (fields.day ?? date.day) === date.day;
    return isInYear && agrees ? days : undefined;
  }
  const month = fields.month ?? 1;
  const day = fields.day ?? 1;
  const isInMonth =
    day >= 1 && day <= dayNumber(fields.year, month + 1, 1) - dayNumber(fields.year, month, 1);
  return isInMonth ? dayNumber(fields.year, month, day) : undefined;
}

/** The offset that a wall clock of the zone has at a reading, the earlier instant where it reads the same twice. */
function offsetAtWallClock(zone: Zone, clock: number): number {
  const guess = zone.at(clock).offset;
  const before = zone.at(clock - guess).offset;
  return before === guess ? guess : zone.at(clock - before).offset === before ? before : guess;
}
