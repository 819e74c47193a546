import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mask } from './mask.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function maskOf(...values: string[]): Mask {
  const mask = new Mask();
  mask.addSecret({ data: Object.fromEntries(values.map((value, i) => [`k${i}`, base64(value)])) });
  return mask;
}

const password = 'p"a\\ss&w<ör>d 12';
const inGoJson = '"p\\"a\\\\ss\\u0026w\\u003cör\\u003ed 12"';

/** How a value gets into a text; blanks of forms as `+`, and what is not ASCII as Python's JSON and Go's `%+q` write it. */
const FORMS: [string, (value: string) => string][] = [
  ['as it is', (value) => value],
  ['in base64', base64],
  ['in base64 without padding', (value) => base64(value).replace(/=+$/, '')],
  ['in the base64 of a text around it', (value) => base64(`user:${value}@host`)],
  ['in the base64 of URLs', (value) => Buffer.from(value).toString('base64url')],
  ['in base64 of many lines', (value) => base64(`user:${value}@host`).replace(/.{5}/g, '$&\n')],
  ['in base64 in a URL', (value) => encodeURIComponent(base64(value))],
  ['in hexadecimal digits', (value) => Buffer.from(value).toString('hex')],
  ['in capital hexadecimal digits of many lines', (value) => upperHex(value).replace(/.{6}/g, '$&\n')],
  ['in a URL', encodeURIComponent],
  [
    'in a URL in small letters',
    (value) => encodeURIComponent(value).replace(/%../g, (byte) => byte.toLowerCase()),
  ],
  ['in a URL, every byte of it', (value) => upperHex(value).replace(/../g, '%$&')],
  ['in a form', (value) => new URLSearchParams({ value }).toString()],
  ['in a URL in a URL', (value) => encodeURIComponent(encodeURIComponent(value))],
  ['in JSON', (value) => JSON.stringify(value)],
  ['in JSON of ASCII', (value) => JSON.stringify(value).replace(/[^ -~]/g, escaped)],
  ['in JSON in JSON, as in a line of the log', (value) => JSON.stringify(JSON.stringify({ value }))],
  ['in the base64 of JSON', (value) => base64(JSON.stringify({ value }))],
];

const upperHex = (value: string) => Buffer.from(value).toString('hex').toUpperCase();
const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

describe('a mask', () => {
  it.each([...FORMS, ['in JSON that Go wrote', () => inGoJson] as const])(
    'hides a secret %s',
    (_how, form) => {
      const text = form(password);
      const masked = maskOf(password).apply(`before ${text} after`);
      expect(masked).toMatch(/^before .*<masked>.* after$/s);
      expect(masked.replace('<masked>', '')).not.toContain('ss');
      expect(masked).not.toContain(base64(`user:${password}`).slice(8, 20));
    },
  );

  const value = fc
    .string({ unit: 'grapheme', minLength: 8, maxLength: 60 })
    // Blanks at an end, which a form writes as plus signs, may stay to be seen.
    .filter((text) => text.trim().length >= 8 && !/^[\s+]|[\s+]$/.test(text.trim()));
  // A text around it that can't be mistaken for a part of what is looked for.
  const around = fc.string({ unit: fc.constantFrom('-', ' ', ':', '.', ','), maxLength: 12 });

  it('hides any secret in any form', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(...FORMS), around, around, (secret, [, form], before, after) => {
        const text = form(secret.trim());
        const masked = maskOf(secret).apply(`${before}${text}${after}`);
        expect(masked).toContain('<masked>');
        expect(masked).not.toContain(text);
        // What the form itself brings along stays.
        expect(longestCommon(masked.replaceAll('<masked>', ''), text)).toBeLessThan(8 + form('').length);
      }),
      { numRuns: 400 },
    );
  });

  const word = fc.string({
    unit: fc.constantFrom(...'abcdefghijKLMNOP234567/+="<é'.split('')),
    minLength: 8,
    maxLength: 200,
  });
  const lineEnds = fc.constantFrom('\n', '\r\n', '\n    ', '\\n', '\\r\\n  ', '\\\\n', '\\\n');

  it('hides any secret that is broken over lines, however they end', () => {
    fc.assert(
      fc.property(
        word,
        lineEnds,
        fc.integer({ min: 1, max: 76 }),
        around,
        (secret, lineEnd, width, beside) => {
          const text = wrapped(secret, width).join(lineEnd);
          const masked = maskOf(secret).apply(`${beside}${text}${beside}`);
          expect(masked).toBe(`${beside}<masked>${beside}`);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('hides any piece of 24 characters of a long secret that does not repeat itself', () => {
    const isVaried = (secret: string) => {
      const grams = Array.from({ length: secret.length - 7 }, (_, at) => secret.slice(at, at + 8));
      return new Set(grams).size === grams.length;
    };
    fc.assert(
      fc.property(
        fc
          .string({
            unit: fc.constantFrom(...'abcdefghijKLMNOPQRST0123456789+/'.split('')),
            minLength: 24,
            maxLength: 300,
          })
          .filter(isVaried),
        fc.nat(),
        fc.integer({ min: 24, max: 60 }),
        (secret, start, length) => {
          const from = start % (secret.length - 23);
          const piece = secret.slice(from, from + length);
          // Of a plus at its end, which may be a blank of a form, nothing is promised.
          expect(maskOf(secret).apply(`(${piece})`).replaceAll('+', '')).toBe('(<masked>)');
        },
      ),
      { numRuns: 200 },
    );
  });

  it('hides a secret that is cut off', () => {
    const mask = maskOf('correct-horse-battery');
    expect(mask.apply('the password is correct-horse-b')).toBe('the password is <masked>');
    expect(mask.apply('the password is correct-horse-b…\nfailed')).toBe('the password is <masked>…\nfailed');
  });

  it('hides two secrets that overlap, and both of two that begin alike', () => {
    expect(maskOf('abcdefghij', 'ghijklmnop').apply('x abcdefghijklmnop y')).toBe('x <masked> y');
    expect(maskOf('abcdefghij', 'abcdefghijkl').apply('abcdefghijk')).toBe('<masked>');
  });

  it('hides the credentials inside of a value', () => {
    const account = {
      type: 'service_account',
      private_key: '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----\n',
    };
    const mask = maskOf(
      JSON.stringify(account),
      'postgres://app:p%40ssw0rd-1@db:5432/orders',
      '[default]\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG\nregion = eu-west-1',
      'DefaultEndpointsProtocol=https;AccountName=backups;AccountKey=Eby8vdM02xNOcqFlq==;',
    );
    for (const [text, masked] of [
      ['key MIIEvQIBADANBg', 'key <masked>'],
      ['password p@ssw0rd-1', 'password <masked>'],
      ['secret wJalrXUtnFEMI/K7MDENG of eu-west-1', 'secret <masked> of eu-west-1'],
      ['account backups, key Eby8vdM02xNOcqFlq==', 'account backups, key <masked>'],
      ['type service_account', 'type service_account'],
    ] as const) {
      expect(mask.apply(text)).toBe(masked);
    }
  });

  it('hides short values of keys that are known to hold credentials', () => {
    const mask = new Mask();
    mask.addSecret({ data: { password: base64('k3y\n'), username: base64('app'), 'tls.key': base64('K') } });
    expect(mask.apply('app k3y, K, OK')).toBe('app <masked>, <masked>, OK');
  });

  it('names the Secrets that a text shows something of', () => {
    const mask = new Mask();
    mask.addSecret({ metadata: { name: 'db', namespace: 'shop' }, data: { url: base64('correct-horse') } });
    expect(mask.sourcesIn(`connected as ${base64('correct-horse')}`)).toEqual(['Secret shop/db']);
    expect(mask.sourcesIn('connected')).toEqual([]);
  });

  it('hides each line of a secret of several', () => {
    const mask = maskOf('-----BEGIN KEY-----\nabcdefghij\nklmnopqrst\n-----END KEY-----');
    expect(mask.apply('got abcdefghij, then klmnopqrst')).toBe('got <masked>, then <masked>');
  });

  it('hides the longer one of two secrets that begin alike as a whole', () => {
    expect(maskOf('abcdefgh', 'abcdefghijkl').apply('x abcdefghijkl abcdefgh y')).toBe(
      'x <masked> <masked> y',
    );
  });

  it('leaves short values of Secrets readable, but no credential', () => {
    const mask = maskOf('app');
    mask.addCredential('k3y');
    expect(mask.apply('app k3y')).toBe('app <masked>');
  });

  it('takes a Secret as large as Kubernetes allows, whose lines all begin alike', () => {
    const lines = Array.from(
      { length: 12_000 },
      (_, i) => `INSERT INTO t VALUES (${i}, '${i.toString(36).repeat(12)}');`,
    );
    const mask = maskOf(lines.join('\n'));
    expect(mask.apply(`x ${lines[11_345]} y`)).toBe('x <masked> y');
    expect(mask.apply('nothing of it')).toBe('nothing of it');
  });
});

describe('the lines of a stream', () => {
  const stream = (secret: string, lines: string[]) => lines.map(maskOf(secret).lines());

  it.each([
    ['two', ['key: correct-hor', 'se-battery ok'], ['key: <masked>', '<masked> ok']],
    ['three', ['key: correct-', '  horse-', '  battery'], ['key: <masked>', '  <masked>', '  <masked>']],
    [
      'two with one of another stream between',
      ['key: correct-hor', 'connected', 'se-battery'],
      ['key: <masked>', 'connected', '<masked>'],
    ],
    ['two, early', ['key: cor', 'rect-horse-battery'], ['key: cor', '<masked>']],
    ['two, encoded for a URL', ['p=correct%2Dho', 'rse%2Dbattery'], ['p=<masked>', '<masked>']],
    ['two, quoted later', ['"correct-hor', 'se\\u002dbattery"'], ['"<masked>', '<masked>"']],
  ])('do not show a secret that is broken over %s of them', (_how, lines, masked) => {
    expect(stream('correct-horse-battery', lines)).toEqual(masked);
  });

  it('stay as they are where what seemed to begin does not go on', () => {
    expect(stream('correct-horse-battery', ['this is cor', 'rected'])).toEqual(['this is cor', 'rected']);
  });

  it('show less than half of any secret, and seven characters at most, whatever their width', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...'abcdefghijklmnopqrst'.split('')),
          minLength: 8,
          maxLength: 120,
        }),
        fc.integer({ min: 4, max: 80 }),
        fc.nat({ max: 20 }),
        fc.boolean(),
        (secret, width, indent, encoded) => {
          const text = encoded ? base64(`:${secret}:`) : secret;
          const shown = stream(secret, wrapped(`${'.'.repeat(indent)}${text}`, width)).join('');
          const left = shown.replaceAll('<masked>', '').replaceAll('.', '');
          // Of the base64 of a text, the characters beside the value are told as well.
          expect(left.length).toBeLessThanOrEqual(
            encoded ? 7 + 6 : Math.min(7, Math.ceil(secret.length / 2) - 1),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('cost a bounded memory, whatever they end in', () => {
    const mask = maskOf('a'.repeat(500_000)).lines();
    for (let i = 0; i < 40; i++) expect(mask('a'.repeat(20_000))).toBe('<masked>');
  });
});

function wrapped(text: string, width: number): string[] {
  return text.match(new RegExp(`.{1,${width}}`, 'gsu')) ?? [];
}

/** Length of the longest text that stands in both. */
function longestCommon(a: string, b: string): number {
  let longest = 0;
  for (let at = 0; at + longest < a.length; at++)
    while (at + longest < a.length && b.includes(a.slice(at, at + longest + 1))) longest += 1;
  return longest;
}
