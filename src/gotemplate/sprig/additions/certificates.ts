import { define } from '../../function.ts';
import type { FunctionMap } from '../../function.ts';
import { issueCertificate, parseRsaKeyPem, signerOf } from '../certificates.ts';
import type { RandomSource } from '../prime.ts';

const certificate = 'sprig.certificate';
const names = '[]interface {}';

/**
 * Certificates for a key that is given in PEM. Only RSA keys: signatures of other kinds differ each time, and a phase that is
 * resumed must render the same again.
 */
export function certificateAdditions(now: () => Date, random: RandomSource): FunctionMap {
  const source = { now, random };
  return {
    genCAWithKey: define(['string', 'int', 'string'], (commonName, days, key) =>
      issueCertificate({ commonName, days, isAuthority: true, key: parseRsaKeyPem(key) }, source),
    ),
    genSelfSignedCertWithKey: define(
      ['string', names, names, 'int', 'string'],
      (commonName, addresses, dnsNames, days, key) =>
        issueCertificate({ commonName, addresses, dnsNames, days, key: parseRsaKeyPem(key) }, source),
    ),
    genSignedCertWithKey: define(
      ['string', names, names, 'int', certificate, 'string'],
      (commonName, addresses, dnsNames, days, authority, key) =>
        issueCertificate(
          { commonName, addresses, dnsNames, days, key: parseRsaKeyPem(key) },
          source,
          signerOf(authority),
        ),
    ),
  };
}
