import type { Status } from './objects.ts';

/** A request that the API server answered with a failure. `message` is the server's own text. */
export class ApiError extends Error {
  /** HTTP status. */
  readonly code: number;
  /** `NotFound`, `Conflict`, `AlreadyExists`, `Forbidden`, … ; empty where the server gave none. */
  readonly reason: string;
  readonly status: Status;
  /** Seconds to wait, where the server said so. */
  readonly retryAfter: number | undefined;

  constructor(code: number, status: Status, retryAfter?: number) {
    super(status.message ?? `the server answered ${code}`);
    this.name = 'ApiError';
    this.code = code;
    this.reason = status.reason ?? '';
    this.status = status;
    this.retryAfter = retryAfter ?? status.details?.retryAfterSeconds;
  }
}

export function isApiError(error: unknown, ...reasons: string[]): error is ApiError {
  return error instanceof ApiError && (reasons.length === 0 || reasons.includes(error.reason));
}

export const isNotFound = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.code === 404;
export const isConflict = (error: unknown): error is ApiError => isApiError(error, 'Conflict');
export const isAlreadyExists = (error: unknown): error is ApiError => isApiError(error, 'AlreadyExists');
export const isForbidden = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.code === 403;

/** What was asked about lies too far back: a watch's version, a list's continuation. */
export const isExpired = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone');
