import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { der } from '../../src/sandbox/tls/der.ts';

/** PEM both; the key is PKCS #8. */
export interface Credentials {
  certificate: string;
  key: string;
}

export interface CertificateRequest {
  /** The user's name, for Kubernetes. */
  commonName: string;
  /** The user's groups, for Kubernetes. */
  organization?: string;
  /** What a server may be called by: DNS names and IPv4 addresses. */
  names?: string[];
}

/** Signs certificates for servers and clients of one cluster. */
export interface CertificateAuthority {
  /** PEM. */
  certificate: string;
  issue(request: CertificateRequest): Credentials;
}

/** A new authority; its key is kept in memory only. Everything is valid from a day before `now` for a year. */
export function createCertificateAuthority(commonName: string, now: Date): CertificateAuthority {
  const subject = nameOf({ commonName });
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyId = keyIdOf(keys.publicKey);
  const make = (holder: Buffer, publicKey: KeyObject, extensions: Buffer[]) => {
    const algorithm = der.sequence(der.objectId(ECDSA_WITH_SHA256));
    const body = der.sequence(
      der.explicit(0, der.integer(Buffer.from([2]))), // version 3
      der.integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
      algorithm,
      subject,
      der.sequence(der.time(new Date(now.getTime() - DAY)), der.time(new Date(now.getTime() + 365 * DAY))),
      holder,
      publicKey.export({ type: 'spki', format: 'der' }),
      der.explicit(3, der.sequence(...extensions)),
    );
    const signature = sign('sha256', body, keys.privateKey);
    return new X509Certificate(der.sequence(body, algorithm, der.bits(signature))).toString();
  };
  return {
    certificate: make(subject, keys.publicKey, [
      extension(BASIC_CONSTRAINTS, der.sequence(der.boolean(true)), true),
      extension(KEY_USAGE, keyUsage('digitalSignature', 'keyCertSign', 'cRLSign'), true),
      extension(SUBJECT_KEY_ID, der.octets(keyId)),
    ]),
    issue(request) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const certificate = make(nameOf(request), publicKey, [
        extension(BASIC_CONSTRAINTS, der.sequence(), true),
        extension(KEY_USAGE, keyUsage('digitalSignature'), true),
        extension(EXTENDED_KEY_USAGE, der.sequence(der.objectId(SERVER_AUTH), der.objectId(CLIENT_AUTH))),
        extension(AUTHORITY_KEY_ID, der.sequence(der.implicit(0, keyId))),
        ...(request.names ? [extension(SUBJECT_ALTERNATIVE_NAME, alternativeNames(request.names))] : []),
      ]);
      return { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

const DAY = 24 * 3600 * 1000;

// Object identifiers of RFC 5280 and X.520.
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
const SUBJECT_KEY_ID = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY_ID = '2.5.29.35';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

function nameOf({ commonName, organization }: CertificateRequest): Buffer {
  const part = (id: string, value: string) => der.set(der.sequence(der.objectId(id), der.text(value)));
  return der.sequence(
    ...(organization === undefined ? [] : [part(ORGANIZATION, organization)]),
    part(COMMON_NAME, commonName),
  );
}

function keyIdOf(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return der.sequence(der.objectId(id), ...(critical ? [der.boolean(true)] : []), der.octets(value));
}

const USAGE_BITS = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 };

/** A string of named bits: the first byte, which the encoder of bit strings writes as 0, counts the unused ones at the end. */
function keyUsage(...usages: (keyof typeof USAGE_BITS)[]): Buffer {
  const positions = usages.map((usage) => USAGE_BITS[usage]);
  const bits = positions.reduce((sum, position) => sum | (0x80 >> position), 0);
  const encoded = der.bits(Buffer.from([bits]));
  encoded.writeUInt8(7 - Math.max(...positions), 2);
  return encoded;
}

function alternativeNames(names: string[]): Buffer {
  const isAddress = (name: string) => /^\d+(\.\d+){3}$/.test(name);
  return der.sequence(
    ...names.map((name) =>
      isAddress(name)
        ? der.implicit(7, Buffer.from(name.split('.').map(Number)))
        : der.implicit(2, Buffer.from(name, 'ascii')),
    ),
  );
}
