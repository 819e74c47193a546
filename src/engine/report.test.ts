import { describe, expect, it } from 'vitest';
import type { Run } from './action-run.ts';
import { Failure } from './failure.ts';
import { Mask } from './mask.ts';
import { failureStatus, failureText } from './report.ts';

const mask = new Mask();
mask.addCredential('correct-horse');
const run: Pick<Run, 'mask'> = { mask };

const sized = (long: string) =>
  new Failure('R'.repeat(10_000), long, {
    argument: long,
    hint: long,
    template: { line: 1, column: 2 },
    pod: { name: 'p'.repeat(253), phase: long, reason: long, exitCode: 137, logTail: long },
  });

describe('a failure in the status', () => {
  it.each([
    ['letters of two bytes', 'ö'],
    ['characters of two units', '𝄞'],
    ['control characters, of which JSON makes six', '\u0001'],
    ['quotes and line ends', '"\\\n'],
  ])('has 8 KiB of JSON at most, however much there is to say: %s', (_what, character) => {
    const failure = sized(character.repeat(100_000));
    const told = failureStatus(run, failure);
    const size = Buffer.byteLength(JSON.stringify(told));
    expect(size).toBeLessThanOrEqual(8_192);
    expect(size).toBeGreaterThan(7_500);
    expect(JSON.stringify(told)).not.toMatch(/\uFFFD|\\ud[89a-f]/);
  });

  it('shows the end of a log, and the beginning of everything else', () => {
    const numbered = Array.from({ length: 5_000 }, (_, i) => `line ${i}`).join('\n');
    const { message, pod } = failureStatus(run, sized(numbered));
    expect(message).toMatch(/^line 0\n.*…$/s);
    expect(pod?.logTail).toMatch(/^….*line 4999$/s);
  });

  it('shows no secret, wherever it stands', () => {
    const secret = 'with correct-horse in it';
    const told = failureStatus(
      run,
      new Failure(secret, secret, {
        argument: secret,
        hint: secret,
        pod: { name: secret, phase: secret, reason: secret, logTail: secret },
      }),
    );
    expect(JSON.stringify(told).split('<masked>')).toHaveLength(9);
    expect(JSON.stringify(told)).not.toContain('correct-horse');
  });

  it('shows no secret that stands where the text is cut', () => {
    const told = failureStatus(run, new Failure('R', `${'x'.repeat(3_832)}correct-horse and more`));
    expect(told.message).toMatch(/^x+(?:<masked>|<m[asked]*)?…$/);
  });
});

describe('a failure in one text', () => {
  it('says where it happened and what to do, however long its message is', () => {
    const failure = new Failure('R', `Failed: ${'é'.repeat(5_000)}: disk full`, { hint: 'Buy one.' });
    const text = failureText(run, failure, 'action backup, phase dump, function KubeTask');
    expect(text).toMatch(
      /^Failed: é+…é+: disk full \(action backup, phase dump, function KubeTask\)\. Buy one\.$/,
    );
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(900);
  });

  it('shows no secret', () => {
    const failure = new Failure('R', 'bad password correct-horse', { hint: 'Change correct-horse.' });
    expect(failureText(run, failure, 'action correct-horse')).toBe(
      'bad password <masked> (action <masked>). Change <masked>.',
    );
  });
});
