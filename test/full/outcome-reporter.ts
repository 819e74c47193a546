import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestModule } from 'vitest/node';
import type { Outcome } from './outcome.ts';

type TestError = TestModule['errors'] extends () => readonly (infer E)[] ? E : never;

/**
 * Writes how each test ended to the file that OUTCOMES names, as JSON: vitest's own JSON reporter leaves out the difference between what was
 * expected and what came. A file that did not load counts as one failed test.
 */
export default class OutcomeReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const file = process.env['OUTCOMES'];
    if (file === undefined) throw new Error('OUTCOMES names no file to write to');
    await writeFile(file, JSON.stringify(modules.flatMap(outcomesOf)));
  }
}

function outcomesOf(module: TestModule): Outcome[] {
  const file = relative(process.cwd(), module.moduleId);
  const outcomes: Outcome[] = [...module.children.allTests()].map((test) => {
    const { state, errors } = test.result();
    return {
      file,
      name: test.fullName,
      status: state === 'passed' || state === 'failed' ? state : 'skipped',
      flaky: test.diagnostic()?.flaky ?? false,
      message: messageOf(errors ?? []),
    };
  });
  // What failed outside of a test: the import of the file, or a hook of it or of one of its suites.
  const outside = [module, ...module.children.allSuites()].flatMap((one) => one.errors());
  if (outside.length === 0) return outcomes;
  return [
    { file, name: 'outside of its tests', status: 'failed', flaky: false, message: messageOf(outside) },
    ...outcomes,
  ];
}

function messageOf(errors: readonly TestError[]): string {
  const lines = errors.flatMap(({ name, message, diff, stacks }): string[] => [
    `${name}: ${message}`,
    ...(typeof diff === 'string' ? [diff] : []),
    ...(stacks ?? []).map((frame) => `at ${relative(process.cwd(), frame.file)}:${frame.line}`),
  ]);
  return stripVTControlCharacters(lines.join('\n'));
}
