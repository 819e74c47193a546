import { describe, expect, it } from 'vitest';
import { Mask } from './mask.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function maskOf(...values: string[]): Mask {
  const mask = new Mask();
  mask.addSecret({ data: Object.fromEntries(values.map((value, i) => [`k${i}`, base64(value)])) });
  return mask;
}

describe('a mask', () => {
  const password = 'p"a\\ss&w<ör>d 12';
  it.each([
    ['as it is', password],
    ['in base64', base64(password)],
    ['in the base64 of a text around it', base64(`user:${password}@host`)],
    ['in a URL', encodeURIComponent(password)],
    ['in JSON', JSON.stringify(password)],
    ['in JSON that Go wrote', '"p\\"a\\\\ss\\u0026w\\u003cör\\u003ed 12"'],
    ['in JSON in JSON, as in a line of the log', JSON.stringify(JSON.stringify({ value: password }))],
  ])('hides a secret %s', (_how, text) => {
    const masked = maskOf(password).apply(`before ${text} after`);
    expect(masked).toMatch(/^before .*<masked>.* after$/);
    expect(masked).not.toContain('ss');
    expect(masked).not.toContain(base64(`user:${password}`).slice(8, 20));
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

  it('takes a Secret as large as Kubernetes allows', () => {
    const lines = Array.from({ length: 16_000 }, (_, i) => `${i}`.padStart(8, '0').repeat(7));
    const mask = maskOf(lines.join('\n'));
    expect(mask.apply(`x ${lines[12_345]} y`)).toBe('x <masked> y');
    expect(mask.apply('nothing of it')).toBe('nothing of it');
  });
});
