import { describe, expect, it } from 'vitest';
import { parseLabelSelector } from './label-selector.ts';

describe('a label selector', () => {
  it.each([
    '',
    'a=b',
    'a==b,c!=d',
    'a',
    '!a',
    'a in (b, c),d notin (e)',
    'a=',
    'a=,b',
    'n>3,n<9',
    ' example.com/a = b ',
  ])('may be %j', (selector) => {
    expect(() => parseLabelSelector(selector)).not.toThrow();
  });

  it.each([
    ['app==,,', "found ',', expected: identifier after ','"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',', or ')'"],
    ['n>x', 'the value must be an integer'],
  ])('is not %j', (selector, message) => {
    expect(() => parseLabelSelector(selector)).toThrow(message);
  });
});
