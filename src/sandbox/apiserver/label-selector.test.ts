import { describe, expect, it } from 'vitest';
import { parseLabelSelector, selectorOf } from './label-selector.ts';

const labels = { app: 'db', tier: 'back', 'example.com/size': '12' };

describe('label selectors in a query', () => {
  it.each([
    ['', true],
    ['app=db', true],
    ['app==db', true],
    ['app!=db', false],
    ['other!=x', true],
    ['app in (web, db)', true],
    ['app notin (web,db)', false],
    ['other notin (x)', true],
    ['app', true],
    ['!app', false],
    ['!other', true],
    ['app=db,tier=front', false],
    ['app in (db),tier=back,example.com/size>11', true],
    ['example.com/size<12', false],
  ])('%s', (selector, matches) => {
    expect(parseLabelSelector(selector)(labels)).toBe(matches);
  });

  it('names what cannot be read', () => {
    expect(() => parseLabelSelector('app=db,a b c')).toThrow(
      "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    );
  });
});

describe('label selectors in an object', () => {
  it('select nothing when absent, and everything when empty', () => {
    expect(selectorOf(undefined)(labels)).toBe(false);
    expect(selectorOf({})(labels)).toBe(true);
  });

  it('hold all their labels and expressions', () => {
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['back'] },
      { key: 'gone', operator: 'DoesNotExist' },
    ];
    expect(selectorOf({ matchLabels: { app: 'db' }, matchExpressions })(labels)).toBe(true);
    expect(selectorOf({ matchLabels: { app: 'web' }, matchExpressions })(labels)).toBe(false);
  });
});
