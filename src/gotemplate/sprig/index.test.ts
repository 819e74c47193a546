import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compileTemplate, map, originalFunctions, pointer, sprigFunctions, string } from '../index.ts';
import type { SprigOptions } from '../index.ts';

function render(text: string, options: Partial<SprigOptions> = {}): string {
  const functions = sprigFunctions({
    now: () => new Date('2024-01-02T03:04:05.678Z'),
    random: randomBytes,
    ...options,
  });
  return compileTemplate(text, { functions }).execute(map({ x: string('y') }));
}

describe('sprig as Kanister offers it', () => {
  it.each([
    ['derivePassword 1 "long" "p" "u" "s"', 'derivePassword'],
    ['genPrivateKey ""', 'genPrivateKey for '],
    ['genPrivateKey "dsa"', 'genPrivateKey for dsa'],
  ])('refuses %s', (call, usage) => {
    expect(() => render(`{{ ${call} }}`)).toThrow(
      `sprig usage of '${usage}' is not allowed by kanister as it is not FIPS compatible`,
    );
  });

  it('lets ed25519 through to a sprig that does not know it', () => {
    expect(render('{{ genPrivateKey "ed25519" }}')).toBe('Unknown type ed25519');
  });

  it('gives keys and values of a dictionary in the order of the keys', () => {
    const entries = 'dict "b" 1 "a" 2 "c" 3';
    expect(render(`{{ keys (${entries}) }} {{ values (${entries}) }}`)).toBe('[a b c] [2 1 3]');
  });

  it('makes ECDSA keys', () => {
    const pem = render('{{ genPrivateKey "ecdsa" }}');
    expect(pem).toMatch(/^-----BEGIN EC PRIVATE KEY-----\n/);
    expect(createPrivateKey(pem).asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  });

  it('shows no environment but the one that it is given', () => {
    process.env['GOTEMPLATE_TEST_VARIABLE'] = 'secret';
    expect(render('[{{ env "GOTEMPLATE_TEST_VARIABLE" }}{{ expandenv "$HOME" }}]')).toBe('[]');
    delete process.env['GOTEMPLATE_TEST_VARIABLE'];
    expect(render('{{ env "A" }} {{ expandenv "$A-${A}$B" }}', { environment: { A: '1' } })).toBe('1 1-1');
  });

  it('takes time from the clock and zone that it is given', () => {
    expect(render('{{ now | date "2006-01-02T15:04:05.000Z07:00" }}')).toBe('2024-01-02T03:04:05.678Z');
    expect(render('{{ now | date "15:04 MST" }}', { timeZone: 'Europe/Berlin' })).toBe('04:04 CET');
    expect(render('{{ ago (toDate "2006-01-02" "2024-01-01") }}')).toBe('27h4m6s');
    expect(render('{{ date "2006" "no date means now" }}')).toBe('2024');
    expect(
      render('{{ (toDate "2006-01-02 15:04" "2024-07-01 12:00").Unix }}', { timeZone: 'America/New_York' }),
    ).toBe('1719849600');
  });

  it('takes randomness from the source that it is given', () => {
    const random = (length: number) => Uint8Array.from({ length }, (_, i) => i);
    expect(render('{{ uuidv4 }}', { random })).toBe('00010203-0405-4607-8809-0a0b0c0d0e0f');
    expect(render('{{ randAlphaNum 4 }}', { random })).toBe(render('{{ randAlphaNum 4 }}', { random }));
  });

  it.each([
    ['randAlphaNum', /^[A-Za-z0-9]{200}$/],
    ['randAlpha', /^[A-Za-z]{200}$/],
    ['randNumeric', /^[0-9]{200}$/],
    ['randAscii', /^[ -~]{200}$/],
  ])('%s gives text of its alphabet', (name, pattern) => {
    expect(render(`{{ ${name} 200 }}`)).toMatch(pattern);
  });

  it('shuffles without losing a character', () => {
    const shuffled = render('{{ shuffle "abcdefghij" }}');
    expect(shuffled.split('').toSorted().join('')).toBe('abcdefghij');
  });

  it('decrypts what it encrypted, and refuses what is no ciphertext', () => {
    expect(render('{{ encryptAES "k" "hé" | decryptAES "k" }}')).toBe('hé');
    expect(() => render('{{ decryptAES "k" "YWJj" }}')).toThrow('error calling decryptAES');
  });

  it('offers all 150 names of sprig 2.22.0, and those of sprig 3 beside them without changing one', () => {
    const options = { now: () => new Date(0), random: randomBytes };
    const original = Object.keys(originalFunctions(options));
    expect(original.length).toBe(150);
    const all = sprigFunctions(options);
    expect(Object.keys(all)).toEqual(expect.arrayContaining(original));
    for (const name of original)
      expect(all[name]?.parameters).toEqual(originalFunctions(options)[name]?.parameters);
    expect(Object.keys(all).length).toBe(150 + 59);
  });

  it('looks up only hosts that it is given', () => {
    const hosts = { 'store.local': ['10.0.0.1', '10.0.0.2'] };
    expect(render('{{ getHostByName "store.local" }}', { hosts })).toMatch(/^10\.0\.0\.[12]$/);
    expect(() => render('{{ getHostByName "localhost" }}', { hosts })).toThrow(
      'error calling getHostByName: host "localhost" is not among those that templates may look up',
    );
    expect(() => render('{{ getHostByName "constructor" }}')).toThrow('is not among those');
  });

  it('sees no more of a list than is in it, where Go shows what spare memory holds', () => {
    expect(() => render('{{ slice (until 5) 0 8 }}')).toThrow('slice index out of bounds');
  });

  it('merges without changing what a pointer leads to', () => {
    const functions = originalFunctions({ now: () => new Date(0), random: randomBytes });
    const data = map({ a: pointer(string('one')), b: pointer(string('two')) });
    const text = '{{ $_ := mergeOverwrite (dict "x" .a) (dict "x" .b) }}{{ toString .a }}';
    const target = data.entries.get('a');
    compileTemplate(text, { functions }).execute(data);
    expect(target).toEqual(pointer(string('one')));
  });

  it('renders the same keys and certificates from the same random bytes', () => {
    const text = '{{ genPrivateKey "ecdsa" }}{{ $ca := genCA "ca" 1 }}{{ genSignedCert "a" nil nil 1 $ca }}';
    expect(render(text, { random: repeatable('seed') })).toBe(render(text, { random: repeatable('seed') }));
    expect(render(text, { random: repeatable('seed') })).not.toBe(
      render(text, { random: repeatable('other') }),
    );
  });

  it('says so when the random bytes never make a key', () => {
    expect(() => render('{{ genCA "ca" 1 }}', { random: (length) => new Uint8Array(length) })).toThrow(
      'no suitable prime of 1024 bits',
    );
    expect(() =>
      render('{{ genPrivateKey "ecdsa" }}', { random: (length) => new Uint8Array(length) }),
    ).toThrow('no suitable scalar');
  });
});

/** Random bytes that are the same each time for one seed. */
function repeatable(seed: string): (length: number) => Uint8Array {
  let count = 0;
  return (length) => {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, () =>
      createHash('sha256').update(`${seed} ${count++}`).digest(),
    );
    return Buffer.concat(blocks).subarray(0, length);
  };
}
