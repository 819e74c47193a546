import { describe, expect, it } from 'vitest';
import { InvalidSchedule, parseCronSchedule } from './cron-schedule.ts';

const next = (schedule: string, after: string, timeZone?: string): string | undefined =>
  parseCronSchedule(schedule, timeZone).next(new Date(after))?.toISOString();

describe('a schedule', () => {
  it.each([
    ['*/15 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:15:00.000Z'],
    ['0 3 * * *', '2026-01-01T03:00:00Z', '2026-01-02T03:00:00.000Z'],
    ['30 2 1 jan *', '2026-01-01T02:30:00Z', '2027-01-01T02:30:00.000Z'],
    ['0 0 * * sun', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
    ['0 0 * * 7', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['5-10/5,40 1 ? * *', '2026-01-01T01:06:00Z', '2026-01-01T01:10:00.000Z'],
    ['@hourly', '2026-01-01T00:59:59Z', '2026-01-01T01:00:00.000Z'],
    ['@every 1h30m', '2026-01-01T00:00:00Z', '2026-01-01T01:30:00.000Z'],
  ])('%s is due after %s at %s', (schedule, after, due) => {
    expect(next(schedule, after)).toBe(due);
  });

  it('holds on either of two restricted days', () => {
    expect(next('0 0 13 * fri', '2026-01-01T00:00:00Z')).toBe('2026-01-02T00:00:00.000Z');
    expect(next('0 0 13 * fri', '2026-01-10T00:00:00Z')).toBe('2026-01-13T00:00:00.000Z');
  });

  it('counts in its own time zone, across a change of clocks', () => {
    expect(next('0 9 * * *', '2026-03-28T09:00:00Z', 'Europe/Berlin')).toBe('2026-03-29T07:00:00.000Z');
    expect(next('0 9 * * *', '2026-01-01T09:00:00Z', 'Asia/Kolkata')).toBe('2026-01-02T03:30:00.000Z');
  });

  it('that never comes has no next time', () => {
    expect(next('0 0 30 2 *', '2026-01-01T00:00:00Z')).toBeUndefined();
  });

  it.each([
    '',
    'every day',
    '* * * *',
    '60 * * * *',
    '* * 0 * *',
    '5-1 * * * *',
    '*/0 * * * *',
    '@every soon',
  ])('that cannot be read is refused: %s', (schedule) => {
    expect(() => parseCronSchedule(schedule)).toThrow(InvalidSchedule);
  });

  it('of a place that there is not is refused', () => {
    expect(() => parseCronSchedule('* * * * *', 'Nowhere/City')).toThrow('unknown time zone Nowhere/City');
  });
});
