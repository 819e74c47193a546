import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys, formatYaml, InvalidYaml, parseYaml, parseYamlDocuments, yamlToJson } from './yaml.ts';

describe('YAML is read as sigs.k8s.io/yaml reads it', () => {
  it.each([
    ['yes', true],
    ['Off', false],
    ['y', true],
    ['N', false],
    ['017', 15],
    ['0o17', 15],
    ['0x1F', 31],
    ['-0b11', -3],
    ['1_000', 1000],
    ['08', 8],
    ['1e3', 1000],
    ['.5', 0.5],
    ['~', null],
    ['Null', null],
    ['', null],
    ['2001-01-01', '2001-01-01'],
    ['2001-01-01T00:00:00Z', '2001-01-01T00:00:00Z'],
    ['12:30', '12:30'],
    ['1.2.3', '1.2.3'],
    ['"yes"', 'yes'],
    ['!!str 1', '1'],
    ['!!binary aGVsbG8=', 'hello'],
    ['tRue', 'tRue'],
  ])('%s', (text, value) => {
    expect(parseYaml(`a: ${text}`)).toEqual({ a: value });
  });

  it('makes strings of all keys, and merges by <<', () => {
    expect(parseYaml('1: a\non: b\nbase: &b {x: 1, z: 2}\nall: {<<: *b, z: 3}')).toEqual({
      1: 'a',
      true: 'b',
      base: { x: 1, z: 2 },
      all: { x: 1, z: 3 },
    });
  });

  it('refuses a key that stands twice, and says where', () => {
    expect(() => parseYaml('a: 1\nb: 2\na: 3', 'blueprint.yaml')).toThrow(
      /^blueprint\.yaml: line 3, column 4: /,
    );
  });

  it('refuses what only a merge brings twice where it is to be strict', () => {
    const text = 'base: &b {z: 1}\nall: {<<: *b, z: 2}';
    expect(parseYaml(text)).toMatchObject({ all: { z: 2 } });
    expect(() => parseYaml(text, undefined, { duplicates: 'strict' })).toThrow('key "z" already set in map');
  });

  it('takes lists and maps that close at the beginning of a line', () => {
    expect(parseYaml('a: [\n  b,\n  c\n]\nd: {\n  e: 1\n}\n')).toEqual({ a: ['b', 'c'], d: { e: 1 } });
  });

  it('gives the text that Kubernetes programs have for a fault', () => {
    expect(faultOf('a: b\n c: d')).toMatchObject({
      line: 2,
      column: 3,
      goMessage: 'yaml: line 2: mapping values are not allowed in this context',
    });
    expect(faultOf('a: 1\na: 2')).toMatchObject({
      goMessage: 'yaml: unmarshal errors:\n  line 2: key "a" already set in map',
    });
  });

  it('keeps whole numbers of 64 bits in JSON text', () => {
    expect(yamlToJson('b: 9007199254740993\na: 0xffffffffffffffff')).toBe(
      '{"a":18446744073709551615,"b":9007199254740993}',
    );
  });

  it('refuses nesting that nobody writes, before it costs anything', () => {
    expect(() => parseYaml('['.repeat(1_000_000))).toThrow(InvalidYaml);
    expect(() => parseYaml('- '.repeat(100_000))).toThrow(InvalidYaml);
  });

  it('never repeats the text in its errors', () => {
    const text = 'password: hunter2\npassword: hunter2\n';
    const fault = faultOf(text);
    expect(fault).toBeInstanceOf(InvalidYaml);
    expect(fault).toMatchObject({ line: 2, column: 11 });
    expect(String(fault)).not.toContain('hunter2');
  });

  it('reads several documents and passes over empty ones', () => {
    expect(parseYamlDocuments('# first\n---\na: 1\n---\n---\nb: 2\n')).toEqual([{ a: 1 }, { b: 2 }]);
    expect(parseYaml('# nothing')).toBeNull();
    expect(() => parseYaml('a: 1\n---\nb: 2')).toThrow('expected one YAML document, found 2');
  });

  it('refuses a document whose aliases mean more than memory holds', () => {
    const layers = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`,
    );
    expect(() => parseYaml(`l0: &l0 x\n${layers.join('\n')}`)).toThrow(
      'document contains excessive aliasing',
    );
  });

  it('keeps __proto__ as an ordinary key', () => {
    expect(Object.keys(parseYaml('__proto__: {a: 1}') ?? {})).toEqual(['__proto__']);
  });

  it('refuses numbers that JSON does not have', () => {
    expect(() => parseYaml('a: .inf')).toThrow('+Inf has no JSON form');
  });
});

function faultOf(text: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    return error;
  }
}

describe('YAML is written', () => {
  it('with sorted keys, flat lists, and quotes where a reader would take a string for something else', () => {
    const value = {
      b: [{ x: 1, a: 'yes' }],
      a10: '1',
      a2: 'a: b',
      text: 'l1\nl2\n',
      none: null,
      gone: undefined,
      e: {},
    };
    expect(formatYaml(value)).toBe(
      'a2: \'a: b\'\na10: "1"\nb:\n- a: "yes"\n  x: 1\ne: {}\nnone: null\ntext: |\n  l1\n  l2\n',
    );
  });

  it('so that the same value is read back', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        'yes',
        'no',
        'on',
        'y',
        '017',
        '0x1',
        '1e3',
        '~',
        '2001-01-01',
        ' a',
        'a ',
        '- a',
        '#',
        'a\n',
        '\n',
        '1_0',
        '.5',
        '0X1F',
        '0B1',
        '0O7',
        '-_1',
        '._5',
        '1_e3',
      ),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        scalar,
        fc.array(tie('value')),
        fc.dictionary(
          fc.oneof(
            fc.constantFrom('0X0', '-_1', 'y'),
            fc.string().filter((key) => key !== '__proto__'),
          ),
          tie('value'),
        ),
      ),
    }));
    fc.assert(
      fc.property(value, (original) => {
        expect(parseYaml(formatYaml(original))).toEqual(original);
      }),
    );
  });

  it('with numbers in keys in the order of numbers', () => {
    expect(['b', 'a10', 'a2', 'a', 'A', '1', 'a-b', '10', '2'].toSorted(compareKeys)).toEqual([
      '1',
      '2',
      '10',
      'A',
      'a',
      'a-b',
      'a2',
      'a10',
      'b',
    ]);
  });
});
