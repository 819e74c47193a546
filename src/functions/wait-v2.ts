import { string } from '../engine/arguments.ts';
import { defineFunction } from '../engine/function.ts';
import { compileGoTemplateCondition } from '../kubernetes/conditions/go-template-condition.ts';
import { checkWait } from '../pods/check-wait.ts';
import { waitConditions } from '../pods/wait-conditions.ts';
import { waitForConditions } from '../pods/wait-for-conditions.ts';
import { waitTimeout } from '../pods/wait-timeout.ts';

/** Waits for objects to become as its conditions say, templates of kubectl. Kanister 0.119: WaitV2. */
export const waitV2 = defineFunction({
  name: 'WaitV2',
  doc: 'Waits until one condition of anyOf holds, or all of allOf; they are templates as kubectl get -o go-template takes them.',
  afterRestart: 'It waits on; the timeout counts from its first beginning.',
  args: {
    timeout: string({ required: true, doc: 'how long to wait at most, such as 5m or 1h30m' }),
    conditions: waitConditions({
      doc: 'anyOf, allOf or both, each a list of {condition, objectReference}; a condition is a template of the object and prints true',
    }),
  },
  outputs: {},
  // Of what its conditions name. Where watch is not granted, it asks from time to time.
  permissions: [{ group: '*', resources: ['*'], verbs: ['get', 'watch'] }],
  revision: 1,
  rendered: ['timeout'],
  validate: (raw) => checkWait(raw, compileGoTemplateCondition),
  async run({ timeout, conditions }, context) {
    await waitForConditions(context, {
      conditions,
      timeout: waitTimeout(timeout),
      compile: compileGoTemplateCondition,
    });
    return undefined;
  },
});
