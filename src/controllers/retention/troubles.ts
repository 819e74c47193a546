import type { Logger } from 'pino';
import { messageOf } from '../../engine/failure.ts';
import { isForbidden } from '../../kubernetes/api-error.ts';
import type { Clock } from '../../kubernetes/clock.ts';

/** Milliseconds. */
const FIRST_PAUSE = 10_000;
const LAST_PAUSE = 10 * 60_000;
/** Whoever lacks a right is given it by a person. */
const FORBIDDEN_PAUSE = 60 * 60_000;

interface Trouble {
  failures: number;
  forbidden: boolean;
  /** On the monotonic clock. */
  until: number;
}

/** Where deleting did not work, and for how long it is left alone there. A namespace that is undefined stands for all of them. */
export class Troubles {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #found = new Map<string | undefined, Trouble>();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  isPaused(namespace: string | undefined): boolean {
    return (this.#found.get(namespace)?.until ?? 0) > this.#clock.monotonic();
  }

  /** Milliseconds until it is to be tried again. */
  met(namespace: string | undefined, error: unknown): number {
    const before = this.#found.get(namespace);
    const failures = (before?.failures ?? 0) + 1;
    const forbidden = isForbidden(error);
    const pause = forbidden ? FORBIDDEN_PAUSE : Math.min(FIRST_PAUSE * 2 ** (failures - 1), LAST_PAUSE);
    this.#found.set(namespace, { failures, forbidden, until: this.#clock.monotonic() + pause });
    // One line for what will not change by itself.
    const level = forbidden && before?.forbidden ? 'debug' : 'warn';
    this.#log[level](
      { namespace: namespace ?? '*', error: messageOf(error), secondsUntilNextTry: pause / 1_000 },
      forbidden
        ? 'finished ActionSets are kept: grant the operator the verbs list and delete on actionsets to have them deleted'
        : 'finished ActionSets could not be deleted, trying again later',
    );
    return pause;
  }

  over(namespace: string | undefined): void {
    this.#found.delete(namespace);
  }
}
