import { describe, expect, it } from 'vitest';
import { areas } from './areas.ts';
import { readGolden } from './golden-file.ts';
import { ENOUGH } from './oracle-case.ts';
import type { Answer } from './oracle-case.ts';
import { renderCase } from './render-case.ts';

const golden = new Map(
  await Promise.all(Object.keys(areas).map(async (area) => [area, await readGolden(area)] as const)),
);

describe.each(Object.entries(areas))('%s', (area, groups) => {
  const recorded = new Map(golden.get(area)?.map(({ subject, cases }) => [subject, cases]));

  it('has recordings of these cases: otherwise run record.ts', () => {
    const listed = (all: readonly { subject: string; cases: readonly { template: string }[] }[]) =>
      all.map(({ subject, cases }) => [subject, cases.map(({ template }) => template)]);
    expect(listed(golden.get(area) ?? [])).toEqual(listed(groups));
  });

  it.each(groups)('$subject: gives what Go gives, errors included', ({ subject, cases }) => {
    const differences = cases.flatMap((one, i) => {
      const { template, ...expected } = recorded.get(subject)?.[i] ?? { template: '' };
      const actual = renderCase(one);
      return JSON.stringify(actual) === JSON.stringify(expected) ? [] : [{ template, expected, actual }];
    });
    expect(differences).toEqual([]);
  });

  it.each(groups)(
    `$subject: has ${ENOUGH.cases} cases, ${ENOUGH.failures} of them failures`,
    ({ subject }) => {
      const answers = recorded.get(subject) ?? [];
      expect(answers.length).toBeGreaterThanOrEqual(ENOUGH.cases);
      expect(answers.filter(isFailure).length).toBeGreaterThanOrEqual(ENOUGH.failures);
    },
  );
});

/** fmt writes what is wrong into the text. */
function isFailure(answer: Answer): boolean {
  return 'error' in answer || answer.output.includes('%!');
}
