import type { FailureStatus } from '../api/kanister/types.ts';

/** What a failure knows beyond its message; the fields of `FailureStatus` that its thrower can fill. */
export interface FailureDetails {
  argument?: string;
  template?: { line: number; column: number };
  pod?: NonNullable<FailureStatus['pod']>;
  /** What to do next, one sentence. */
  hint?: string;
  cause?: unknown;
}

/**
 * Why a phase failed, in a form that people and programs can use. `reason` is one CamelCase word; `message` keeps the
 * original's texts where people grep for them, outermost first, joined by `: `.
 */
export class Failure extends Error {
  // Functions of others bring their own copy of this class along; what they throw is a Failure all the same.
  static readonly #brand = Symbol.for('cr.kanister.io/Failure');

  static override [Symbol.hasInstance](value: unknown): value is Failure {
    return typeof value === 'object' && value !== null && Failure.#brand in value;
  }

  readonly reason: string;
  readonly details: FailureDetails;

  constructor(reason: string, message: string, details: FailureDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'Failure';
    Object.defineProperty(this, Failure.#brand, { value: true });
    this.reason = reason;
    this.details = details;
  }

  /** The same failure with an outer text in front, as errors are wrapped in the original: `outer: inner`. */
  static wrap(outer: string, error: unknown, reason = 'Error', details: FailureDetails = {}): Failure {
    const message = `${outer}: ${messageOf(error)}`;
    return error instanceof Failure
      ? new Failure(error.reason, message, { ...error.details, ...details })
      : new Failure(reason, message, { ...details, cause: error });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
