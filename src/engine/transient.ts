import { ApiError } from '../kubernetes/api-error.ts';
import { Failure } from './failure.ts';
import { Abandoned } from './gate.ts';

/** Whether the same request may succeed later: no answer was had, or the server is in trouble for now. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ApiError) return error.code === 429 || error.code >= 500;
  if (error instanceof Failure || error instanceof Abandoned) return false;
  // Mistakes of this program do not go away by repetition.
  return !(
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError
  );
}
