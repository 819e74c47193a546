import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { selfSignedCertificate } from '../tls/self-signed-certificate.ts';
import { DamagedState } from './record-file.ts';
import { FORMAT, refuseOtherFormat } from './state-format.ts';

/** What makes a sandbox the same cluster to those who know it: where it listens, and its keys. */
export interface SandboxIdentity {
  /** `127.N.0.1` */
  host: string;
  /** 0 before it has listened for the first time. */
  apiPort: number;
  objectStorePort: number;
  /** Of the kubeconfig's user. */
  administratorToken: string;
  /** PEM; the certificate is its own authority. */
  tls: { certificate: string; key: string };
  /** PEM (PKCS #8, P-256): signs the tokens of service accounts. */
  serviceAccountKey: string;
  objectStoreKeys: { accessKey: string; secretKey: string };
}

/** A certificate is made anew when it is valid for less than this, milliseconds. */
const RENEW_BEFORE = 30 * 24 * 3600 * 1000;

const SERVER_NAMES = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  'localhost',
];

export function newIdentity(host: string, now: Date): SandboxIdentity {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    host,
    apiPort: 0,
    objectStorePort: 0,
    administratorToken: randomBytes(32).toString('hex'),
    tls: newCertificate(host, now),
    serviceAccountKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    objectStoreKeys: {
      accessKey: `SANDBOX${randomBytes(6).toString('hex').toUpperCase()}`,
      secretKey: randomBytes(20).toString('hex'),
    },
  };
}

/** The same, with a new certificate when the old one ends soon. */
export function withValidCertificate(identity: SandboxIdentity, now: Date): SandboxIdentity {
  const { validTo } = new X509Certificate(identity.tls.certificate);
  if (Date.parse(validTo) - now.getTime() > RENEW_BEFORE) return identity;
  return { ...identity, tls: newCertificate(identity.host, now) };
}

/** `undefined` when there is none yet. @throws {Error} in one sentence when it can't be read as it was written. */
export function readIdentity(file: string): SandboxIdentity | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  let read: { format: unknown; identity: SandboxIdentity };
  try {
    read = JSON.parse(text);
    createPrivateKey(read.identity.serviceAccountKey);
    createPrivateKey(read.identity.tls.key);
  } catch {
    // The cause may quote what it could not read, and here stand keys.
    throw new DamagedState(file, 'which holds its keys');
  }
  refuseOtherFormat(file, read.format);
  return read.identity;
}

/** For this account's eyes only. Makes the folder when absent. */
export function writeIdentity(file: string, identity: SandboxIdentity): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const descriptor = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeFileSync(descriptor, `${JSON.stringify({ format: FORMAT, identity }, null, 2)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${file}.new`, file);
}

const newCertificate = (host: string, now: Date): SandboxIdentity['tls'] =>
  selfSignedCertificate('kubernetes', { dns: SERVER_NAMES, addresses: [host] }, now);
