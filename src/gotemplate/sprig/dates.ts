import { formatDuration, InvalidDuration, parseDuration } from '../duration.ts';
import { define } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { parseTime } from '../parse-time.ts';
import { addNanoseconds, formatTime, time, timeFromDate, zeroTime } from '../time.ts';
import type { TimeValue } from '../time.ts';
import { loadZone, utc } from '../time-zone.ts';
import type { Zone } from '../time-zone.ts';
import { string } from '../value.ts';
import type { Value } from '../value.ts';

export interface DateOptions {
  now(): Date;
  /** The zone that Go calls Local; an IANA name. */
  timeZone: string;
}

/** sprig's dates. A date is a time or Unix seconds; anything else means now. */
export function dateFunctions(options: DateOptions): FunctionMap {
  const local: Zone = { ...(loadZone(options.timeZone, utc) ?? utc), name: 'Local' };
  const now = () => timeFromDate(options.now(), local);
  const inZone = (layout: string, date: Value, zone: string) =>
    string(formatTime({ ...(timeOf(date, local) ?? now()), zone: loadZone(zone, local) ?? utc }, layout));
  const dateInZone = define(['string', 'interface {}', 'string'], inZone);
  const dateModify = define(['string', 'time.Time'], modify);
  return {
    now: define([], now),
    date: define(['string', 'interface {}'], (layout, date) => inZone(layout, date, 'Local')),
    dateInZone,
    date_in_zone: dateInZone,
    htmlDate: define(['interface {}'], (date) => inZone('2006-01-02', date, 'Local')),
    htmlDateInZone: define(['interface {}', 'string'], (date, zone) => inZone('2006-01-02', date, zone)),
    dateModify,
    date_modify: dateModify,
    toDate: define(['string', 'string'], (layout, text) => parseTime(layout, text, local) ?? zeroTime),
    unixEpoch: define(['time.Time'], (date) => string(String(date.seconds))),
    ago: define(['interface {}'], (date) => string(ago(now(), timeOf(date, local)))),
  };
}

function timeOf(date: Value, local: Zone): TimeValue | undefined {
  if (date.kind === 'time') return date;
  if (date.kind === 'pointer' && date.target?.kind === 'time') return date.target;
  const isCount =
    date.kind === 'integer' && date.type === undefined && ['int', 'int32', 'int64'].includes(date.size);
  return isCount ? time(date.value, 0n, local) : undefined;
}

function modify(text: string, date: TimeValue): TimeValue {
  try {
    return addNanoseconds(date, parseDuration(text));
  } catch (error) {
    // sprig returns the date as it was.
    if (error instanceof InvalidDuration) return date;
    throw error;
  }
}

/** Rounded to seconds, half away from zero. */
function ago(now: TimeValue, date: TimeValue = now): string {
  const elapsed = (now.seconds - date.seconds) * 1_000_000_000n + BigInt(now.nanoseconds - date.nanoseconds);
  const half = elapsed < 0n ? -500_000_000n : 500_000_000n;
  return formatDuration(((elapsed + half) / 1_000_000_000n) * 1_000_000_000n);
}
