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
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(name)) return undefined;
  try {
    return intlZone(name);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function intlZone(name: string): Zone {
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
  // Abbreviations are local: no one locale of the runtime's data knows those of all regions.
  const namers = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA'].map(
    (locale) => new Intl.DateTimeFormat(locale, { timeZone: name, timeZoneName: 'short' }),
  );
  return {
    name,
    at(unixSeconds) {
      const date = new Date(unixSeconds * 1000);
      const offset = offsetOf(clock, date);
      const names = namers.map(
        (namer) => namer.formatToParts(date).find((part) => part.type === 'timeZoneName')?.value ?? '',
      );
      const abbreviation = names.find((candidate) => /^[A-Z]{3,5}$/.test(candidate));
      return { offset, abbreviation: abbreviation ?? numericAbbreviation(offset) };
    },
  };
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
