import { describe, expect, it } from 'vitest';
import { define, string, templateCache, TemplateError } from './index.ts';

const functions = { who: define([], () => string('compiled')) };

describe('a cache of templates', () => {
  it('compiles each text once', () => {
    const template = templateCache();
    expect(template('{{ 1 }}')).toBe(template('{{ 1 }}'));
    expect(template('{{ 1 }}')).not.toBe(template('{{ 2 }}'));
  });

  it('keeps no more text than it may, and the latest in any case', () => {
    const template = templateCache({ maximumLength: 20 });
    const first = template('{{ "first" }}');
    const second = template('{{ "second" }}');
    expect(template('{{ "second" }}')).toBe(second);
    expect(template('{{ "first" }}')).not.toBe(first);
    expect(template('{{ "longer than all that it may keep" }}').execute(string(''))).toBe(
      'longer than all that it may keep',
    );
  });

  it('does not keep what does not parse', () => {
    const template = templateCache();
    expect(() => template('{{')).toThrow(TemplateError);
    expect(() => template('{{')).toThrow(TemplateError);
  });

  it('gives templates that take other functions of the same names at each rendering', () => {
    const template = templateCache({ functions })('{{ who }}');
    expect(template.execute(string(''))).toBe('compiled');
    expect(template.execute(string(''), { who: define([], () => string('given')) })).toBe('given');
    expect(template.execute(string(''))).toBe('compiled');
  });
});
