import { afterEach, describe, expect, it, vi } from 'vitest';
import { readSettings } from './settings.ts';

afterEach(() => void vi.restoreAllMocks());

/** What the operator says to flags that it does not start with. */
function refusal(flag: string): string {
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  expect(() => readSettings([flag], {}, '1')).toThrow('exit 1');
  return said.join('');
}

describe('--concurrency', () => {
  it('is 64, or what is given', () => {
    expect(readSettings([], {}, '1').concurrency).toBe(64);
    expect(readSettings(['--concurrency', '1'], {}, '1').concurrency).toBe(1);
  });

  it.each(['0', '-1', '1.5', 'many', '10001'])('is refused when it is %s', (value) => {
    expect(refusal(`--concurrency=${value}`)).toContain('a number from 1 to 10000');
  });
});

describe('--sweep-after', () => {
  it('is ten minutes, or what is given', () => {
    expect(readSettings([], {}, '1').sweepAfter).toBe(600_000);
    expect(readSettings(['--sweep-after', '1h30m'], {}, '1').sweepAfter).toBe(5_400_000);
    expect(readSettings(['--sweep-after', '0'], {}, '1').sweepAfter).toBe(0);
  });

  it.each(['-1s', '10', 'later', ''])('is refused when it is %j', (value) => {
    expect(refusal(`--sweep-after=${value}`)).toContain('A time such as 90s, 30m or 1h is wanted, or 0.');
  });
});
