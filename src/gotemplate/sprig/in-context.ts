import { FunctionError } from '../function.ts';

/** Puts a context in front of what a function fails with, as Go's wrapped errors have it. */
export function inContext<T>(context: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    throw new FunctionError(`${context}: ${error.message}`, { cause: error });
  }
}
