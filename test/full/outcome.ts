/** How one test ended in one place. */
export interface Outcome {
  /** From the project's root. */
  file: string;
  name: string;
  status: 'passed' | 'failed' | 'skipped';
  /** It passed, and not the first time. */
  flaky: boolean;
  /** Why it failed, in the end or the first time. Empty otherwise. */
  message: string;
}
