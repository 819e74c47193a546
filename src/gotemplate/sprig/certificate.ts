import { createHash, createPublicKey, sign, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Time,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

/** What sprig's certificates differ in. */
export interface CertificateRequest {
  commonName: string;
  /** IPv4 addresses, and IPv6 addresses in eight groups. */
  addresses: readonly string[];
  /** ASCII only. */
  dnsNames: readonly string[];
  notBefore: Date;
  notAfter: Date;
  /** 16 bytes, the number in big-endian order. */
  serial: Uint8Array;
  /** Whether it may sign others. */
  isAuthority: boolean;
  key: KeyObject;
}

/** A certificate with the private RSA key that belongs to it. */
export interface Signer {
  certificate: X509Certificate;
  key: KeyObject;
}

/**
 * An X.509 certificate in PEM for an RSA key, for servers and clients alike, with the fields that Go's
 * `x509.CreateCertificate` writes and in its order. Without a signer it signs itself.
 */
export function createCertificate(request: CertificateRequest, signer?: Signer): string {
  const parent =
    signer === undefined ? undefined : AsnConvert.parse(signer.certificate.raw, Certificate).tbsCertificate;
  const subject = nameOf(request.commonName);
  const content = new TBSCertificate({
    version: Version.v3,
    serialNumber: integerBytes(request.serial),
    signature: sha256WithRsa(),
    issuer: parent?.subject ?? subject,
    validity: validityOf(request),
    subject,
    subjectPublicKeyInfo: publicKeyOf(request.key),
    extensions: new Extensions(extensionsOf(request, subject, parent)),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(content)), signer?.key ?? request.key);
  const certificate = new Certificate({
    tbsCertificate: content,
    signatureAlgorithm: sha256WithRsa(),
    signatureValue: arrayBuffer(signature),
  });
  return new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))).toString();
}

function sha256WithRsa(): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.11', parameters: null });
}

const COMMON_NAME = '2.5.4.3';

/** Go leaves an empty name out, and writes a PrintableString where the text allows that. */
function nameOf(commonName: string): Name {
  if (commonName === '') return new Name();
  const isPrintable = /^[A-Za-z0-9 '()+,./:=?*&-]*$/.test(commonName);
  const value = new AttributeValue(
    isPrintable ? { printableString: commonName } : { utf8String: commonName },
  );
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])]);
}

function validityOf({ notBefore, notAfter }: CertificateRequest): Validity {
  return Object.assign(new Validity(), { notBefore: timeOf(notBefore), notAfter: timeOf(notAfter) });
}

/** The short form of times has no century. */
function timeOf(date: Date): Time {
  const whole = new Date(Math.floor(date.getTime() / 1000) * 1000);
  const year = whole.getUTCFullYear();
  return new Time(year >= 1950 && year < 2050 ? { utcTime: whole } : { generalTime: whole });
}

function publicKeyOf(key: KeyObject): SubjectPublicKeyInfo {
  return AsnConvert.parse(createPublicKey(key).export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo);
}

function extensionsOf(
  request: CertificateRequest,
  subject: Name,
  parent: TBSCertificate | undefined,
): Extension[] {
  const { isAuthority, addresses, dnsNames, key } = request;
  const usage = KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment;
  const extensions = [
    extension(id_ce_keyUsage, new KeyUsage(isAuthority ? usage | KeyUsageFlags.keyCertSign : usage), true),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth, id_kp_clientAuth])),
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: isAuthority }), true),
  ];
  if (isAuthority)
    extensions.push(extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifierOf(key))));
  const issuerKey = parent === undefined ? undefined : signerKeyIdentifier(parent, subject);
  if (issuerKey !== undefined) {
    const keyIdentifier = new KeyIdentifier(issuerKey);
    extensions.push(extension(id_ce_authorityKeyIdentifier, new AuthorityKeyIdentifier({ keyIdentifier })));
  }
  if (addresses.length > 0 || dnsNames.length > 0) {
    const names = new SubjectAlternativeName([
      ...dnsNames.map((dNSName) => new GeneralName({ dNSName })),
      ...addresses.map((iPAddress) => new GeneralName({ iPAddress })),
    ]);
    // Nobody may overlook the names of a certificate that has no subject.
    extensions.push(extension(id_ce_subjectAltName, names, subject.length === 0));
  }
  return extensions;
}

function extension(extnID: string, content: unknown, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(content)) });
}

/** The first 160 bits of the SHA-256 of the public key (RFC 7093). */
function keyIdentifierOf(key: KeyObject): ArrayBuffer {
  const hash = createHash('sha256')
    .update(Buffer.from(publicKeyOf(key).subjectPublicKey))
    .digest();
  return arrayBuffer(hash.subarray(0, 20));
}

/** None where issuer and subject have one name: such a certificate is taken for self-signed. */
function signerKeyIdentifier(parent: TBSCertificate, subject: Name): ArrayBuffer | undefined {
  const found = parent.extensions?.find(({ extnID }) => extnID === id_ce_subjectKeyIdentifier);
  if (found === undefined || serialized(parent.subject).equals(serialized(subject))) return undefined;
  return AsnConvert.parse(found.extnValue.buffer, SubjectKeyIdentifier).buffer;
}

function serialized(name: Name): Buffer {
  return Buffer.from(AsnConvert.serialize(name));
}

/** DER's shortest form: no zero in front but the one that keeps the number positive. */
function integerBytes(magnitude: Uint8Array): ArrayBuffer {
  const first = magnitude.findIndex((byte) => byte !== 0);
  const significant = first < 0 ? Buffer.of(0) : Buffer.from(magnitude.subarray(first));
  const isNegative = significant.readUInt8(0) > 0x7f;
  return arrayBuffer(isNegative ? Buffer.concat([Buffer.of(0), significant]) : significant);
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
