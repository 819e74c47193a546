import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** By how much they do, not by how much of it stands in the file: cases come from other files, and programs are started. */
const LONGEST = [
  'test/conformance/conformance.test.ts',
  'test/crash/crash.test.ts',
  'src/kando/kando.test.ts',
];

/** Begins with the files that take longest, so that no worker is left alone with one at the end; a fresh checkout knows of no durations. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return index === -1 ? LONGEST.length : index;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- this sorts no array in place
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
