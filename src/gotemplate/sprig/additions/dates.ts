import { formatDuration, InvalidDuration, parseDuration } from '../../duration.ts';
import { define, FunctionError } from '../../function.ts';
import type { FunctionMap } from '../../function.ts';
import { parseTime } from '../../parse-time.ts';
import { quote } from '../../quote.ts';
import { addNanoseconds, timeFromDate } from '../../time.ts';
import { loadZone, utc } from '../../time-zone.ts';
import { string } from '../../value.ts';
import type { Value } from '../../value.ts';
import { toInt64 } from '../conversion.ts';

const SECOND = 1_000_000_000n;

/** Units of a rounded duration: years have 365 days, months 30. */
const units: readonly [name: string, nanoseconds: bigint][] = [
  ['y', 365n * 86_400n * SECOND],
  ['mo', 30n * 86_400n * SECOND],
  ['d', 86_400n * SECOND],
  ['h', 3600n * SECOND],
  ['m', 60n * SECOND],
  ['s', SECOND],
];

export function dateAdditions(now: () => Date, timeZone: string): FunctionMap {
  const local = { ...(loadZone(timeZone, utc) ?? utc), name: 'Local' };
  const mustDateModify = define(['string', 'time.Time'], (text, date) => {
    try {
      return addNanoseconds(date, parseDuration(text));
    } catch (error) {
      if (!(error instanceof InvalidDuration)) throw error;
      throw new FunctionError(error.message, { cause: error });
    }
  });
  return {
    duration: define(['interface {}'], (value) =>
      string(formatDuration(BigInt.asIntN(64, secondsOf(value) * SECOND))),
    ),
    durationRound: define(['interface {}'], (value) => string(rounded(nanosecondsOf(value, now())))),
    mustToDate: define(['string', 'string'], (layout, text) => {
      const date = parseTime(layout, text, local);
      if (date !== undefined) return date;
      throw new FunctionError(`parsing time ${quote(text)} as ${quote(layout)}: it does not fit`);
    }),
    mustDateModify,
    must_date_modify: mustDateModify,
  };
}

/** Quirk: an `int`, which a literal is, counts for nothing. */
function secondsOf(value: Value): bigint {
  const counts = value.kind === 'string' || (value.kind === 'integer' && value.size === 'int64');
  return counts && value.type === undefined ? toInt64(value) : 0n;
}

function nanosecondsOf(value: Value, now: Date): bigint {
  if (value.kind === 'integer') return value.size === 'int64' && value.type === undefined ? value.value : 0n;
  if (value.kind === 'time') {
    const { seconds, nanoseconds } = timeFromDate(now, utc);
    return (seconds - value.seconds) * SECOND + BigInt(nanoseconds - value.nanoseconds);
  }
  if (value.kind !== 'string' || value.type !== undefined) return 0n;
  try {
    return parseDuration(value.value);
  } catch (error) {
    if (error instanceof InvalidDuration) return 0n;
    throw error;
  }
}

function rounded(nanoseconds: bigint): string {
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const unit = units.find(([, size]) => magnitude > size);
  return unit === undefined ? '0s' : `${magnitude / unit[1]}${unit[0]}`;
}
