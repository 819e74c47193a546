/** When a CronJob is due. */
export interface CronSchedule {
  /** The first time after the given one; nothing where there is none within five years (30 February). */
  next(after: Date): Date | undefined;
}

/** A schedule or time zone that cannot be read. */
export class InvalidSchedule extends Error {
  constructor(schedule: string, why: string) {
    super(`the schedule ${JSON.stringify(schedule)} cannot be read: ${why}`);
    this.name = 'InvalidSchedule';
  }
}

const NAMED: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MINUTE = 60_000;
const HORIZON = 5 * 366 * 24 * 60;

/**
 * Reads the five fields of cron (minute, hour, day of month, month, day of week), `@daily` and its like, and `@every 1h30m`, as
 * CronJobs have them: names of months and days, lists, ranges, steps, `?` for `*`; when both days are restricted, either will do.
 * @param timeZone an IANA name; UTC when absent, which is what the sandbox's clock shows.
 * @throws {InvalidSchedule}
 */
export function parseCronSchedule(schedule: string, timeZone = 'UTC'): CronSchedule {
  const every = /^@every\s+(.+)$/.exec(schedule.trim());
  if (every) return everySchedule(schedule, every[1] ?? '');
  const fields = (NAMED[schedule.trim()] ?? schedule).trim().split(/\s+/);
  if (fields.length !== 5) {
    throw new InvalidSchedule(
      schedule,
      `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`,
    );
  }
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const read = (text: string, first: number, last: number, names: string[] = []): Set<number> =>
    readField(schedule, text, { first, last, names });
  const minutes = read(minute, 0, 59);
  const hours = read(hour, 0, 23);
  const days = read(day, 1, 31);
  const months = read(month, 1, 12, ['', ...MONTHS]);
  const weekdays = read(weekday, 0, 7, DAYS);
  if (weekdays.has(7)) weekdays.add(0);
  const anyDay = isStar(day);
  const anyWeekday = isStar(weekday);
  const zone = zoneOf(schedule, timeZone);
  const dayMatches = (at: ZonedTime): boolean => {
    const [byDay, byWeekday] = [days.has(at.day), weekdays.has(at.weekday)];
    return anyDay || anyWeekday ? byDay && byWeekday : byDay || byWeekday;
  };
  return {
    next(after) {
      let time = Math.floor(after.getTime() / MINUTE) * MINUTE + MINUTE;
      const end = time + HORIZON * MINUTE;
      while (time < end) {
        const at = zone(time);
        if (!months.has(at.month) || !dayMatches(at)) time += (60 - at.minute + 60 * dayStep(at)) * MINUTE;
        else if (!hours.has(at.hour)) time += (60 - at.minute) * MINUTE;
        else if (!minutes.has(at.minute)) time += MINUTE;
        else return new Date(time);
      }
      return undefined;
    },
  };
}

/** Whole hours that are left of the day, but one: clocks that change make some days shorter. */
const dayStep = ({ hour }: ZonedTime): number => Math.max(22 - hour, 0);

const isStar = (text: string): boolean => /^[*?](\/1)?$/.test(text);

function readField(
  schedule: string,
  text: string,
  { first, last, names }: { first: number; last: number; names: string[] },
): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(?:([*?])|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:\/(\d+))?$/i.exec(part);
    if (!match) throw new InvalidSchedule(schedule, `failed to parse ${JSON.stringify(part)}`);
    const [, star, low = '', high, step] = match;
    const number = (word: string): number => {
      const named = names.indexOf(word.toLowerCase());
      const value = word !== '' && named >= 0 ? named : /^\d+$/.test(word) ? Number(word) : NaN;
      if (Number.isNaN(value)) throw new InvalidSchedule(schedule, `failed to parse int from ${word}`);
      return value;
    };
    const from = star ? first : number(low);
    // A single number with a step goes on to the end.
    const to = star ? last : high !== undefined ? number(high) : step !== undefined ? last : from;
    if (from < first)
      throw new InvalidSchedule(schedule, `beginning of range (${from}) below minimum (${first}): ${part}`);
    if (to > last)
      throw new InvalidSchedule(schedule, `end of range (${to}) above maximum (${last}): ${part}`);
    if (from > to)
      throw new InvalidSchedule(
        schedule,
        `beginning of range (${from}) beyond end of range (${to}): ${part}`,
      );
    const stride = Number(step ?? 1);
    if (stride === 0)
      throw new InvalidSchedule(schedule, `step of range should be a positive number: ${part}`);
    for (let value = from; value <= to; value += stride) values.add(value);
  }
  return values;
}

interface ZonedTime {
  minute: number;
  hour: number;
  day: number;
  month: number;
  weekday: number;
}

function zoneOf(schedule: string, timeZone: string): (time: number) => ZonedTime {
  if (timeZone === 'UTC') {
    return (time) => {
      const date = new Date(time);
      return {
        minute: date.getUTCMinutes(),
        hour: date.getUTCHours(),
        day: date.getUTCDate(),
        month: date.getUTCMonth() + 1,
        weekday: date.getUTCDay(),
      };
    };
  }
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      minute: 'numeric',
      hour: 'numeric',
      day: 'numeric',
      month: 'numeric',
      weekday: 'short',
    });
  } catch {
    // A RangeError that says the same in the runtime's words.
    throw new InvalidSchedule(schedule, `unknown time zone ${timeZone}`);
  }
  return (time) => {
    const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]));
    return {
      minute: Number(parts.get('minute')),
      hour: Number(parts.get('hour')),
      day: Number(parts.get('day')),
      month: Number(parts.get('month')),
      weekday: DAYS.indexOf((parts.get('weekday') ?? '').toLowerCase()),
    };
  };
}

function everySchedule(schedule: string, text: string): CronSchedule {
  const units: Record<string, number> = { ms: 1, s: 1000, m: MINUTE, h: 60 * MINUTE };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new InvalidSchedule(schedule, `failed to parse duration ${text}`);
  }
  const sum = parts.reduce((total, [, count, unit = '']) => total + Number(count) * (units[unit] ?? 0), 0);
  const period = Math.max(Math.floor(sum / 1000) * 1000, 1000);
  return { next: (after) => new Date(Math.floor(after.getTime() / 1000) * 1000 + period) };
}
