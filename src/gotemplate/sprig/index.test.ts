import { createPrivateKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compileTemplate, sprigFunctions, nil, map, string } from '../index.ts';
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

  it('offers 143 of the 150 names of sprig 2.22.0', () => {
    expect(Object.keys(sprigFunctions({ now: () => new Date(0), random: randomBytes })).length).toBe(143);
    expect(compileTemplate('{{ . }}').execute(nil)).toBe('<no value>');
  });
});
