import { integer, string } from '../../src/engine/arguments.ts';
import { Failure } from '../../src/engine/failure.ts';
import { defineFunction, type FunctionContext } from '../../src/engine/function.ts';
import { ApiError } from '../../src/kubernetes/api-error.ts';
import { AccessDenied } from '../../src/objectstore/object-store.ts';
import { ENCODINGS, type Encoding } from './encodings.ts';

/** How a function fails that has a secret in its hands. */
export const WAYS_TO_FAIL = {
  'a failure with every detail': (text) => {
    throw new Failure('Canary', `cannot log in with ${text}`, {
      argument: text,
      hint: `Change ${text}.`,
      pod: { name: 'db-0', phase: text, reason: text, exitCode: 1, logTail: `tried ${text}` },
    });
  },
  'an error': (text) => {
    throw new Error(`cannot log in with ${text}`);
  },
  'no error at all': (text) => {
    throw text;
  },
  'a refusal of the API server': (text) => {
    const message = `Secret "copy" is invalid: data: Invalid value: "${text}"`;
    throw Failure.wrap('Failed to copy', new ApiError(422, { reason: 'Invalid', message }), 'Invalid');
  },
  'a refusal of the object store': (text) => {
    throw new AccessDenied('AccessDenied', `PutObject: AccessDenied: ${text}`, { hint: `check ${text}` });
  },
  'many lines, the secret among them': (text) => {
    throw new Failure('Canary', `${'x'.repeat(3_000)}\n${text}\n${'y'.repeat(6_000)}${text}`);
  },
  'after it was logged': (text, { log, podOutput }) => {
    log.info({ error: text }, `tried ${text}`);
    podOutput('db-0', 'database', `tried ${text}`);
    throw new Failure('Canary', 'cannot log in');
  },
  'after a container broke it over its lines': (text, { podOutput }) => {
    // A break within an escape sequence is beyond what is promised.
    const first = text.slice(0, Math.ceil(text.length / 2)).replace(/[%\\][^%\\]{0,2}$/, '');
    for (const line of [`tried ${first}`, text.slice(first.length)]) {
      podOutput('db-0', 'database', line);
    }
    throw new Failure('Canary', 'cannot log in');
  },
} satisfies Record<string, (text: string, context: FunctionContext) => never>;

export type WayToFail = keyof typeof WAYS_TO_FAIL;

/** Has something to do, which is journalled, and then fails as it is told, with `value` in the encoding that is asked for. */
export const failWith = defineFunction({
  name: 'FailWith',
  args: {
    value: string({ doc: 'the secret', required: true }),
    encoding: string({ doc: 'how it is shown', required: true }),
    way: string({ doc: 'how it fails', required: true }),
  },
  outputs: {},
  permissions: [],
  revision: 1,
  async run({ value, encoding, way }, context) {
    const { length } = await context.step('look', async () => ({ length: value.length }));
    if (length === 0) throw new Error('there is no secret to fail with');
    return WAYS_TO_FAIL[way as WayToFail](ENCODINGS[encoding as Encoding](value), context);
  },
});

/** Takes a number, and is given a secret. */
export const countTo = defineFunction({
  name: 'CountTo',
  args: { number: integer({ doc: 'how far', required: true }) },
  outputs: {},
  permissions: [],
  revision: 1,
  run: () => Promise.resolve(undefined),
});
