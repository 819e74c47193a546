import { readFileSync } from 'node:fs';
import type { OracleCase } from '../oracle-case.ts';

const keys = JSON.parse(readFileSync(new URL('../cases/sprig/keys.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;

/** Templates that print a certificate. */
export const certificateCases: OracleCase[] = [
  '(genCA "Test Authority" 365).Cert',
  '(genCA "" 1).Cert',
  '(genCA "näme @ _" 90000).Cert',
  '(genSelfSignedCert "db.local" (list "10.0.0.1" "2001:db8::1" "::ffff:1.2.3.4") (list "db.local" "*.db") 30).Cert',
  '(genSelfSignedCert "" nil (list "db.local") 30).Cert',
  '(genSelfSignedCert "a (b), \'c\' +./:=?-" nil nil -40000).Cert',
  '(genSignedCert "db.local" (list "10.0.0.1") nil 30 $ca).Cert',
  '(genSignedCert "Test Authority" nil (list "db.local") 30 $ca).Cert',
].map((call) => ({
  template: `{{ $ca := buildCustomCert (b64enc .certificate) (b64enc .key) }}{{ ${call} }}`,
  data: { map: keys },
}));
