import { describe, expect, it } from 'vitest';
import type { Run } from './action-run.ts';
import { Failure } from './failure.ts';
import { Mask } from './mask.ts';
import { failureStatus, failureText } from './report.ts';

const mask = new Mask();
mask.addCredential('correct-horse');
const run: Pick<Run, 'mask'> = { mask };

describe('a failure in the status', () => {
  const long = 'ö'.repeat(100_000);
  const failure = new Failure('R'.repeat(10_000), long, {
    argument: long,
    hint: long,
    template: { line: 1, column: 2 },
    pod: { name: 'p'.repeat(253), phase: 'Failed', reason: long, exitCode: 137, logTail: long },
  });

  it('has 8 KiB at most, however much there is to say', () => {
    expect(Buffer.byteLength(JSON.stringify(failureStatus(run, failure)))).toBeLessThanOrEqual(8_192);
    expect(Buffer.byteLength(failureText(run, failure, 'somewhere'))).toBeLessThanOrEqual(4_096);
  });

  it('cuts no character in two', () => {
    expect(JSON.stringify(failureStatus(run, failure))).not.toContain('\uFFFD');
  });

  it('shows no secret, wherever it stands', () => {
    const secret = 'with correct-horse in it';
    const told = failureStatus(
      run,
      new Failure('R', secret, {
        argument: secret,
        hint: secret,
        pod: { name: 'p', reason: secret, logTail: secret },
      }),
    );
    expect(JSON.stringify(told).split('<masked>')).toHaveLength(6);
    expect(JSON.stringify(told)).not.toContain('correct-horse');
  });
});
