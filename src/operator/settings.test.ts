import { afterEach, describe, expect, it, vi } from 'vitest';
import { readSettings } from './settings.ts';

afterEach(() => void vi.restoreAllMocks());

describe('--concurrency', () => {
  it('is 64, or what is given', () => {
    expect(readSettings([], {}, '1').concurrency).toBe(64);
    expect(readSettings(['--concurrency', '1'], {}, '1').concurrency).toBe(1);
  });

  it.each(['0', '-1', '1.5', 'many', '10001'])('is refused when it is %s', (value) => {
    const said: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    vi.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`exit ${code}`);
    });
    expect(() => readSettings([`--concurrency=${value}`], {}, '1')).toThrow('exit 1');
    expect(said.join('')).toContain('a number from 1 to 10000');
  });
});
