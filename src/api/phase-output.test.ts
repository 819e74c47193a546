import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PhaseOutputError, createPhaseOutputParser, formatPhaseOutput } from './phase-output.ts';

describe('formatPhaseOutput', () => {
  it('writes the marker and Go’s JSON', () => {
    expect(formatPhaseOutput('A', 'ünï "quoted" <b>&\n\ttab\u2028\ud800')).toBe(
      String.raw`###Phase-output###: {"key":"A","value":"ünï \"quoted\" \u003cb\u003e\u0026\n\ttab\u2028` +
        '\ufffd"}',
    );
  });

  it.each([
    ['', 'Key should not be empty'],
    ['a-b', 'Key should contain only alphanumeric characters and underscore'],
    ['é', 'Key should contain only alphanumeric characters and underscore'],
    ['a\n', 'Key should contain only alphanumeric characters and underscore'],
  ])('refuses the key %j', (key, message) => {
    expect(() => formatPhaseOutput(key, 'v')).toThrow(message);
  });
});

describe('createPhaseOutputParser', () => {
  const parse = (...chunks: (string | Uint8Array)[]) => {
    const texts: string[] = [];
    const parser = createPhaseOutputParser({ text: (text) => void texts.push(text) });
    for (const chunk of chunks) parser.write(chunk);
    parser.end();
    return { outputs: parser.outputs, texts };
  };

  it('finds outputs among other lines, also behind text and without a last line end', () => {
    const log =
      'first\r\n\nbefore ###Phase-output###: {"key":"a","value":"1"}\nlast ###Phase-output###:{"key":"b","value":"2"}';
    expect(parse(log)).toEqual({ outputs: { a: '1', b: '2' }, texts: ['first', 'before ', 'last '] });
  });

  it('tells no output from an empty one', () => {
    expect(parse('text\n').outputs).toBeUndefined();
    expect(parse('###Phase-output###:   \n').outputs).toBeUndefined();
    expect(parse('###Phase-output###: {}\n').outputs).toEqual({ '': '' });
  });

  it('keeps the last value of a key, and reads keys in any case', () => {
    const log =
      '###Phase-output###: {"Key":"a","VALUE":"1"}\n###Phase-output###: {"key":"a","value":"2","x":null}\n';
    expect(parse(log).outputs).toEqual({ a: '2' });
  });

  it.each([
    ['{"key":"a","value":"b"} trailing', "invalid character 't' after top-level value"],
    [
      '{"key":"a","value":1}',
      'json: cannot unmarshal number into Go struct field Output.value of type string',
    ],
    [
      '{"key":true,"value":"b"}',
      'json: cannot unmarshal bool into Go struct field Output.key of type string',
    ],
    ['{"key":"a"', 'unexpected end of JSON input'],
    ['nonsense', "invalid character 'o' in literal null (expecting 'u')"],
    ['{key:1}', "invalid character 'k' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ['[1 2]', "invalid character '2' after array element"],
    ['["\\x"]', "invalid character 'x' in string escape code"],
    ['["\\u00g0"]', "invalid character 'g' in \\u hexadecimal character escape"],
    ['["\t"]', "invalid character '\\t' in string literal"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ['01', "invalid character '1' after top-level value"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
    ['"text"', 'json: cannot unmarshal string into Go value of type output.Output'],
  ])('fails with Go’s text for %s', (json, message) => {
    const parsing = () => parse(`###Phase-output###: ${json}\n`);
    expect(parsing).toThrow(PhaseOutputError);
    expect(parsing).toThrow(`Failed to unmarshal key-value pair: ${message}`);
  });

  it('gives the same for every split of the bytes', () => {
    const lines = [
      fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n#]/g, '')),
      fc
        .tuple(fc.stringMatching(/^\w{1,5}$/), fc.string({ unit: 'grapheme' }))
        .map(([key, value]) => formatPhaseOutput(key, value)),
    ];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(...lines)),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.nat(40)),
        (log, end, sizes) => {
          const bytes = Buffer.from(log.join(end));
          const chunks: Uint8Array[] = [];
          let at = 0;
          for (const size of sizes) chunks.push(bytes.subarray(at, (at += size)));
          chunks.push(bytes.subarray(at));
          expect(parse(...chunks)).toEqual(parse(bytes));
        },
      ),
    );
  });

  it('reads what formatPhaseOutput writes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\w{1,9}$/), fc.string({ unit: 'grapheme' }), (key, value) => {
        expect(parse(`${formatPhaseOutput(key, value)}\n`).outputs).toEqual({ [key]: value.toWellFormed() });
      }),
    );
  });

  it('takes values longer than the pieces a log comes in, and lets long lines of text through in pieces', () => {
    const value = 'x'.repeat(100_000);
    const text = 'y'.repeat(300_000);
    const log = `${text}${formatPhaseOutput('k', value)}\n`;
    const chunks = log.match(/[^]{1,1000}/g) ?? [];
    const result = parse(...chunks);
    expect(result.outputs).toEqual({ k: value });
    expect(result.texts.join('')).toBe(text);
    expect(result.texts.length).toBeGreaterThan(3);
  });

  it('refuses outputs that could be stored nowhere together, and takes any number of values of one key', () => {
    const value = 'z'.repeat(1024 * 1024);
    const parser = createPhaseOutputParser();
    for (let round = 0; round < 20; round += 1) parser.write(`${formatPhaseOutput('same', value)}\n`);
    expect(parser.outputs).toEqual({ same: value });
    expect(() => {
      for (let round = 0; round < 10; round += 1) parser.write(`${formatPhaseOutput(`k${round}`, value)}\n`);
    }).toThrow('the phase outputs are longer than 8388608 characters');
  });

  it('refuses an output that could be stored nowhere instead of keeping it in memory', () => {
    const parser = createPhaseOutputParser();
    parser.write('###Phase-output###: {"key":"a","value":"');
    expect(() => {
      for (let round = 0; round < 10; round += 1) parser.write('z'.repeat(1024 * 1024));
    }).toThrow('longer than');
  });
});
