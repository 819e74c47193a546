import { Failure } from '../engine/failure.ts';
import type { ApiError } from '../kubernetes/api-error.ts';

/** A refusal in the API server's own words, which people know, and what to do about it here. */
export function refused(error: ApiError, hint: string): Failure {
  return new Failure(error.reason, error.message, { hint, cause: error });
}
