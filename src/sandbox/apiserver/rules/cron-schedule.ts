interface CronField {
  name: string;
  least: number;
  most: number;
  names?: string[];
}

const FIELDS: CronField[] = [
  { name: 'minutes', least: 0, most: 59 },
  { name: 'hours', least: 0, most: 23 },
  { name: 'dom', least: 1, most: 31 },
  {
    name: 'month',
    least: 1,
    most: 12,
    names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'dow', least: 0, most: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

const DESCRIPTORS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** What is wrong with a cron schedule of five fields or a descriptor, in the words of robfig/cron; undefined when nothing is. */
export function scheduleComplaint(schedule: string): string | undefined {
  const spec = schedule.replace(/^(TZ|CRON_TZ)=\S*\s*/, '');
  if (spec.startsWith('@')) return descriptorComplaint(spec);
  const parts = spec.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== FIELDS.length) {
    return `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`;
  }
  for (const [index, field] of FIELDS.entries()) {
    for (const range of (parts[index] ?? '').split(',').filter((part) => part !== '')) {
      const complaint = rangeComplaint(range, field);
      if (complaint !== undefined) return complaint;
    }
  }
  return undefined;
}

function descriptorComplaint(spec: string): string | undefined {
  if (DESCRIPTORS.includes(spec)) return undefined;
  if (!spec.startsWith('@every ')) return `unrecognized descriptor: ${spec}`;
  const duration = spec.slice('@every '.length);
  if (/^[-+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+)$/.test(duration)) return undefined;
  return `failed to parse duration ${spec}: time: invalid duration ${JSON.stringify(duration)}`;
}

function rangeComplaint(expression: string, field: CronField): string | undefined {
  const [range = '', step, ...more] = expression.split('/');
  const [low = '', high, ...rest] = range.split('-');
  let start = field.least;
  let end = field.most;
  if (low !== '*' && low !== '?') {
    const first = numberOf(low, field);
    if (typeof first === 'string') return first;
    start = first;
    if (rest.length > 0) return `too many hyphens: ${expression}`;
    const last = high === undefined ? first : numberOf(high, field);
    if (typeof last === 'string') return last;
    end = last;
    if (high === undefined && step !== undefined) end = field.most;
  }
  if (more.length > 0) return `too many slashes: ${expression}`;
  const width = step === undefined ? 1 : numberOf(step, { ...field, names: [] });
  if (typeof width === 'string') return width;
  if (start < field.least)
    return `beginning of range (${start}) below minimum (${field.least}): ${expression}`;
  if (end > field.most) return `end of range (${end}) above maximum (${field.most}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  if (width === 0) return `step of range should be a positive number: ${expression}`;
  return undefined;
}

/** The number, or what is wrong with it. */
function numberOf(text: string, { names = [] }: CronField): number | string {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0 && text !== '') return named;
  if (/^[-+]?\d+$/.test(text)) {
    const value = Number(text);
    return value < 0 ? `negative number (${value}) not allowed: ${text}` : value;
  }
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}
