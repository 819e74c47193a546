import { describe, expect, it } from 'vitest';
import { substitute, substituteInObject } from './envsubst.ts';
import { InvalidSubstitution } from './invalid-substitution.ts';

const inputs = { a: 'A', empty: '' };

describe('variables of a Function', () => {
  // Recorded from gomodules.xyz/envsubst.
  it.each([
    ['${a:=d}', 'A'],
    ['${empty:=d}', ''],
    ['${missing:=d}', 'd'],
    ['${missing:=}', ''],
    ['${missing:-d}', 'd'],
    ['${missing=d}', 'd'],
    ['${missing:=${a}}', 'A'],
    ['$a', '$a'],
    ['$(a)', '$(a)'],
    ['$$', '$'],
    ['$${a}', '${a}'],
    ['${missing:=a b/c:d}', 'a b/c:d'],
    ['${missing:=${other:=x}-y}', 'x-y'],
  ])('%s becomes %j', (text, replaced) => {
    expect(substitute(text, inputs)).toBe(replaced);
  });

  it.each(['${missing}', '${missing:?e}', '${missing^^}', '${#missing}', '${missing:=${missing}}'])(
    '%s is refused for want of a value',
    (text) => {
      expect(() => substitute(text, inputs)).toThrow(
        new InvalidSubstitution('input/default value not found for key missing'),
      );
    },
  );

  it('take no inherited property for a value', () => {
    expect(substitute('${constructor:=none}', inputs)).toBe('none');
  });

  it('say where the text is wrong', () => {
    expect(() => substitute('image: ${a', inputs)).toThrow(
      'missing closing brace, at character 11 of the text',
    );
  });

  it('end within bounds whatever they hold', () => {
    expect(() => substitute('${a:='.repeat(100_000), inputs)).toThrow('nested deeper');
    expect(substitute(`\${long##${'*a'.repeat(30)}*b}`, { long: 'a'.repeat(200) })).toBe('a'.repeat(200));
  });
});

describe('variables of an object', () => {
  it('are replaced in strings and keys, and no value breaks out of its string', () => {
    const object = { '${a}': ['${evil}', 1, null, { image: 'x:${tag:=1}' }] };
    expect(substituteInObject(object, { ...inputs, evil: '","admin":"true' })).toEqual({
      A: ['","admin":"true', 1, null, { image: 'x:1' }],
    });
  });
});
