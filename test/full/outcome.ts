/** How one test ended in one place. */
export interface Outcome {
  /** From the project's root. */
  file: string;
  name: string;
  status: 'passed' | 'failed' | 'skipped';
  /** Why it failed. Empty otherwise. */
  message: string;
}
