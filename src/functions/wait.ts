import { string } from '../engine/arguments.ts';
import { defineFunction } from '../engine/function.ts';
import { randomnessOf } from '../engine/randomness.ts';
import { compileJsonPathCondition } from '../kubernetes/conditions/json-path-condition.ts';
import { checkWait } from '../pods/check-wait.ts';
import { waitConditions } from '../pods/wait-conditions.ts';
import { waitForConditions } from '../pods/wait-for-conditions.ts';
import { waitTimeout } from '../pods/wait-timeout.ts';

/** Waits for objects to become as its conditions say, JSONPaths in templates. Kanister 0.119: Wait, deprecated for WaitV2. */
export const wait = defineFunction({
  name: 'Wait',
  doc: 'Waits until one condition of anyOf holds, or all of allOf; JSONPaths of the object stand in their templates. WaitV2 is its successor.',
  afterRestart: 'It waits on; the timeout counts from its first beginning.',
  args: {
    timeout: string({ required: true, doc: 'how long to wait at most, such as 5m or 1h30m' }),
    conditions: waitConditions({
      doc: 'anyOf, allOf or both, each a list of {condition, objectReference}; a condition is a template with JSONPaths such as "{ $.status.phase }" and prints true',
    }),
  },
  outputs: {},
  // Of what its conditions name. Where watch is not granted, it asks from time to time.
  permissions: [{ group: '*', resources: ['*'], verbs: ['get', 'watch'] }],
  revision: 1,
  rendered: ['timeout'],
  validate: (raw) => checkWait(raw, (condition) => compileJsonPathCondition(condition, OF_NO_PHASE)),
  async run({ timeout, conditions }, context) {
    const { clock, owner, phase } = context;
    // Nothing is kept secret by what a condition draws.
    const random = randomnessOf({ id: '', key: Buffer.from(owner.uid) }, phase);
    await waitForConditions(context, {
      conditions,
      timeout: waitTimeout(timeout),
      compile: (condition) => compileJsonPathCondition(condition, { now: () => clock.now(), random }),
    });
    return undefined;
  },
});

/** A Blueprint that is checked is only parsed. */
const OF_NO_PHASE = {
  now: (): Date => {
    throw new Error('a condition was evaluated without the time of its phase');
  },
  random: (): Uint8Array => {
    throw new Error('a condition was evaluated without the randomness of its phase');
  },
};
