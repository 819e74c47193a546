import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTemplate, fromJson, int, map, nil, sprigFunctions, string, TemplateError } from './index.ts';
import type { TemplateOptions, Value } from './index.ts';

const functions = sprigFunctions({ now: () => new Date(0), random: (length) => new Uint8Array(length) });

function failure(text: string, data: Value = nil, options: TemplateOptions = {}): TemplateError {
  try {
    compileTemplate(text, { functions, missingKey: 'error', ...options }).execute(data);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error(`rendered: ${text}`);
}

/** Throws everything that is no TemplateError. */
function outcome(text: string, data: Value): string {
  try {
    compileTemplate(text, { functions, missingKey: 'error', limits: { steps: 10_000 } }).execute(data);
    return 'rendered';
  } catch (error) {
    if (error instanceof TemplateError) return `refused: ${error.message}`;
    throw error;
  }
}

describe('a template', () => {
  it('is compiled once and rendered with different data', () => {
    const template = compileTemplate(
      '{{ define "x" }}[{{ . }}]{{ end }}{{ $n := .n }}{{ template "x" $n }}{{ $n }}',
    );
    expect(template.execute(map({ n: int(1) }))).toBe('[1]1');
    expect(template.execute(map({ n: string('b') }))).toBe('[b]b');
  });

  it('exposes its tree with positions', () => {
    const { tree } = compileTemplate('a{{ .Options.x }}');
    const action = tree.root.nodes[1];
    expect(action).toMatchObject({
      type: 'action',
      pipe: { commands: [{ args: [{ type: 'field', path: ['Options', 'x'] }] }] },
    });
  });

  it('prefers given functions to the built-in ones of the same name', () => {
    expect(compileTemplate('{{ slice (list 1 2 3) 1 }}', { functions }).execute(nil)).toBe('[2 3]');
    expect(compileTemplate('{{ slice "abc" 1 }}').execute(nil)).toBe('bc');
  });

  it('keeps integers exact beyond 2^53 and prints whole floats as Go does', () => {
    const json: unknown = JSON.parse('{"a": 1500000, "b": 3}');
    expect(compileTemplate('{{ .a }} {{ .b }}').execute(fromJson(json, { integers: 'float64' }))).toBe(
      '1.5e+06 3',
    );
    expect(compileTemplate('{{ .a }} {{ .b }}').execute(fromJson(json, { integers: 'int64' }))).toBe(
      '1500000 3',
    );
    expect(compileTemplate('{{ . }}').execute(int(2n ** 63n - 1n))).toBe('9223372036854775807');
  });

  it('carries binary data through, and gives text that any JSON can hold', () => {
    expect(compileTemplate('{{ b64dec "/+8=" | b64enc }}', { functions }).execute(nil)).toBe('/+8=');
    expect(compileTemplate('{{ b64dec "/w==" }}', { functions }).execute(nil)).toBe('\ufffd');
  });
});

describe('a failing template', () => {
  it('tells a missing key, where, and how long the expression is', () => {
    const error = failure('line\n  {{ .Options.x }}', map({ Options: map({}) }));
    expect(error.message).toBe(
      'template: config:2:13: executing "config" at <.Options.x>: map has no entry for key "x"',
    );
    expect(error).toMatchObject({
      kind: 'execute',
      line: 2,
      column: 13,
      context: '.Options.x',
      contextColumn: 5,
      length: 10,
      missingKey: 'x',
    });
  });

  it('tells the function that failed', () => {
    expect(failure('{{ fail "no" }}')).toMatchObject({ functionName: 'fail', missingKey: undefined });
  });

  it('tells the line of a parse error', () => {
    expect(failure('a\n{{ nope }}')).toMatchObject({
      kind: 'parse',
      line: 2,
      message: 'template: config:2: function "nope" not defined',
    });
  });

  it.each(['bcrypt "x"', 'htpasswd "x" "y"', 'toYaml 1'])('does not know %s', (call) => {
    expect(failure(`{{ ${call} }}`).message).toBe(
      `template: config:1: function "${call.split(' ')[0]}" not defined`,
    );
  });
});

describe('a hostile template is stopped', () => {
  it.each(
    [
      ['{{ range 1000000000000 }}{{ end }}', 'more than'],
      ['{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}', 'exceeded maximum template depth'],
      ['{{ until 1000000000 }}', 'list has more than'],
      ['{{ repeat 1000000000 "xx" }}', 'result is longer'],
      [
        '{{ $x := "xxxxxxxx" }}{{ range 60 }}{{ $x = cat $x $x }}{{ end }}{{ $x }}',
        'more than 10000000 steps',
      ],
      [`{{ range 1000000 }}${'text '.repeat(200)}{{ end }}`, 'output is longer'],
      [`{{ ${'('.repeat(20000)}1${')'.repeat(20000)} }}`, 'max expression depth exceeded'],
      ['{{ if 1 }}'.repeat(20000), 'max expression depth exceeded'],
      ['{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ $x }}', 'text of a value is longer'],
      [
        '{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}',
        'JSON of a value is longer',
      ],
      [
        '{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ deepCopy $x }}',
        'more than 1000000 parts',
      ],
      [
        '{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ deepEqual $x $x }}',
        'more than 1000000 parts',
      ],
      ['{{ $d := dict }}{{ $_ := set $d "self" $d }}{{ $d }}', 'too deep'],
      ['{{ printf (repeat 1000 "%1000000[1]d") 1 }}', 'text of a value is longer'],
      ['{{ regexMatch "(a+)+$" (repeat 5000 "a" | printf "%s!") }}{{ fail "linear" }}', 'linear'],
    ].map(([text = '', message = '']) => ({ text, message, start: text.slice(0, 60) })),
  )(
    '$start',
    ({ text, message }) => {
      expect(failure(text).message).toContain(message);
    },
    60_000,
  );

  it('that asks for more keys than it can need', () => {
    const own = sprigFunctions({ now: () => new Date(0), random: (length) => randomBytes(length) });
    expect(
      failure('{{ range 100 }}{{ genPrivateKey "ecdsa" }}{{ end }}', nil, { functions: own }).message,
    ).toContain('more than 10000000 steps');
  });

  it.each([
    ['{{ range 100 }}{{ . }}{{ end }}', 50],
    [
      '{{ $x := list 1 }}{{ range 15 }}{{ $x = list $x $x }}{{ end }}{{ range 10000000 }}{{ $_ := deepEqual $x $x }}{{ end }}',
      100_000,
    ],
    ['{{ range 10000000 }}{{ $_ := uniq (until 1000) }}{{ end }}', 100_000],
    ['{{ $l := list }}{{ range 10000000 }}{{ $l = append $l . }}{{ end }}', 500_000],
    [
      '{{ $l := list }}{{ range 10000000 }}{{ $l = append $l (repeat 100000 "x" | upper) }}{{ end }}',
      500_000,
    ],
    ['{{ $d := dict }}{{ range 10000000 }}{{ $d = merge (dict . 1) $d }}{{ end }}', 500_000],
  ])('%s by lower limits when they are given', (text, steps) => {
    expect(failure(text, nil, { functions, limits: { steps } }).message).toContain(
      `more than ${steps} steps`,
    );
  });
});

describe('a large template or value is bearable', () => {
  const megabyte = 'x1 é☃'.repeat(120_000);

  it.each([
    ['text', megabyte, (text: string) => text],
    ['a quoted string', `{{ ${JSON.stringify(megabyte)} | len }}`, () => String(Buffer.byteLength(megabyte))],
    ['a raw string', `{{ \`${megabyte}\` | upper | lower }}`, () => megabyte],
    ['a comment', `{{/* ${megabyte} */}}`, () => ''],
    ['actions', '{{ .a }}'.repeat(125_000), () => '1'.repeat(125_000)],
    ['spaces', `a${' '.repeat(1_000_000)}{{- "b" }}{{ "c"${' '.repeat(1_000_000)}}}`, () => 'abc'],
    ['else ifs', `{{ if 0 }}${'{{ else if 0 }}'.repeat(400)}{{ else }}e{{ end }}`, () => 'e'],
    [
      'variables',
      `${Array.from({ length: 30_000 }, (_, i) => `{{ $x${i} := 1 }}`).join('')}{{ $x0 }}`,
      () => '1',
    ],
    ['fields', `{{ .m${'.m'.repeat(100_000)} }}`, () => '<no value>'],
  ])('%s', (_name, text, expected) => {
    const data = map({ a: int(1) });
    const rendered = compileTemplate(text, { functions, missingKey: 'default' }).execute(data);
    expect(rendered === expected(text)).toBe(true);
  });

  it.each([
    ['a string without end', `{{ "${megabyte}`, 'unterminated quoted string'],
    ['an expression without end', `{{ ${'print ('.repeat(150_000)}`, 'max expression depth exceeded'],
    ['a comment without end', `{{/* ${megabyte}`, 'unclosed comment'],
    ['a number', `{{ ${'9'.repeat(1_000_000)} }}`, 'illegal number syntax'],
    [
      'a complex number',
      `{{ ${'9'.repeat(500_000)}+${'9'.repeat(500_000)}i }}`,
      'syntax error scanning complex number',
    ],
    ['an exponent', `{{ 1e${'9'.repeat(1_000_000)} }}`, 'illegal number syntax'],
    ['a name', `{{ ${'a'.repeat(1_000_000)} }}`, 'not defined'],
    ['a name of a field', `{{ .${'a'.repeat(1_000_000)} }}`, 'map has no entry'],
    ['a name with dashes', `{{ .a${'-a'.repeat(500_000)} }}`, 'bad character'],
    ['pipes', `{{ 1 ${'| print '.repeat(100_000)}| nope }}`, 'function "nope" not defined'],
    ['arguments', `{{ nope ${'1 '.repeat(300_000)} }}`, 'function "nope" not defined'],
    [
      'variables that are used again and again',
      `${Array.from({ length: 40_000 }, (_, i) => `{{ $x${i} := 1 }}`).join('')}{{ range 1000000 }}{{ $x0 }}{{ end }}`,
      'more than 10000000 steps',
    ],
  ])('%s is refused where it does not fit', (_name, text, message) => {
    expect(failure(text, map({})).message).toContain(message);
  });
});

describe('arbitrary text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '{{',
      '}}',
      '{{-',
      '-}}',
      'if ',
      'else ',
      'end',
      'range ',
      'with ',
      'define "x"',
      'template "x"',
      'block "x" ',
      'break',
      'continue',
      '(',
      ')',
      '|',
      '.',
      '$',
      '$x',
      ':=',
      '=',
      ',',
      '"a"',
      '`b`',
      "'c'",
      '1',
      '1.5',
      '-2',
      '0x1p4',
      '1i',
      'nil',
      'true',
      ' ',
      '\n',
      '.a',
      '.a.b',
      'print ',
      'index ',
      'printf "%d %s %v" ',
      'list ',
      'dict ',
      'eq ',
      'and ',
      'or ',
      'len ',
      'until ',
      '/*',
      '*/',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );

  it('renders or throws a TemplateError', () => {
    const data = fromJson({ a: { b: [1, 'x', null] } }, { integers: 'int64' });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(outcome(pieces.join(''), data)).toMatch(/^(?:rendered|refused: template: )/);
      }),
      { numRuns: 5000 },
    );
  });

  it('with well-formed actions renders or throws a TemplateError for any function and arguments', () => {
    const argument = fc.constantFrom(
      '1',
      '-1',
      '0',
      '3.7',
      '""',
      '"a"',
      '"%d"',
      'nil',
      'true',
      '.',
      '.a',
      '.a.b',
      '(list 1 "a")',
      '(dict "k" 1)',
      'now',
    );
    // Private keys take seconds to make.
    const name = fc.constantFrom(
      ...Object.keys(functions).filter((candidate) => !candidate.startsWith('gen')),
    );
    const data = fromJson({ a: { b: [1, 'x', null] } }, { integers: 'int64' });
    fc.assert(
      fc.property(name, fc.array(argument, { maxLength: 4 }), (fn, args) => {
        expect(outcome(`{{ ${[fn, ...args].join(' ')} }}`, data)).toMatch(
          /^(?:rendered|refused: template: )/,
        );
      }),
      { numRuns: 5000 },
    );
  });
});
