import { describe, expect, it } from 'vitest';
import { booleanFlag, listFlag, mapFlag, parseCsvRecord } from './flag.ts';

describe('a list flag', () => {
  const flag = listFlag({ usage: '' });

  it('takes comma-separated values and may be repeated', () => {
    expect(flag.parse('c', flag.parse('a,b', undefined))).toEqual(['a', 'b', 'c']);
  });

  it('takes values with commas in quotes', () => {
    expect(parseCsvRecord('"a,b",c,"say ""x""",')).toEqual(['a,b', 'c', 'say "x"', '']);
    expect(parseCsvRecord('')).toEqual([]);
  });

  it.each([
    ['a"b', 'parse error on line 1, column 2: bare " in non-quoted field'],
    ['x,"a', 'parse error on line 1, column 5: extraneous or missing " in quoted-field'],
    ['"a"b', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'],
  ])('refuses the malformed %s', (value, message) => {
    expect(() => flag.parse(value, undefined)).toThrow(message);
  });
});

describe('a map flag', () => {
  const flag = mapFlag({ usage: '' });

  it('takes pairs and may be repeated, the later pair winning', () => {
    expect(flag.parse('b=3,c=4', flag.parse('a=1,b=2', undefined))).toEqual({ a: '1', b: '3', c: '4' });
  });

  it('keeps commas in the value of a single pair', () => {
    expect(flag.parse('a=1,2,3', undefined)).toEqual({ a: '1,2,3' });
  });

  it('refuses what is no pair', () => {
    expect(() => flag.parse('bad', undefined)).toThrow('bad must be formatted as key=value');
  });

  it('holds no key that was not given', () => {
    expect(Object.keys(flag.parse('__proto__=x', undefined))).toEqual(['__proto__']);
  });
});

it('a boolean flag takes the spellings of Go', () => {
  const flag = booleanFlag({ usage: '' });
  expect(['1', 't', 'TRUE', 'true'].map((value) => flag.parse(value, undefined))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['0', 'f', 'False'].map((value) => flag.parse(value, undefined))).toEqual([false, false, false]);
  expect(() => flag.parse('yes', undefined)).toThrow('strconv.ParseBool: parsing "yes": invalid syntax');
});
