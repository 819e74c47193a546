import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compileTemplate, map, sprigFunctions, string } from '../index.ts';

const functions = sprigFunctions({ now: () => new Date('2024-01-02T03:04:05.678Z'), random: randomBytes });

function render(template: string, data: Record<string, string> = {}): string {
  const values = Object.entries(data).map(([name, text]) => [name, string(text)] as const);
  return compileTemplate(template, { functions, missingKey: 'error' }).execute(map(values));
}

/** Both certificates of a template that prints an authority's and then one that it has signed, with their keys. */
function chain() {
  const printed = render(
    '{{ $ca := genCA "Test Authority" 365 }}{{ $cert := genSignedCert "db.local" (list "10.0.0.1" "2001:db8::1") (list "db.local" "*.db.local") 30 $ca }}' +
      '{{ $ca.Cert }}={{ $ca.Key }}={{ $cert.Cert }}={{ $cert.Key }}',
  );
  const [authority = '', authorityKey = '', certificate = '', key = ''] = printed.split(/=(?=-----BEGIN)/);
  return { authority, authorityKey, certificate, key };
}

describe('certificates that a template makes', () => {
  const pem = chain();
  const authority = new X509Certificate(pem.authority);
  const certificate = new X509Certificate(pem.certificate);

  it('come from an authority that may sign others and is signed by itself', () => {
    expect(authority.ca).toBe(true);
    expect(authority.subject).toBe('CN=Test Authority');
    expect(authority.verify(authority.publicKey)).toBe(true);
    expect(authority.checkPrivateKey(createPrivateKey(pem.authorityKey))).toBe(true);
  });

  it('are signed by that authority and belong to their key', () => {
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(pem.key))).toBe(true);
    expect(pem.key).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  });

  it('are good for the hosts and addresses that were asked for', () => {
    expect(certificate.checkHost('db.local')).toBe('db.local');
    expect(certificate.checkHost('a.db.local')).toBe('*.db.local');
    expect(certificate.checkHost('other.local')).toBeUndefined();
    expect(certificate.checkIP('10.0.0.1')).toBe('10.0.0.1');
    expect(certificate.checkIP('2001:db8::1')).toBe('2001:db8::1');
    expect(certificate.checkIP('10.0.0.2')).toBeUndefined();
  });

  it('are valid from now on, for so many days', () => {
    expect(certificate.validFromDate).toEqual(new Date('2024-01-02T03:04:05Z'));
    expect(certificate.validToDate).toEqual(new Date('2024-02-01T03:04:05Z'));
    const later = render('{{ (genCAWithKey "ca" 36500 .key).Cert }}', { key: pem.authorityKey });
    expect(new X509Certificate(later).validToDate).toEqual(new Date('2123-12-09T03:04:05Z'));
    const before = render('{{ (genCAWithKey "ca" -36500 .key).Cert }}', { key: pem.authorityKey });
    expect(new X509Certificate(before).validToDate).toEqual(new Date('1924-01-27T03:04:05Z'));
  });

  it('can be signed by an authority that was made elsewhere', () => {
    const signed = render(
      '{{ (genSignedCert "x" nil nil 1 (buildCustomCert (b64enc .certificate) (b64enc .key))).Cert }}',
      { certificate: pem.authority, key: pem.authorityKey },
    );
    expect(new X509Certificate(signed).verify(authority.publicKey)).toBe(true);
  });

  it('are refused for a key that can not be read', () => {
    const broken = '-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n';
    expect(() =>
      render('{{ buildCustomCert (b64enc .certificate) (b64enc .broken) }}', {
        certificate: pem.authority,
        broken,
      }),
    ).toThrow('error parsing prive key: decodedKey.Bytes: asn1: structure error: this is no RSA private key');
  });

  it('are refused for a key of another kind, which would sign differently each time', () => {
    expect(() => render('{{ genCAWithKey "ca" 1 (genPrivateKey "ecdsa") }}')).toThrow(
      'parsing private key: expected an RSA key in PEM, found one of the kind ec',
    );
    expect(() => render('{{ genCAWithKey "ca" 1 "nothing" }}')).toThrow('found none');
  });
});
