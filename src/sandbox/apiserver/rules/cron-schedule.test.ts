import { describe, expect, it } from 'vitest';
import { scheduleComplaint } from './cron-schedule.ts';

describe('a cron schedule', () => {
  it.each(['0 3 * * *', '*/5 0-6/2 1,15 jan-mar MON', '@daily', '@every 1h30m', '? * ? * 0'])(
    'may be %s',
    (schedule) => {
      expect(scheduleComplaint(schedule)).toBeUndefined();
    },
  );

  it.each([
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['@now', 'unrecognized descriptor: @now'],
  ])('may not be %s', (schedule, complaint) => {
    expect(scheduleComplaint(schedule)).toBe(complaint);
  });
});
