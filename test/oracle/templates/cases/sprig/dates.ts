import type { CaseGroup } from '../../oracle-case.ts';
import { expressions, everyKind } from './expressions.ts';

const layouts = [
  '2006-01-02',
  '15:04:05',
  '2006-01-02T15:04:05Z07:00',
  'Mon Jan _2 15:04:05 2006',
  '02 Jan 06 15:04 MST',
  'Monday, 02-Jan-06 15:04:05 MST',
  '3:04PM',
  '03:04:05.000pm',
  '.000000 ,000 .999 ,99',
  '002 __2 _2 2 02',
  'Z07 Z0700 Z070000 Z07:00:00 -07 -0700 -070000 -07:00:00',
  'January Jan 1 01 Monday Mon',
  'Month x 2007',
  '',
];

/** A date function with every layout and date; `_` stands for a layout, `@` for a date. */
const everyDate = (form: string) =>
  ['.time', '.berlin', '0', '1720000000', '.i', '.max', '-1', '(int 86400)']
    .flatMap((date) =>
      layouts.slice(0, date === '.time' ? undefined : 5).map((layout) => [layout, date] as const),
    )
    .map(([layout, date]) => form.replace('_', JSON.stringify(layout)).replace('@', date))
    .join('\n');

const zoned = (name: string) =>
  expressions(
    name,
    `
${everyDate(`${name} _ @ "America/New_York"`)}
${name} "15:04 MST" .time "Europe/Berlin"
${name} "15:04 MST" .time "UTC"
${name} "15:04 MST" .time ""
${name} "15:04 MST" .time "Local"
${name} "15:04 MST -07:00" .time "Asia/Kolkata"
${name} "15:04 MST -07:00" .berlin "Australia/Lord_Howe"
${name} "15:04 MST -07:00" .time "Nowhere/Nothing"
${name} "15:04 MST -07:00" .time "../etc/passwd"
${name} "15:04 MST -07:00" .time "EST5EDT"
${name} "15:04 MST -07:00" .time "Etc/GMT+5"
${name} "15:04 MST -07:00" .time "GMT"
${name} "15:04 MST -07:00:00" -5000000000 "Europe/Berlin"
${name} "2006 15:04 MST -07:00" 4102444800 "Europe/Berlin"
${name} "2006-01-02 15:04 MST -07:00" 1711846799 "Europe/Berlin"
${name} "2006-01-02 15:04 MST -07:00" 1711846800 "Europe/Berlin"
${name} "2006" .time
${name} "2006" .time 1
${name} 1 .time "UTC"
${name}
${name} "2006" .nope "UTC"
`,
  );

const modified = (name: string) =>
  expressions(
    name,
    `
${name} "1h" .time
${name} "-1.5h" .time
${name} "+1h30m5s" .berlin
${name} "1us" .time
${name} "1µs" .time
${name} "100ms" .time
${name} "0" .time
${name} "1d" .time
${name} "nonsense" .time
${name} "" .time
${name} "2562047h" .time
${name} "9999999h" .time
${name} "-2562047h" .time
${name} ".5m" .time
${name} "1h" .wait
${name} "1h" 5
${name} "1h" nil
${name} "1h" .null
${name} "1h"
${name} 1 .time
${name} "1h" "2024-01-01"
(${name} "24h" .time).Weekday
`,
  );

export const dateCases: CaseGroup[] = [
  expressions(
    'date',
    `
${everyDate('date _ @')}
date "2006" .work.Replicas
date "2006-01-02" .big
date "2006-01-02T15:04:05" -62135596801
date "2006-01-02" 253402300800
date "2006-01-02" 9223372036854775807
date "2006-01-02" -9223372036854775808
date "2006"
date 1 .time
date "2006" .nope
date "2006" .time 1
date .b .time
date "Jan 2 at 3pm (MST)" .time
date "20060102150405" .time
date "2006-1-2 3:4:5" .time
date "06/1/2" .time
date "☃ 2006 ☃" .time
date "\\xff2006" .time
date "Januaryx Janx Mondayx Monx" .time
date "Z070" .time
date "05.0 05,0 05.9 .0 0.0" .time
date "2006-01-02 MST" .berlin
date "Z07:00 -07:00:00 MST" .berlin
`,
  ),
  zoned('dateInZone'),
  zoned('date_in_zone'),
  expressions(
    'htmlDate',
    `
htmlDate .time
htmlDate .berlin
htmlDate 0
htmlDate 1720000000
htmlDate .max
htmlDate -62135596801
htmlDate .i
htmlDate (int64 86400)
htmlDate .ptr | len
htmlDate
htmlDate .time .time
htmlDate .nope
htmlDate 253402300800
`,
  ),
  expressions(
    'htmlDateInZone',
    `
htmlDateInZone .time "UTC"
htmlDateInZone .time "Asia/Tokyo"
htmlDateInZone .time "America/Los_Angeles"
htmlDateInZone .time "Nowhere"
htmlDateInZone .time ""
htmlDateInZone 0 "America/Los_Angeles"
htmlDateInZone .berlin "Local"
htmlDateInZone .time
htmlDateInZone "UTC"
htmlDateInZone .time 1
htmlDateInZone .nope "UTC"
`,
  ),
  modified('dateModify'),
  modified('date_modify'),
  expressions(
    'toDate',
    `
toDate "2006-01-02" "2024-02-29"
toDate "2006-01-02" "2023-02-29"
toDate "2006-01-02" "2024-13-01"
toDate "2006-01-02" "nonsense"
toDate "2006-01-02" ""
toDate "" ""
toDate "" "x"
toDate "2006-01-02T15:04:05Z07:00" "2024-01-02T03:04:05Z"
toDate "2006-01-02T15:04:05Z07:00" "2024-01-02T03:04:05+02:00"
toDate "2006-01-02T15:04:05Z07:00" "2024-01-02T03:04:05.123456789-07:00"
toDate "2006-01-02 15:04:05 MST" "2024-01-02 03:04:05 CET"
toDate "2006-01-02 15:04:05 MST" "2024-01-02 03:04:05 UTC"
toDate "2006-01-02 15:04:05 -0700 MST" "2024-01-02 03:04:05 +0100 CET"
toDate "3:04PM" "3:04PM"
toDate "3:04PM" "13:04PM"
toDate "3:04pm" "12:04am"
toDate "Jan 2, 2006" "Feb 3, 2024"
toDate "January 2, 2006" "february 13, 2024"
toDate "Monday 2 Jan 06" "Tuesday 2 Jan 24"
toDate "Mon _2 Jan 06" "Wed  2 Jan 69"
toDate "06" "68"
toDate "2006 002" "2024 060"
toDate "2006 002" "2023 366"
toDate "15:04:05.000" "03:04:05.123"
toDate "15:04:05" "03:04:05.123"
toDate "15:04:05" "03:04:05,5"
toDate "15:04:05.000" "03:04:05.12"
toDate "15:04" "24:00"
toDate "15:04" "23:60"
toDate "2006-01-02" "2024-1-2"
toDate "2006-1-2" "2024-01-02"
toDate "2006-01-02 x" "2024-01-02 y"
toDate "MST" "GMT+3"
toDate "MST" "ABCDE"
toDate "Z0700" "+0530"
toDate "-07:00:00" "+01:02:03"
(toDate "2006-01-02" "2024-02-29").Unix
(toDate "2006-01-02" "2024-02-29").Weekday
toDate "2006-01-02" "2024-02-30"
toDate "2006-01-02"
toDate 1 "a"
toDate "2006" 2024
toDate "2006" .b
toDate "2006" "2024" "UTC"
toDate "2006" .null
`,
  ),
  expressions(
    'unixEpoch',
    everyKind('unixEpoch _') +
      `
unixEpoch .time
unixEpoch .berlin
unixEpoch (toDate "2006" "1969")
unixEpoch (toDate "2006" "x")
printf "%T" (unixEpoch .time)
now | unixEpoch
unixEpoch
unixEpoch 1
unixEpoch nil
unixEpoch .wait
unixEpoch .null
unixEpoch .time .time
unixEpoch "2024"
unixEpoch .l0
`,
    { now: '2024-01-02T03:04:05Z' },
  ),
  expressions(
    'now',
    `
now.Year
now.Unix
now | date "2006-01-02T15:04:05Z07:00"
now | unixEpoch
typeOf now
kindOf now
(now.Add 3600000000000).Hour
now.Format "Jan 2006"
now 1
now nil
now.Nope
now | now
htmlDate now
now.UTC
now.IsZero
toJson now
`,
    { now: '2024-01-02T03:04:05.678Z' },
  ),
  expressions(
    'ago',
    `
ago now
ago .null
ago nil
ago "text"
ago .list
typeOf (ago now)
ago
ago now now
ago .nope
ago .s.x
ago .i32
`,
  ),
];
