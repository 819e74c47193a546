import { InvalidDuration, parseDuration } from '../gotemplate/duration.ts';
import { UsageError } from './usage-error.ts';

/**
 * A flag of a command. `parse` takes the value of one occurrence and what earlier occurrences gave; flags without a
 * `placeholder` take no value. The kinds, and the texts of their errors, are those of the original's flag library
 * (spf13/pflag), because scripts were written against them.
 */
export interface Flag<T> {
  /** One letter. */
  short?: string;
  usage: string;
  placeholder?: string;
  initial: T;
  parse(value: string, before: T | undefined): T;
}

export type Flags = Record<string, Flag<unknown>>;
export type FlagValues<F extends Flags> = { [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

interface FlagOptions {
  short?: string;
  usage: string;
}

export function textFlag({ initial = '', ...options }: FlagOptions & { initial?: string }): Flag<string> {
  return { ...options, placeholder: 'string', initial, parse: (value) => value };
}

export function booleanFlag(options: FlagOptions): Flag<boolean> {
  return { ...options, initial: false, parse: parseBoolean };
}

/** Comma-separated values; quotes as in CSV. May be given several times. */
export function listFlag(options: FlagOptions): Flag<string[]> {
  return {
    ...options,
    placeholder: 'strings',
    initial: [],
    parse: (value, before = []) => [...before, ...parseCsvRecord(value)],
  };
}

/** Comma-separated `key=value` pairs. May be given several times. */
export function mapFlag(options: FlagOptions): Flag<Record<string, string>> {
  return {
    ...options,
    placeholder: 'stringToString',
    initial: {},
    parse: (value, before = {}) => ({ ...before, ...Object.fromEntries(parsePairs(value)) }),
  };
}

/** A Go duration above zero, as text; empty when absent. */
export function durationFlag(options: FlagOptions): Flag<string> {
  return { ...options, placeholder: 'duration', initial: '', parse: parsePositiveDuration };
}

function parsePositiveDuration(value: string): string {
  try {
    if (parseDuration(value) > 0n) return value;
  } catch (error) {
    if (!(error instanceof InvalidDuration)) throw error;
    throw new UsageError(error.message);
  }
  throw new UsageError('expected a time above zero, such as 90s, 30m or 1h30m');
}

function parseBoolean(value: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value)) return false;
  throw new UsageError(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
}

function parsePairs(value: string): [string, string][] {
  // A single pair is no CSV: its value may hold commas.
  const pairs = value.split('=').length === 2 ? [value.replace(/^"+|"+$/g, '')] : parseCsvRecord(value);
  return pairs.map((pair) => {
    const separator = pair.indexOf('=');
    if (separator < 0) throw new UsageError(`${pair} must be formatted as key=value`);
    return [pair.slice(0, separator), pair.slice(separator + 1)];
  });
}

/** One record of RFC 4180, read as Go's encoding/csv reads it. */
export function parseCsvRecord(record: string): string[] {
  if (record === '') return [];
  const fields: string[] = [];
  let rest = record;
  for (;;) {
    const field = rest.startsWith('"') ? quotedField(record, rest) : plainField(record, rest);
    fields.push(field.value);
    if (field.length === rest.length) return fields;
    rest = rest.slice(field.length + 1);
  }
}

interface CsvField {
  value: string;
  /** As written, with its quotes. */
  length: number;
}

function plainField(record: string, rest: string): CsvField {
  const end = rest.indexOf(',');
  const value = end < 0 ? rest : rest.slice(0, end);
  const quote = value.indexOf('"');
  if (quote >= 0) throw malformed(record, rest, quote, 'bare " in non-quoted field');
  return { value, length: value.length };
}

function quotedField(record: string, rest: string): CsvField {
  const match = /^"((?:[^"]|"")*)"/.exec(rest);
  if (!match) throw malformed(record, rest, rest.length, 'extraneous or missing " in quoted-field');
  const [written, inner = ''] = match;
  const next = rest[written.length];
  if (next !== undefined && next !== ',') {
    throw malformed(record, rest, written.length - 1, 'extraneous or missing " in quoted-field');
  }
  return { value: inner.replaceAll('""', '"'), length: written.length };
}

function malformed(record: string, rest: string, offset: number, problem: string): UsageError {
  return new UsageError(
    `parse error on line 1, column ${record.length - rest.length + offset + 1}: ${problem}`,
  );
}
