import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { format } from '../format.ts';
import { define, FunctionError } from '../function.ts';
import type { FunctionMap } from '../function.ts';
import { fromBytes } from '../go-string.ts';
import { quote } from '../quote.ts';
import { addNanoseconds, timeFromDate } from '../time.ts';
import { utc } from '../time-zone.ts';
import { string, struct } from '../value.ts';
import type { ListValue, StructValue } from '../value.ts';
import { createCertificate } from './certificate.ts';
import type { Signer } from './certificate.ts';
import { decodeBase64 } from './encoding.ts';
import { inContext } from './in-context.ts';
import { parseIpAddress, plainNotation } from './ip-address.ts';
import { firstPemBlock } from './pem.ts';
import type { RandomSource } from './prime.ts';
import { generateRsaKey } from './private-key.ts';

const certificate = 'sprig.certificate';
const names = '[]interface {}';

/** sprig's certificates: each a struct of `Cert` and `Key`, both PEM. Keys are RSA, as the original makes them. */
export function certificateFunctions(now: () => Date, random: RandomSource): FunctionMap {
  const issue = (request: Wanted, signer?: Signer) => issueCertificate(request, { now, random }, signer);
  // A key takes a second to make: a template gets as many as it can need.
  const steps = 500_000;
  return {
    genCA: {
      ...define(['string', 'int'], (commonName, days) => issue({ commonName, days, isAuthority: true })),
      steps,
    },
    genSelfSignedCert: {
      ...define(['string', names, names, 'int'], (commonName, addresses, dnsNames, days) =>
        issue({ commonName, addresses, dnsNames, days }),
      ),
      steps,
    },
    genSignedCert: {
      ...define(
        ['string', names, names, 'int', certificate],
        (commonName, addresses, dnsNames, days, authority) =>
          issue({ commonName, addresses, dnsNames, days }, signerOf(authority)),
      ),
      steps,
    },
    buildCustomCert: define(['string', 'string'], buildCertificate),
  };
}

export interface Wanted {
  commonName: string;
  addresses?: ListValue;
  dnsNames?: ListValue;
  days: bigint;
  isAuthority?: boolean;
  /** A new one when absent. */
  key?: KeyObject;
}

const KEY_BITS = 2048;
const NANOSECONDS_PER_DAY = 86_400_000_000_000n;

/**
 * Without a signer it signs itself.
 * @throws {FunctionError} with the texts of sprig and Go.
 */
export function issueCertificate(
  { commonName, addresses, dnsNames, days, isAuthority = false, ...given }: Wanted,
  { now, random }: { now: () => Date; random: RandomSource },
  signer?: Signer,
): StructValue {
  const addressTexts = addresses?.items.map(addressOf) ?? [];
  const dnsTexts = (dnsNames?.items ?? []).map((name) => {
    if (name.kind === 'string' && name.type === undefined) return name.value;
    throw new FunctionError(`error processing alternate dns name: ${format(name)} is not a string`);
  });
  const serial = random(16);
  checkNames(commonName, dnsTexts, signer);
  const key = given.key ?? generateRsaKey(KEY_BITS, random);
  const notBefore = now();
  const from = timeFromDate(notBefore, utc);
  const until = addNanoseconds(from, BigInt.asIntN(64, days * NANOSECONDS_PER_DAY));
  const pem = createCertificate(
    {
      commonName,
      addresses: addressTexts,
      dnsNames: dnsTexts,
      notBefore,
      notAfter: new Date(Number(until.seconds) * 1000),
      serial,
      isAuthority,
      key,
    },
    signer,
  );
  return certificateValue(pem, key.export({ type: 'pkcs1', format: 'pem' }).toString());
}

function certificateValue(pem: string, key: string): StructValue {
  return struct(certificate, [
    { name: 'Cert', value: string(pem) },
    { name: 'Key', value: string(key) },
  ]);
}

function addressOf(value: ListValue['items'][number]): string {
  if (value.kind !== 'string' || value.type !== undefined)
    throw new FunctionError(`error parsing ip: ${format(value)} is not a string`);
  try {
    const address = parseIpAddress(value.value);
    if (address.zone === '') return plainNotation(address);
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
  }
  throw new FunctionError(`error parsing ip: ${value.value}`);
}

/** What Go finds wrong only when the certificate is written. */
function checkNames(commonName: string, dnsNames: readonly string[], signer: Signer | undefined): void {
  const refuse = (reason: string) => {
    throw new FunctionError(`error creating certificate: ${reason}`);
  };
  if (!commonName.isWellFormed()) refuse('asn1: string not valid UTF-8');
  if (signer !== undefined && !signer.certificate.checkPrivateKey(signer.key))
    refuse("x509: provided PrivateKey doesn't match parent's PublicKey");
  for (const name of dnsNames) {
    // oxlint-disable-next-line no-control-regex -- ASCII is what may stand there
    if (!/^[\0-\x7f]*$/.test(name)) refuse(`x509: ${quote(name)} cannot be encoded as an IA5String`);
  }
}

/** What `genSignedCert` signs with, from the struct that a template has of it. */
export function signerOf(authority: StructValue): Signer {
  const text = (name: string) => {
    const value = authority.fields.find((field) => field.name === name)?.value;
    return value?.kind === 'string' ? value.value : '';
  };
  const pem = firstPemBlock(text('Cert'));
  if (pem === undefined) throw new FunctionError('unable to decode certificate');
  const signer = inContext('error parsing certificate: decodedSignerCert.Bytes', () => parseCertificate(pem));
  const key = firstPemBlock(text('Key'));
  if (key === undefined) throw new FunctionError('unable to decode key');
  return {
    certificate: signer,
    key: inContext('error parsing prive key: decodedSignerKey.Bytes', () => parseRsaKey(key)),
  };
}

/** A private RSA key in PEM, in the form of PKCS #1 or #8. */
export function parseRsaKeyPem(pem: string): KeyObject {
  const key = attempt(() => createPrivateKey(pem));
  if (key?.asymmetricKeyType === 'rsa') return key;
  throw new FunctionError(
    `parsing private key: expected an RSA key in PEM, found ${key === undefined ? 'none' : `one of the kind ${key.asymmetricKeyType}`}`,
  );
}

function buildCertificate(encodedCertificate: string, encodedKey: string): StructValue {
  const pem = decodeBase64(encodedCertificate);
  if (pem === undefined) throw new FunctionError('unable to decode base64 certificate');
  const key = decodeBase64(encodedKey);
  if (key === undefined) throw new FunctionError('unable to decode base64 private key');
  const pemBlock = firstPemBlock(fromBytes(pem));
  if (pemBlock === undefined) throw new FunctionError('unable to decode certificate');
  inContext('error parsing certificate: decodedCert.Bytes', () => parseCertificate(pemBlock));
  const keyBlock = firstPemBlock(fromBytes(key));
  if (keyBlock === undefined) throw new FunctionError('unable to decode key');
  inContext('error parsing prive key: decodedKey.Bytes', () => parseRsaKey(keyBlock));
  return certificateValue(fromBytes(pem), fromBytes(key));
}

const SEQUENCE = 0x30;

function parseCertificate(der: Uint8Array): X509Certificate {
  const parsed = attempt(() => new X509Certificate(der));
  if (parsed !== undefined) return parsed;
  // Go tells these two apart; what is wrong further inside it calls by the field's name.
  const lengthBytes = (der[1] ?? 0) > 0x80 ? (der[1] ?? 0) - 0x80 : 0;
  const isSequence = der[0] === SEQUENCE && der.length > 2 + lengthBytes;
  const isContent = der[2 + lengthBytes] === SEQUENCE;
  throw new FunctionError(`x509: malformed ${isSequence && !isContent ? 'tbs ' : ''}certificate`);
}

function parseRsaKey(der: Uint8Array): KeyObject {
  const read = (type: 'pkcs1' | 'pkcs8') =>
    attempt(() => createPrivateKey({ key: Buffer.from(der), format: 'der', type }));
  // Asked for PKCS #1, the parser takes the other forms as well, which Go does not.
  const key = read('pkcs1');
  if (key === undefined)
    throw new FunctionError('asn1: structure error: this is no RSA private key in PKCS #1 form');
  const other =
    read('pkcs8') !== undefined
      ? 'ParsePKCS8PrivateKey'
      : key.asymmetricKeyType === 'ec'
        ? 'ParseECPrivateKey'
        : '';
  if (other === '') return key;
  throw new FunctionError(`x509: failed to parse private key (use ${other} instead for this key format)`);
}

/** Undefined where the bytes are not what they should be; the parsers say so by all kinds of errors. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
