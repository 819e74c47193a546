import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSandbox } from './clusters.ts';
import { BEHAVIOURS } from './behaviours.ts';
import { compareTranscripts, formatDifferences, judge } from './compare-transcripts.ts';
import { loadCases } from './load-cases.ts';
import { readRecordings } from './recordings.ts';
import { conformancePage, meetsError } from './report-page.ts';
import { runCase } from './run-case.ts';

const cases = await loadCases();
let sandbox: Awaited<ReturnType<typeof openSandbox>>;
beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

describe.concurrent('the sandbox answers as a real cluster did', () => {
  for (const test of cases) {
    it(`${test.behaviour}: ${test.name}`, { timeout: test.timeout ?? 60_000 }, async (context) => {
      if (test.needsMemoryLimits && !sandbox.sandbox.limitsMemory)
        context.skip('no control groups that limit memory can be had here');
      const found = await runCase(sandbox, test);
      if (test.sandboxOnly) return;
      const recorded = readRecordings(test.behaviour)[test.name];
      if (!recorded) throw new Error('the case has not been recorded on a real cluster');
      const { unexplained, idle } = judge(compareTranscripts(recorded, found), test.explained);
      expect(formatDifferences(unexplained)).toBe('');
      expect(idle, 'explained differences that there are not').toEqual([]);
    });
  }
});

describe('the cases', () => {
  for (const behaviour of Object.keys(BEHAVIOURS)) {
    it(`compare ${behaviour} three times or more, once with an error`, () => {
      const own = cases.filter((test) => test.behaviour === behaviour);
      expect(own.length).toBeGreaterThanOrEqual(3);
      expect(own.filter((test) => meetsError(test, readRecordings(behaviour)))).not.toEqual([]);
    });
  }

  it('are all of a behaviour that is listed, and have names of their own', () => {
    const unlisted = cases.filter(({ behaviour }) => !(behaviour in BEHAVIOURS));
    expect(unlisted.map(({ behaviour }) => behaviour)).toEqual([]);
    const names = cases.map(({ behaviour, name }) => `${behaviour}: ${name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('stand in the report as they are (node test/conformance/write-report.ts)', () => {
    expect(readFileSync(join(import.meta.dirname, '../../docs/conformance.md'), 'utf8')).toBe(
      conformancePage(cases),
    );
  });
});
