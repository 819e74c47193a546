import { any, integer, string } from '../../src/engine/arguments.ts';
import { Failure } from '../../src/engine/failure.ts';
import { defineFunction } from '../../src/engine/function.ts';

/** Returns at once, with its argument `value` as its output of the same name. */
export const echo = defineFunction({
  name: 'Echo',
  args: { value: any({ doc: 'what to return' }) },
  outputs: { value: 'the argument' },
  permissions: [],
  revision: 1,
  run: ({ value }) => Promise.resolve(value === undefined ? undefined : { value }),
});

/** Fails with its argument `message`. */
export const fail = defineFunction({
  name: 'Fail',
  args: { message: string({ doc: 'the message', required: true }), hint: string({ doc: 'what to do' }) },
  outputs: {},
  permissions: [],
  revision: 1,
  run: ({ message, hint }) =>
    Promise.reject(new Failure('Failed', message, hint === undefined ? {} : { hint })),
});

/** Waits, until it is told to end. */
export const wait = defineFunction({
  name: 'Sleep',
  args: { milliseconds: integer({ doc: 'how long', default: 3_600_000 }) },
  outputs: {},
  permissions: [],
  revision: 1,
  async run({ milliseconds }, { clock, signal }) {
    await clock.sleep(milliseconds, signal);
    return undefined;
  },
});
