import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { der } from './der.ts';

export interface SelfSignedCertificate {
  /** PEM. Its own authority: clients trust it by having this as their CA. */
  certificate: string;
  /** PEM, PKCS #8. */
  key: string;
}

const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const BASIC_CONSTRAINTS = '2.5.29.19';
const SUBJECT_KEY_ID = '2.5.29.14';
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const VALID_FOR = 365 * 24 * 3600 * 1000;

/** Makes a key and a certificate (X.509 v3, P-256) for a server of these DNS names and IPv4 addresses. */
export function selfSignedCertificate(
  commonName: string,
  names: { dns: string[]; addresses: string[] },
  now: Date,
): SelfSignedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const name = der.sequence(der.set(der.sequence(der.objectId(COMMON_NAME), der.text(commonName))));
  const algorithm = der.sequence(der.objectId(ECDSA_WITH_SHA256));
  const identity = createHash('sha256').update(publicKeyInfo).digest();
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))), // version 3
    der.integer(Buffer.concat([Buffer.from([1]), identity.subarray(0, 15)])),
    algorithm,
    name,
    // Begins a day early: clocks of containers and machines differ.
    der.sequence(
      der.time(new Date(now.getTime() - 24 * 3600 * 1000)),
      der.time(new Date(now.getTime() + VALID_FOR)),
    ),
    name,
    publicKeyInfo,
    der.explicit(
      3,
      der.sequence(
        extension(BASIC_CONSTRAINTS, der.sequence(der.boolean(true)), true),
        extension(SUBJECT_KEY_ID, der.octets(identity.subarray(0, 20))),
        extension(SUBJECT_ALTERNATIVE_NAME, alternativeNames(names)),
      ),
    ),
  );
  const certificate = der.sequence(body, algorithm, der.bits(sign('sha256', body, privateKey)));
  return {
    certificate: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return der.sequence(der.objectId(id), ...(critical ? [der.boolean(true)] : []), der.octets(value));
}

function alternativeNames({ dns, addresses }: { dns: string[]; addresses: string[] }): Buffer {
  return der.sequence(
    ...dns.map((name) => der.implicit(2, Buffer.from(name, 'ascii'))),
    ...addresses.map((address) => der.implicit(7, Buffer.from(address.split('.').map(Number)))),
  );
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
