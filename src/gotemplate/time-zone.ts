import { zoneAbbreviations } from './zone-abbreviations.ts';

/** A time zone as Go's `time.Location`. */
export interface Zone {
  /** `UTC`, `Local`, an IANA name, or the abbreviation of a fixed offset. */
  name: string;
  /** What holds at an instant, given in Unix seconds. Offsets are seconds east of UTC. */
  at(unixSeconds: number): ZoneOffset;
}

export interface ZoneOffset {
  offset: number;
  /** Empty when the zone has none; printed as a numeric offset then. */
  abbreviation: string;
}

export const utc: Zone = { name: 'UTC', at: () => ({ offset: 0, abbreviation: 'UTC' }) };

/** A zone with one offset for ever. */
export function fixedZone(abbreviation: string, offset: number): Zone {
  return { name: abbreviation, at: () => ({ offset, abbreviation }) };
}

/**
 * Go's `time.LoadLocation`: undefined for a name that is no zone.
 * Offsets come from the runtime's own time zone data, so they need no files in the image.
 */
export function loadZone(name: string, local: Zone): Zone | undefined {
  if (name === '' || name === 'UTC') return utc;
  if (name === 'Local') return local;
  const names = namesOfOffsets(name);
  if (names === undefined) return undefined;
  try {
    return intlZone(name, names);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The names that an offset has had: each from a time on, in Unix seconds. */
type OffsetNames = ReadonlyMap<number, readonly { from: number; name: string }[]>;

/** Undefined for what is no zone; names of zones are case-sensitive, as files are. */
function namesOfOffsets(zone: string): OffsetNames | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(zone)) return undefined;
  const line = zoneAbbreviations.split('\n').find((each) => {
    const zones = each.slice(each.indexOf('\t') + 1);
    return zones.includes(zone) && zones.split(' ').includes(zone);
  });
  if (line === undefined) return undefined;
  const offsets = line.slice(0, line.indexOf('\t')).split(' ');
  return new Map(
    offsets.map((each) => {
      const [offset = '', ...names] = each.split(/[:,]/);
      return [
        Number(offset),
        names.map((text) => {
          const [from = '', name = ''] = text.includes('=') ? text.split('=') : ['-Infinity', text];
          return { from: Number(from), name };
        }),
      ];
    }),
  );
}

function intlZone(name: string, names: OffsetNames): Zone {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return {
    name,
    at(unixSeconds) {
      const offset = offsetOf(clock, new Date(withinDates(unixSeconds) * 1000));
      const abbreviation = names.get(offset)?.findLast(({ from }) => from <= unixSeconds)?.name ?? '';
      return { offset, abbreviation: abbreviation === '' ? numericAbbreviation(offset) : abbreviation };
    },
  };
}

const LAST_DATE = 8_640_000_000_000;
const CALENDAR_CYCLE = 400 * 365.2425 * 86_400;

/** Dates of the runtime end in the year 275760; 400 years earlier the calendar and the rules were the same. */
function withinDates(unixSeconds: number): number {
  if (unixSeconds <= LAST_DATE) return Math.max(unixSeconds, -LAST_DATE);
  return LAST_DATE - CALENDAR_CYCLE + ((unixSeconds - LAST_DATE) % CALENDAR_CYCLE);
}

function offsetOf(clock: Intl.DateTimeFormat, date: Date): number {
  const parts = new Map(clock.formatToParts(date).map((part) => [part.type, part.value]));
  const field = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const year = parts.get('era') === 'BC' ? 1 - field('year') : field('year');
  const shown = new Date(0);
  shown.setUTCFullYear(year, field('month') - 1, field('day'));
  shown.setUTCHours(field('hour'), field('minute'), field('second'));
  return Math.round((shown.getTime() - Math.floor(date.getTime() / 1000) * 1000) / 1000);
}

/** The time zone database writes zones without a name of their own as `+03` or `+0530`. */
function numericAbbreviation(offset: number): string {
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const pair = (value: number) => String(value).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${pair(Math.trunc(minutes / 60))}${minutes % 60 === 0 ? '' : pair(minutes % 60)}`;
}
