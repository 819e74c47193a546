import { InvalidGoValue } from './reading.ts';

const LAYOUTS = { seconds: '2006-01-02T15:04:05Z07:00', microseconds: '2006-01-02T15:04:05.000000Z07:00' };

/** The parts of RFC 3339 in order: what each must look like, how Go's layout names it, and the range of its number. */
const PARTS: readonly { form: RegExp; layout: string; minimum?: number; maximum?: number; name?: string }[] =
  [
    { form: /^\d{4}/, layout: '2006' },
    { form: /^-/, layout: '-' },
    { form: /^\d\d/, layout: '01', minimum: 1, maximum: 12, name: 'month' },
    { form: /^-/, layout: '-' },
    { form: /^\d\d/, layout: '02', minimum: 1, maximum: 31, name: 'day' },
    { form: /^T/, layout: 'T' },
    { form: /^\d\d/, layout: '15', maximum: 23, name: 'hour' },
    { form: /^:/, layout: ':' },
    { form: /^\d\d/, layout: '04', maximum: 59, name: 'minute' },
    { form: /^:/, layout: ':' },
    { form: /^\d\d(?:[.,]\d+)?/, layout: '05', maximum: 59, name: 'second' },
    { form: /^(?:Z|[+-]\d\d:\d\d)/, layout: 'Z07:00' },
  ];

/**
 * Reads a time of RFC 3339, and gives it as the API writes it: in UTC, to the second or the microsecond.
 * @throws {InvalidGoValue} in the words of Go's time package.
 */
export function parseGoTime(text: string, precision: 'seconds' | 'microseconds'): string {
  const layout = LAYOUTS[precision];
  let rest = text;
  for (const { form, layout: element, minimum = 0, maximum = Infinity, name } of PARTS) {
    const found = form.exec(rest)?.[0];
    if (found === undefined) {
      throw fault(
        text,
        layout,
        `: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}`.slice(1),
      );
    }
    const number = Number.parseInt(found, 10);
    if (name !== undefined && (number < minimum || number > maximum)) throw outOfRange(text, name);
    rest = rest.slice(found.length);
    if (element === '05' && precision === 'microseconds' && !/[.,]\d{6}$/.test(found)) {
      throw fault(text, layout, ` cannot parse ${JSON.stringify(`${found.slice(2)}${rest}`)} as ".000000"`);
    }
  }
  if (rest !== '') throw outOf(text, `: extra text: ${JSON.stringify(rest)}`);
  const date = new Date(text.replace(',', '.'));
  // A day that its month does not have: JavaScript goes on counting, or gives up.
  const days = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
  if (Number.isNaN(date.getTime()) || Number(text.slice(8, 10)) > days) throw outOfRange(text, 'day');
  const whole = date.toISOString().slice(0, 19);
  if (precision === 'seconds') return `${whole}Z`;
  const fraction = /[.,](\d{6})/.exec(text)?.[1] ?? '000000';
  return `${whole}.${fraction}Z`;
}

const fault = (text: string, layout: string, why: string): InvalidGoValue =>
  new InvalidGoValue(`parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}:${why}`);

const outOf = (text: string, why: string): InvalidGoValue =>
  new InvalidGoValue(`parsing time ${JSON.stringify(text)}${why}`);

const outOfRange = (text: string, name: string): InvalidGoValue => outOf(text, `: ${name} out of range`);
