import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../kubernetes/objects.ts';
import {
  any,
  boolean,
  decodeArguments,
  integer,
  object,
  string,
  stringList,
  stringMap,
  type ArgumentSchema,
} from './arguments.ts';
import { Failure } from './failure.ts';

const doc = 'for a test';
const decode = <T>(schema: ArgumentSchema<T>, value: Json): T => schema.decode('key', value);
const problem = (run: () => unknown): Failure => {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('a required argument', () => {
  it('that is missing fails under its own name', () => {
    const failure = problem(() => decodeArguments({ image: string({ required: true, doc }) }, {}));
    expect(failure.message).toBe('Argument missing image');
    expect(failure).toMatchObject({ reason: 'MissingArgument', details: { argument: 'image' } });
  });

  it('may be given empty or null, which is its zero value', () => {
    const schemas = {
      text: string({ required: true, doc }),
      number: integer({ required: true, doc }),
      flag: boolean({ required: true, doc }),
      list: stringList({ required: true, doc }),
      map: stringMap({ required: true, doc }),
      object: object({ required: true, doc }),
      any: any({ required: true, doc }),
    };
    const nulls = { text: null, number: null, flag: null, list: null, map: null, object: null, any: null };
    expect(decodeArguments(schemas, nulls)).toEqual({
      text: '',
      number: 0,
      flag: false,
      list: [],
      map: {},
      object: {},
      any: null,
    });
    expect(decodeArguments({ text: schemas.text }, { text: '' })).toEqual({ text: '' });
  });
});

describe('an optional argument', () => {
  it('has its default when absent, not when it is empty', () => {
    const schemas = {
      image: string({ default: 'tools', doc }),
      wait: boolean({ default: true, doc }),
      name: string({ doc }),
    };
    expect(decodeArguments(schemas, {})).toEqual({ image: 'tools', wait: true, name: undefined });
    expect(decodeArguments(schemas, { image: '', wait: '' })).toEqual({
      image: '',
      wait: false,
      name: undefined,
    });
  });

  it('has a type that says whether it can be absent', () => {
    const decoded = decodeArguments(
      { a: integer({ required: true, doc }), b: string({ default: 'x', doc }), c: stringList({ doc }) },
      { a: 1 },
    );
    const typed: { a: number; b: string; c: string[] | undefined } = decoded;
    expect(typed).toEqual({ a: 1, b: 'x', c: undefined });
    // @ts-expect-error -- an optional list may be absent
    const list: string[] = decoded.c;
    expect(list).toBeUndefined();
  });
});

describe('an alias', () => {
  const schemas = { snapshotHandle: string({ required: true, aliases: ['handle'], doc }) };

  it('is another spelling of the argument, in errors too', () => {
    expect(decodeArguments(schemas, { handle: 'h' })).toEqual({ snapshotHandle: 'h' });
    expect(problem(() => decodeArguments(schemas, { handle: {} })).message).toContain('arg `handle`');
  });

  it('beside the argument itself is refused rather than guessed at', () => {
    expect(problem(() => decodeArguments(schemas, { handle: 'a', snapshotHandle: 'b' })).message).toBe(
      'Arguments snapshotHandle and handle mean the same, found both',
    );
  });
});

describe('values are decoded as Kanister decodes them', () => {
  const text = string({ doc });
  const flag = boolean({ doc });
  const list = stringList({ doc });
  const map = stringMap({ doc });
  const anything = object({ doc });

  it.each<[ArgumentSchema<unknown>, Json, unknown]>([
    [text, 'x', 'x'],
    [text, 12345678901, '12345678901'],
    [text, -7, '-7'],
    [text, 0.1, '0.1'],
    [text, 1e21, '1000000000000000000000'],
    [text, -1.5e-7, '-0.00000015'],
    [text, 1.25e22, '12500000000000000000000'],
    [text, true, '1'],
    [text, false, '0'],
    [flag, 'T', true],
    [flag, 'False', false],
    [flag, '', false],
    [flag, 2, true],
    [flag, 0, false],
    [list, 'echo hi', ['echo hi']],
    [list, ['a', 1, true], ['a', '1', '1']],
    [list, {}, []],
    [list, 5, ['5']],
    [map, { a: 1, b: true }, { a: '1', b: '1' }],
    [map, [{ a: 'x', b: 'y' }, { a: 'z' }], { a: 'z', b: 'y' }],
    [map, [], {}],
    [anything, { a: { b: [1] } }, { a: { b: [1] } }],
    [any({ doc }), { a: null }, { a: null }],
  ])('%# %o %j', (schema, value, expected) => {
    expect(decode(schema, value)).toEqual(expected);
  });

  it.each<[ArgumentSchema<unknown>, Json, string]>([
    [
      text,
      {},
      "Failed to decode arg `key`: '' expected type 'string', got unconvertible type 'map[string]interface {}'",
    ],
    [
      text,
      ['a'],
      "Failed to decode arg `key`: '' expected type 'string', got unconvertible type '[]interface {}'",
    ],
    [
      flag,
      'yes',
      'Failed to decode arg `key`: cannot parse \'\' as bool: strconv.ParseBool: parsing "yes": invalid syntax',
    ],
    [
      flag,
      [],
      "Failed to decode arg `key`: '' expected type 'bool', got unconvertible type '[]interface {}'",
    ],
    [
      list,
      { a: 1 },
      "Failed to decode arg `key`: '[0]' expected type 'string', got unconvertible type 'map[string]interface {}'",
    ],
    [
      list,
      ['a', []],
      "Failed to decode arg `key`: '[1]' expected type 'string', got unconvertible type '[]interface {}'",
    ],
    [map, 'x', "Failed to decode arg `key`: '' expected a map, got 'string'"],
    [
      map,
      { a: {} },
      "Failed to decode arg `key`: '[a]' expected type 'string', got unconvertible type 'map[string]interface {}'",
    ],
    [anything, 'containers: []', "Failed to decode arg `key`: '' expected a map, got 'string'"],
    [anything, [{}, 3], "Failed to decode arg `key`: '[1]' expected a map, got 'int'"],
  ])('%# %o does not take %j', (schema, value, message) => {
    expect(problem(() => decode(schema, value))).toMatchObject({
      reason: 'InvalidArgument',
      message,
      details: { argument: 'key' },
    });
  });

  it('a value that does not fit never stands in the error, it may be a secret', () => {
    expect(problem(() => decode(text, { password: 'hunter2' })).message).not.toContain('hunter2');
  });
});

describe('an integer', () => {
  const replicas = integer({ required: true, minimum: 0, doc });

  it.each([
    [3, 3],
    ['3', 3],
    ['+3', 3],
    ['-0', 0],
    ['007', 7],
    [2147483647, 2147483647],
  ])('%j is %d', (value, expected) => {
    expect(decode(replicas, value)).toBe(expected);
  });

  it.each<[Json, string]>([
    ['two', 'Cannot convert two to int: strconv.ParseInt: parsing "two": invalid syntax'],
    ['0x10', 'Cannot convert 0x10 to int: strconv.ParseInt: parsing "0x10": invalid syntax'],
    ['', 'Cannot convert  to int: strconv.ParseInt: parsing "": invalid syntax'],
    [
      '2147483648',
      'Cannot convert 2147483648 to int: strconv.ParseInt: parsing "2147483648": value out of range',
    ],
    [1.5, 'Invalid arg type float64 for Arg key '],
    [true, 'Invalid arg type bool for Arg key '],
    [-1, 'Invalid value -1 for Arg key: must be at least 0'],
  ])('is not %j', (value, message) => {
    expect(problem(() => decode(replicas, value)).message).toBe(message);
  });
});

describe('for any value', () => {
  it('the text of a number reads back as the same number and has no exponent', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        fc.pre(!Number.isInteger(number) || Number.isSafeInteger(number) || Math.abs(number) >= 2 ** 63);
        const text = decode(string({ required: true, doc }), number);
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(text) === number).toBe(true);
      }),
    );
  });

  it('a whole number whose last digits JSON may have lost is refused, rather than another one taken', () => {
    const labels = stringMap({ doc });
    const problemOf = (json: string) => problem(() => labels.decode('podLabels', JSON.parse(json)));
    expect(labels.decode('podLabels', { id: Number.MAX_SAFE_INTEGER })).toEqual({ id: '9007199254740991' });
    for (const id of ['1234567890123456789', '9007199254740993', '-1234567890123456789']) {
      expect(problemOf(`{"id":${id}}`)).toMatchObject({
        message:
          "Failed to decode arg `podLabels`: '[id]' is a whole number beyond 9007199254740991, of which the last digits are not known",
        details: { argument: 'podLabels', hint: 'Put it in quotes.' },
      });
    }
  });

  it('decoding gives a value of the type, or a Failure that names the argument', () => {
    const schemas = {
      text: string({ doc }),
      list: stringList({ doc }),
      map: stringMap({ doc }),
      flag: boolean({ doc }),
      number: integer({ doc }),
    };
    fc.assert(
      fc.property(fc.constantFrom(...Object.entries(schemas)), fc.jsonValue(), ([name, schema], value) => {
        const decoded = attempt(() => schema.decode(name, JSON.parse(JSON.stringify(value))));
        const items = name === 'list' || name === 'map' ? Object.values(decoded ?? {}) : [];
        const type =
          decoded instanceof Failure ? `failure about ${decoded.details.argument}` : typeOf(decoded);
        const expected = { text: 'string', list: 'list', map: 'object', flag: 'boolean', number: 'number' }[
          name
        ];
        expect([expected, `failure about ${name}`]).toContain(type);
        expect(decoded instanceof Failure || items.every((item) => typeof item === 'string')).toBe(true);
      }),
    );
  });
});

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'list' : typeof value);

function attempt(decoding: () => unknown): unknown {
  try {
    return decoding();
  } catch (error) {
    return error;
  }
}
