import { InvalidDuration, parseDuration } from '../gotemplate/index.ts';
import { Failure } from '../engine/failure.ts';

/**
 * Milliseconds of the argument `timeout`.
 * @throws {Failure} `InvalidArgument`
 */
export function waitTimeout(timeout: string): number {
  try {
    return Number(parseDuration(timeout)) / 1e6;
  } catch (error) {
    if (!(error instanceof InvalidDuration)) throw error;
    throw new Failure('InvalidArgument', `Failed to parse timeout: ${error.message}`, {
      argument: 'timeout',
      hint: 'Give a duration with its units, such as 60s, 5m or 1h30m.',
    });
  }
}
