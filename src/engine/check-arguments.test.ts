import { describe, expect, it } from 'vitest';
import type { ArgumentSchema } from './arguments.ts';
import { checkArguments, checkSignature } from './check-arguments.ts';

const argument = (required: boolean, aliases: string[] = []): ArgumentSchema<unknown> => ({
  type: 'any',
  required,
  doc: 'something',
  aliases,
  decode: (_name, value) => value,
  default: undefined,
});
const signature = {
  name: 'KubeTask',
  args: { image: argument(true), command: argument(true, ['cmd']), namespace: argument(false) },
};

describe('the arguments of a phase that is about to run', () => {
  it('are accepted when the required ones are there, whatever their values', () => {
    expect(() => checkArguments(signature, { image: null, command: '' })).not.toThrow();
  });

  it('may use another spelling of an argument', () => {
    expect(() => checkArguments(signature, { image: 'x', cmd: [] })).not.toThrow();
  });

  it('name the first missing one, before any unknown one', () => {
    expect(() => checkArguments(signature, { bogus: 1 })).toThrow(
      'Required args missing for function KubeTask: Required arg missing: image',
    );
  });

  it('name an unknown one, and what it probably should be', () => {
    const args = { image: 'x', command: [], namespac: 'ns' };
    expect(() => checkArguments(signature, args)).toThrow(
      expect.objectContaining({
        message: 'Checking supported args for function KubeTask.: argument namespac is not supported',
        reason: 'UnsupportedArgument',
        details: expect.objectContaining({ argument: 'namespac', hint: 'Did you mean namespace?' }),
      }),
    );
  });
});

describe('the arguments of a phase in a Blueprint', () => {
  it('name the unknown one first', () => {
    expect(() => checkSignature(signature, { bogus: 1 })).toThrow(/^argument bogus is not supported$/);
    expect(() => checkSignature(signature, {})).toThrow(/^Required arg missing: image$/);
  });

  it('may be called like something of Object.prototype', () => {
    const odd = { name: 'F', args: { constructor: argument(true) } };
    expect(() => checkSignature(odd, {})).toThrow('Required arg missing: constructor');
    expect(() => checkSignature(signature, { toString: 1 })).toThrow('argument toString is not supported');
  });
});
